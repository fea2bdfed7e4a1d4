"""Does an ask fit who the owner is? The shared core of both sides: the desk judges messages, the scout its own offer.

A statement of the profile is read by the same model as a message: what ask does it speak of, and which words. An ask
is then weighed against what the owner welcomes and declines. `Judge` is the Protocol; `LinearJudge` the
built-in one, whose weights `make model` fits. It never sees a connection, and conditions inside a statement ("remote
in the EU") count only as far as their words do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kindregards.core.intent import Ask, Intent
from kindregards.core.linear import Heads, Known, Vector
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason

ASKS = tuple(Ask)
#: The statements that decide, and those that only colour: what was never held, and what the owner is.
SIDES = ("welcomes", "declines")
COLOURS = ("never", "is")
_FRAGMENT = re.compile(
    r"[,;:()/]|\s(?:and|or|und|oder|et|ou|y|e|o|en|of|och|eller|i|oraz|lub|и|или|та|або|ve|veya|si|sau)\s"
)
_SHARPEN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether an ask fits the owner: None where there is nothing to judge; `probability` that it fits.

    `statement` is the sentence of the profile that decided, `side` the list it stands in, both "" where none did.
    `ruled_out` tells that the owner declines this ask as such, `welcomed` that they welcome the ask in some form.
    """

    relevant: bool | None
    probability: float
    statement: str = ""
    side: str = ""
    ruled_out: bool = False
    welcomed: bool = False
    reasons: tuple[Reason, ...] = ()


class Judge(Protocol):
    """Whatever can tell whether an ask fits an owner."""

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Weigh what is asked against who the owner is; `answered` tells that they had an answer before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """The statements of one side: what each asks about (statements x asks), and their words as a small matrix."""

    statements: tuple[str, ...]
    asks: NDArray[np.float32]
    place: NDArray[np.int32]  #: model row -> column of `words`, -1 where no statement has it
    words: NDArray[np.float32]

    def overlap(self, asks: Vector) -> Vector:
        """How much each statement speaks of the asks in question, 0 to 1."""
        return np.asarray(self.asks @ asks, dtype=np.float32)

    def likeness(self, known: Known) -> Vector:
        """The cosine of the message's words with each statement's."""
        columns = self.place[known.rows]
        keep = columns >= 0
        return np.asarray(self.words[:, columns[keep]] @ known.values[keep], dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """Features of one message against one profile, with what each statement contributed."""

    features: Vector
    welcomed: float  #: how surely a welcome speaks of the likeliest ask
    declined: float
    overlaps: Mapping[str, Vector]
    likenesses: Mapping[str, Vector]


def fragments(statement: str) -> tuple[str, ...]:
    """A statement and the parts of its enumeration: 'investments, real estate and loans' speaks of three asks."""
    parts = tuple(part.strip() for part in _FRAGMENT.split(statement) if part and len(part.strip()) > 2)
    return (statement, *parts) if len(parts) > 1 else (statement,)


class LinearJudge:
    """The built-in judge: statement readings, word likeness and a logistic weighing of both."""

    def __init__(self, heads: Heads, *, weights: Vector, means: Vector, spreads: Vector, bias: float) -> None:
        """Take the model's heads (`ask` and `statement`) and the fitted weights, one a feature."""
        self._heads = heads
        self._weights, self._means, self._spreads, self._bias = weights, means, spreads, bias
        self._profiles: dict[Profile, dict[str, _Side]] = {}

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Weigh what is asked against who the owner is; `answered` tells that they had an answer before."""
        if intent.ask is None:
            return Judgement(relevant=None, probability=0.0)
        if intent.ask is Ask.REQUEST_INTRODUCTION:  # the owner's contacts are never given away
            reason = Reason(name="CONTACTS", text="asks for a contact of yours, which is never given away", weight=-9.0)
            return Judgement(relevant=False, probability=0.02, ruled_out=True, reasons=(reason,))
        asks = np.array([intent.asks.get(ask, 0.0) for ask in ASKS], dtype=np.float32)
        evidence = self.evidence(asks, self._heads.known(text, intent.language), profile, answered=answered)
        scaled = (evidence.features - self._means) / self._spreads
        score = float(scaled @ self._weights + self._bias)
        probability = float(1.0 / (1.0 + np.exp(-score)))
        return self._verdict(probability, score, intent, evidence, profile)

    def evidence(self, asks: Vector, known: Known, profile: Profile, *, answered: bool) -> _Evidence:
        """Compute the features by which relevance is judged; `make model` fits the weights on the same ones."""
        sides = self._sides(profile)
        overlaps = {name: side.overlap(asks) for name, side in sides.items()}
        likenesses = {name: side.likeness(known) for name, side in sides.items()}
        row: list[float] = []
        masses: dict[str, Vector] = {}
        for name in SIDES:
            mass = sides[name].asks.max(0, initial=0.0)
            masses[name] = np.asarray(mass, dtype=np.float32)
            likeness = likenesses[name]
            row += [
                float(asks @ mass),
                float(mass[int(asks.argmax())]),
                float(likeness.max(initial=0.0)),
                float(np.sort(likeness)[-2:].sum()),
                float(np.log(asks @ mass + 0.02)),
            ]
        welcome, decline = masses["welcomes"], masses["declines"]
        both = welcome + decline + 0.05
        row += [
            float(asks @ (welcome / both)),
            float(asks @ (decline / both)),
            row[0] - row[5],
            row[2] - row[7],
            float(np.log((asks @ welcome + 0.02) / (asks @ decline + 0.02))),
        ]
        for name in COLOURS:
            row += [float(likenesses[name].max(initial=0.0)), float(overlaps[name].max(initial=0.0))]
        second, first = np.sort(asks)[-2:]
        row += [float(answered), float(first), float(first - second)]
        features = np.concatenate([np.array(row, dtype=np.float32), asks])
        return _Evidence(
            features=features,
            welcomed=row[1],
            declined=row[6],
            overlaps=overlaps,
            likenesses=likenesses,
        )

    def forget(self, profile: Profile) -> None:
        """Drop what was worked out for a profile that will not come again."""
        self._profiles.pop(profile, None)

    def _sides(self, profile: Profile) -> dict[str, _Side]:
        if profile not in self._profiles:
            statements = {
                "welcomes": profile.welcomes,
                "declines": profile.declines,
                "never": profile.never,
                "is": (*filter(None, [profile.headline]), *(role.title for role in profile.roles)),
            }
            language = self._heads.language(" ".join(each for texts in statements.values() for each in texts))
            self._profiles[profile] = {name: self._side(texts, language) for name, texts in statements.items()}
        return self._profiles[profile]

    def _side(self, statements: tuple[str, ...], language: str) -> _Side:
        parts = [(statement, part) for statement in statements for part in fragments(statement)]
        known = [self._heads.known(part, language) for _, part in parts]
        size = self._heads.size
        place = np.full(size, -1, dtype=np.int32)
        rows = np.unique(np.concatenate([k.rows for k in known])) if known else np.zeros(0, dtype=np.int64)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        words = np.zeros((len(parts), len(rows)), dtype=np.float32)
        asks = np.zeros((len(parts), len(ASKS)), dtype=np.float32)
        for n, k in enumerate(known):
            words[n, place[k.rows]] = k.values
            asks[n] = self._reading(k)
        return _Side(statements=tuple(s for s, _ in parts), asks=asks, place=place, words=words)

    def _reading(self, known: Known) -> Vector:
        """What asks a statement speaks of, in the order of `ASKS`, sharpened so that the likeliest counts most."""
        found = self._heads.probabilities(known, ("statement",))["statement"] ** np.float32(_SHARPEN)
        by_label = dict(zip(self._heads.heads["statement"].labels, found / found.sum(), strict=True))
        return np.array([by_label.get(ask.value, 0.0) for ask in ASKS], dtype=np.float32)

    def _verdict(
        self, probability: float, score: float, intent: Intent, evidence: _Evidence, profile: Profile
    ) -> Judgement:
        sides = ("welcomes",) if probability >= 0.5 else ("declines",)
        best, side, strength = "", "", 0.12
        for name in sides:
            strengths = evidence.overlaps[name] + evidence.likenesses[name]
            if len(strengths) and float(strengths.max()) > strength:
                strength = float(strengths.max())
                best, side = self._sides(profile)[name].statements[int(strengths.argmax())], name
        return Judgement(
            relevant=probability >= 0.5,
            probability=probability,
            statement=best,
            side=side,
            ruled_out=evidence.declined > 0.3 or side == "declines",
            welcomed=evidence.welcomed > 0.3,
            reasons=(_reason(side, best, score, intent),),
        )


_SAYS = {"welcomes": "you welcome", "declines": "you decline"}


def _reason(side: str, statement: str, score: float, intent: Intent) -> Reason:
    what = intent.ask.value if intent.ask else "this"
    if side:
        return Reason(name=side.upper(), text=f"{_SAYS[side]}: {statement}", weight=round(score, 2))
    if score >= 0:
        return Reason(name="NEAR", text=f"{what} seems close to what you do", weight=round(score, 2))
    return Reason(name="FAR", text=f"nothing in your profile speaks of {what}", weight=round(score, 2))
