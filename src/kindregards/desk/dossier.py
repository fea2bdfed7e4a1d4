"""The values that the desk is given and gives back: a dossier goes in, a disposition comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kindregards.core.confidence import Calibration
from kindregards.core.groups import Countries, Group, Pointer
from kindregards.core.intent import Ask, Kind, Reader, Turn
from kindregards.core.lessons import Lessons
from kindregards.core.message import Address, Message
from kindregards.core.opinion import SecondReader
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.core.relevance import Judge
from kindregards.core.traits import Observer, Traits
from kindregards.desk.answers import OwnAnswers
from kindregards.desk.conversation import Action, Episode, State
from kindregards.desk.discretion import Private
from kindregards.desk.reply import Reply, Stationery
from kindregards.desk.triage import Past, Words

#: Below this confidence the owner decides.
CAUTION = 0.34


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What the desk made of one conversation: the fields of DESIGN §6, and what the message judged was like."""

    conversation: str
    message_id: str | None
    sender: Address
    date: datetime | None
    subject: str
    kind: Kind
    ask: Ask | None
    turn: Turn
    relevant: bool | None
    action: Action
    confidence: float
    language: str
    state: State
    reasons: tuple[Reason, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    reply: Reply | None = None
    traits: Traits | None = None  #: None where it was left alone unread


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One conversation and what is remembered of its correspondent; messages oldest first."""

    conversation: str
    thread: tuple[Message, ...]
    profile: Profile
    now: datetime
    past: Past = field(default_factory=Past)
    episodes: tuple[Episode, ...] = ()  #: other conversations with the same person
    drafted: State | None = None  #: where this conversation stands if a draft of ours, not known as sent, went out
    private: Private = field(default_factory=Private)
    lessons: Lessons = field(default_factory=Lessons)  #: what the owner taught


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the desk works with: reader, judge, words, stationery, groups."""

    reader: Reader
    judge: Judge
    words: Words
    answers: OwnAnswers
    stationery: Stationery
    groups: Sequence[Group]
    countries: Countries
    calibration: Calibration
    caution: float = CAUTION
    observer: Observer | None = None  #: without one a lesson counts for its own sender alone
    second: SecondReader | None = None  #: asked after triage; where it would act otherwise, the owner decides
