"""Another opinion on a message: what a second reader is asked, and the closed labels that it may answer.

A second reader (a language model on some server, say) gets a `Question`: what one correspondent wrote in one thread,
cut, the channel, and the owner's statements about themselves. It never gets a name or address of anybody, a
connection, or anything of another conversation. Back come an `Opinion`, which is enum members and a truth value and
nothing else, or the `Trouble` there was. What follows from it is `desk.second`'s.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.message import Channel
from kindregards.core.profile import Profile

#: Characters that are shown of a subject, of the message, and of each earlier text; how many of those, the last ones.
MOST_SUBJECT, MOST_TEXT, MOST_EARLIER, EARLIER = 300, 4_000, 1_500, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a second reader is told: texts of the correspondent's, oldest first, and the owner's statements."""

    channel: Channel
    subject: str
    text: str
    earlier: tuple[str, ...] = ()
    answered: bool = False  #: whether the owner, or the desk in their name, has answered since
    roles: tuple[str, ...] = ()  #: what the owner is, headline first
    former: tuple[str, ...] = ()  #: roles that they no longer hold
    never: tuple[str, ...] = ()
    welcomes: tuple[str, ...] = ()
    declines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """How another reader reads a message; TypeError for anything that is no label."""

    kind: Kind
    ask: Ask | None
    turn: Turn
    relevant: bool

    def __post_init__(self) -> None:
        """Let nothing in that is not a member of the closed sets, whoever made it."""
        fits = isinstance(self.kind, Kind) and isinstance(self.turn, Turn) and isinstance(self.relevant, bool)
        if not fits or not (self.ask is None or isinstance(self.ask, Ask)):
            raise TypeError("an opinion is made of labels only")


class Trouble(Enum):
    """Why there is no opinion; the value ends the sentence 'the second reader …'."""

    SLOW = "did not answer in time"
    REFUSED = "could not be reached, or refused to answer"
    UNUSABLE = "gave no answer that can be used"
    LAST = "did not answer several times in a row, so that it is not asked again in this run"
    OFF = "is switched off for this run"


class SecondReader(Protocol):
    """Whatever can give another opinion. It never raises."""

    def ask(self, question: Question) -> Opinion | Trouble:
        """Read one message."""


def question(
    profile: Profile, *, channel: Channel, subject: str, text: str, earlier: tuple[str, ...], answered: bool
) -> Question:
    """Put the question: texts cut to what a small model can take, the profile without name, addresses and dates."""
    present = [role.title for role in profile.roles if role.until is None]
    return Question(
        channel=channel,
        subject=subject[:MOST_SUBJECT],
        text=text[:MOST_TEXT],
        earlier=tuple(each[:MOST_EARLIER] for each in earlier[-EARLIER:]),
        answered=answered,
        roles=tuple(dict.fromkeys(filter(None, (profile.headline, *present)))),
        former=tuple(role.title for role in profile.roles if role.until is not None),
        never=profile.never,
        welcomes=profile.welcomes,
        declines=profile.declines,
    )
