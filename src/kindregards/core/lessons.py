"""Learning from the owner: what they corrected, and how far that counts for the next message.

A `Lesson` is one correction. `Lessons` are a small layer over the shipped model, which is never trained again: for a
message they give a `Counsel`, shifts of log-odds with their reasons. What was taught about a sender counts fully for
that sender. For anybody else a lesson counts as far as their message is like the one that was taught: a cosine of
concepts times an overlap of asks, at most `LESSON` a lesson and `MOST` in all, and no lesson counts for more than all
the others that agree with it: one alone changes nothing for anybody else. Nothing is read, kept or timed here, and
gates, protocol and discretion are not touched.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeVar

from kindregards.core.confidence import log_odds
from kindregards.core.intent import Ask
from kindregards.core.reasons import Reason
from kindregards.core.traits import Traits

Key = TypeVar("Key", int, Ask)
#: From a concept or an ask to the lessons that have it, by their places, and how much each has of it.
_Index = dict[Key, list[tuple[int, float]]]
#: The most that one lesson shifts the log-odds of somebody else's message, and all lessons together.
LESSON, MOST = 1.0, 2.5
#: What a lesson about the sender shifts: more than the most certain judgement, whose edges are at 5.3.
FULL = 7.0
#: What an ask that was taught about the sender shifts in another conversation, where they may ask something else.
ELSEWHERE = 3.0
#: Messages this much alike, by cosine times overlap, are as good as the same.
ALIKE = 0.3
#: Less than this is no shift at all, and likeness below the second none at all.
_LEAST, _NOTHING = 0.05, 0.005


class Correction(Enum):
    """What the owner says should have been done; the values are those of the desk's actions."""

    DECLINE = "decline"  #: a courteous no
    WELCOME = "welcome"  #: relevant
    HOLD = "hold"  #: the owner decides
    ORIENT = "orient"  #: a pointer, and before there was a no, a no
    REST = "rest"  #: not another word to this person
    SKIP = "skip"  #: this is no solicitation
    ACCEPT_INVITATION = "accept-invitation"  #: connect
    DECLINE_INVITATION = "decline-invitation"  #: a courteous no to connecting

    @property
    def leaning(self) -> int:
        """Whether it says that such an ask fits the owner (1), does not (-1), or neither."""
        return _LEANING.get(self, 0)


_LEANING = {
    Correction.WELCOME: 1,
    Correction.ACCEPT_INVITATION: 1,
    Correction.DECLINE: -1,
    Correction.DECLINE_INVITATION: -1,
    Correction.ORIENT: -1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One correction of the owner's.

    `person` is `Address.person` of the sender, `message` the key of the message that the desk had judged, `traits`
    what it was like, None where that is not known; `number` is how the owner names the lesson, 0 before it is kept.
    """

    conversation: str
    message: str
    person: str
    action: Correction
    taught: datetime
    ask: Ask | None = None
    traits: Traits | None = None
    number: int = 0

    @property
    def words(self) -> str:
        """When it was taught and what, in plain words."""
        asks = f", asks {self.ask.value}" if self.ask else ""
        return f"you taught on {self.taught.day} {self.taught:%B %Y}: {self.action.value}{asks}"

    @property
    def leaning(self) -> int:
        """What it says of fitting the owner: 1, -1 or 0."""
        return self.action.leaning

    @property
    def personal(self) -> int:
        """What it says of whether a person asks something at all, where the desk had read that wrongly: 1, -1 or 0."""
        if self.traits is None:
            return 0
        if self.action is Correction.SKIP:
            return -1 if self.traits.personal >= 50 else 0
        return 1 if self.traits.personal < 50 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lean:
    """One shift of log-odds: how far, and why."""

    shift: float = 0.0
    reason: Reason | None = None


NONE = Lean()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counsel:
    """What the lessons say about one message.

    `own` is the lesson about this conversation, else the newest about its sender; where there is one it alone counts.
    `exact` tells that it was taught about this very message. `fits` shifts relevance, `open` pulls it towards where
    only the owner can tell, `personal` shifts whether it is a solicitation at all, `asks` what is asked.
    """

    own: Lesson | None = None
    exact: bool = False
    fits: Lean = NONE
    open: Lean = NONE
    personal: Lean = NONE
    asks: Mapping[Ask, Lean] = field(default_factory=dict)

    def reasons(self, *, judged: bool) -> tuple[Reason, ...]:
        """A reason for every shift, of what is asked only where that was judged; a lesson about the sender has one."""
        if self.own:
            return (Reason(name="TAUGHT", text=self.own.words, weight=self.fits.shift or self.personal.shift),)
        leans = (self.personal, *self.asks.values(), self.fits, self.open) if judged else (self.personal,)
        return tuple(lean.reason for lean in leans if lean.reason)


SILENT = Counsel()


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that one owner taught."""

    taught: tuple[Lesson, ...] = ()
    _concepts: _Index[int] = field(init=False, repr=False, compare=False)
    _asks: _Index[Ask] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the indexes from concepts and asks to the lessons that have them."""
        known = [(place, lesson.traits) for place, lesson in enumerate(self.taught) if lesson.traits]
        object.__setattr__(self, "_concepts", _index((place, each.speaks_of()) for place, each in known))
        object.__setattr__(self, "_asks", _index((place, each.may_ask()) for place, each in known))

    def on(self, traits: Traits | None, *, person: str, conversation: str, message: str) -> Counsel:
        """What the lessons say about a message of a person in a conversation; `message` is its key."""
        if not self.taught:
            return SILENT
        own = self._own(person, conversation)
        if own:
            return _fully(own, conversation, message)
        return _alike(self._strengths(traits)) if traits else SILENT

    def _own(self, person: str, conversation: str) -> Lesson | None:
        """The lesson about a conversation, else the newest about its sender."""
        here = [lesson for lesson in self.taught if lesson.conversation == conversation]
        theirs = here or [lesson for lesson in self.taught if person and lesson.person == person]
        return max(theirs, key=lambda lesson: lesson.taught, default=None)

    def _strengths(self, traits: Traits) -> list[tuple[Lesson, float]]:
        """The lessons about messages like this one, each with how much it counts, 0 to `LESSON`."""
        cosines = _products(traits.speaks_of(), self._concepts)
        overlaps = _products(traits.may_ask(), self._asks)
        alike = ((place, cosine * overlaps.get(place, 0.0)) for place, cosine in sorted(cosines.items()))
        return [(self.taught[place], LESSON * min(1.0, value / ALIKE)) for place, value in alike if value > _NOTHING]


def _index(vectors: Iterable[tuple[int, Iterable[tuple[Key, float]]]]) -> _Index[Key]:
    """From each dimension of some numbered vectors to the vectors that have it."""
    index: _Index[Key] = defaultdict(list)
    for place, vector in vectors:
        for key, value in vector:
            index[key].append((place, value))
    return dict(index)


def _products(vector: Iterable[tuple[Key, float]], index: _Index[Key]) -> dict[int, float]:
    """The products of a vector with those of an index that share a dimension with it."""
    found: dict[int, float] = defaultdict(float)
    for key, value in vector:
        for place, other in index.get(key, ()):
            found[place] += value * other
    return found


def _fully(own: Lesson, conversation: str, message: str) -> Counsel:
    """A lesson about the sender: it alone counts, and fully."""
    skip = own.action is Correction.SKIP
    asked = FULL if own.conversation == conversation else ELSEWHERE
    return Counsel(
        own=own,
        exact=own.conversation == conversation and own.message == message,
        fits=Lean(shift=own.leaning * FULL),
        personal=Lean(shift=-FULL if skip else FULL),
        asks={own.ask: Lean(shift=asked)} if own.ask else {},
    )


def _alike(strengths: list[tuple[Lesson, float]]) -> Counsel:
    """Lessons about messages of others that are like this one."""
    asks: dict[Ask, list[tuple[Lesson, float]]] = defaultdict(list)
    for lesson, strength in strengths:
        if lesson.ask:
            asks[lesson.ask].append((lesson, strength))
    leans = {ask: _lean(each, "TAUGHT_ASK") for ask, each in asks.items()}
    held = ((lesson, strength) for lesson, strength in strengths if lesson.action is Correction.HOLD)
    return Counsel(
        fits=_lean(((lesson, lesson.leaning * strength) for lesson, strength in strengths), "TAUGHT_ALIKE"),
        open=_lean(held, "TAUGHT_OPEN"),
        personal=_lean(((lesson, lesson.personal * strength) for lesson, strength in strengths), "TAUGHT_KIND"),
        asks={ask: lean for ask, lean in leans.items() if lean.shift},
    )


def _lean(parts: Iterable[tuple[Lesson, float]], name: str) -> Lean:
    """Add up what lessons say, each with its sign; the strongest one that agrees is named."""
    known = sorted(((lesson, part) for lesson, part in parts if part), key=lambda pair: -abs(pair[1]))
    total = _together(part for _, part in known if part > 0) - _together(-part for _, part in known if part < 0)
    if abs(total) < _LEAST:
        return NONE
    shift = max(-MOST, min(MOST, total))
    agreeing = [(lesson, part) for lesson, part in known if part * total > 0]
    more = sum(abs(part) >= _LEAST for _, part in agreeing[1:])
    others = f", and {more} more" if more else ""
    reason = Reason(name=name, text=f"it is like what {agreeing[0][0].words}{others}", weight=round(shift, 2))
    return Lean(shift=shift, reason=reason)


def _together(strengths: Iterable[float]) -> float:
    """What lessons that agree come to, the strongest first: it counts at most as much as the others together."""
    strongest, *others = [*strengths] or [0.0]
    rest = sum(others)
    return min(strongest, rest) + rest


def shifted(probability: float, shift: float) -> float:
    """A probability after a shift of its log-odds; what is certain beyond belief is not made less so."""
    if not shift:
        return probability
    found = 1.0 / (1.0 + math.exp(-(log_odds(probability) + shift)))
    return max(probability, found) if shift > 0 else min(probability, found)
