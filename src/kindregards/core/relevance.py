"""Does an ask fit who the owner is? The shared core of both sides: the desk judges messages, the scout its own offer.

A statement of the profile is read by the same model as a message: what ask does it speak of, and which words. An ask
is then weighed against what the owner welcomes and declines. `Judge` is the Protocol; `StatementJudge` the
built-in one, whose trees `make model` fits: what speaks more for a welcome never makes an ask less fitting. It never
sees a connection, and conditions inside a statement ("remote in the EU") count only as far as their words do.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import sub
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kindregards.core.intent import Ask, Intent
from kindregards.core.linear import Block, Heads, Known, Vector
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.core.trees import Trees

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


#: By what the figures of `evidence` may only raise (1) or lower (-1) the probability: see `_side`.
DIRECTIONS = (*[1] * 10, *[-1] * 10, *[1] * 10, 1, -1, 1)


def _side(mass: float, likeliest: float, overlap: Vector, likeness: Vector, theme: Vector) -> list[float]:
    """Ten figures of one side: how it speaks of the asks, of the words, of the themes, and of two at once."""
    if not len(overlap):
        return [0.0] * 10
    words, themes = sorted(likeness.tolist())[-2:], sorted(theme.tolist())[-2:]
    return [
        mass,
        likeliest,
        words[-1],
        sum(words),
        float(overlap.max()),
        float((overlap * likeness).max()),
        themes[-1],
        sum(themes),
        float((overlap * theme).max()),
        float(overlap @ (likeness + theme)),
    ]


class Judge(Protocol):
    """Whatever can tell whether an ask fits an owner."""

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Weigh what is asked against who the owner is; `answered` tells that they had an answer before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Owner:
    """A profile as it is compared: its statements, what asks each speaks of, and their words as a small matrix."""

    statements: tuple[str, ...]
    sides: Mapping[str, slice]  #: where the statements of each side stand
    asks: NDArray[np.float32]  #: statements x asks
    mass: Mapping[str, Vector]  #: side -> how surely some statement of it speaks of each ask
    weighing: NDArray[np.float32]  #: (both masses of `SIDES`, and the share of each in both) x asks
    place: NDArray[np.int32]  #: model row -> column of `words`, -1 where no statement has it
    words: NDArray[np.float32]  #: statements x words
    themes: NDArray[np.float32]  #: statements x words: the same of their concepts alone

    def overlaps(self, asks: Vector) -> dict[str, Vector]:
        """How much each statement speaks of the asks in question, 0 to 1."""
        return self._by_side(self.asks @ asks)

    def likenesses(self, known: Known) -> dict[str, Vector]:
        """The cosine of the message's words with each statement's."""
        return self._by_side(self._cosines(self.words, known.rows, known.values))

    def themed(self, known: Known) -> dict[str, Vector]:
        """The cosine of the message's concepts with each statement's, whatever language either is in."""
        concepts = known.blocks[-1]
        return self._by_side(self._cosines(self.themes, concepts.rows, _unit(concepts)))

    def _cosines(self, matrix: NDArray[np.float32], rows: NDArray[np.int32], values: Vector) -> Vector:
        columns = self.place[rows]
        keep = np.flatnonzero(columns >= 0)
        if not len(keep):
            return np.zeros(len(matrix), dtype=np.float32)
        return np.asarray(matrix.take(columns[keep], axis=1) @ values[keep], dtype=np.float32)

    def _by_side(self, figures: Vector) -> dict[str, Vector]:
        return {name: figures[part] for name, part in self.sides.items()}


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


def _unit(block: Block) -> Vector:
    """The values of a block, of length 1."""
    return np.asarray(block.values / np.float32(math.sqrt(block.squared) or 1.0), dtype=np.float32)


class StatementJudge:
    """The built-in judge: statement readings, likeness of words and concepts, and trees that weigh them."""

    def __init__(self, heads: Heads, trees: Trees | None) -> None:
        """Take the model's heads (`ask` and `statement`) and the fitted trees; without them it gives evidence only."""
        self._heads = heads
        self.trees = trees
        self._owners: dict[Profile, _Owner] = {}

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Weigh what is asked against who the owner is; `answered` tells that they had an answer before."""
        if intent.ask is None:
            return Judgement(relevant=None, probability=0.0)
        if intent.ask is Ask.REQUEST_INTRODUCTION:  # the owner's contacts are never given away
            reason = Reason(name="CONTACTS", text="asks for a contact of yours, which is never given away", weight=-9.0)
            return Judgement(relevant=False, probability=0.02, ruled_out=True, reasons=(reason,))
        asks = np.array([intent.asks.get(ask, 0.0) for ask in ASKS], dtype=np.float32)
        evidence = self.evidence(asks, self._heads.known(text, intent.language), profile, answered=answered)
        if self.trees is None:
            raise ValueError("a judge without trees gives evidence, no judgement")
        score = self.trees.score(evidence.features)
        probability = 1.0 / (1.0 + math.exp(-score))
        return self._verdict(probability, score, intent, evidence, profile)

    def evidence(self, asks: Vector, known: Known, profile: Profile, *, answered: bool) -> _Evidence:
        """Compute the features by which relevance is judged; `make model` fits the trees on the same ones."""
        owner = self._owner(profile)
        overlaps, likenesses, themes = owner.overlaps(asks), owner.likenesses(known), owner.themed(known)
        likeliest = int(asks.argmax())
        welcome, decline, *shares = (owner.weighing @ asks).tolist()
        sides = [
            _side(mass, float(owner.mass[name][likeliest]), overlaps[name], likenesses[name], themes[name])
            for name, mass in zip(SIDES, (welcome, decline), strict=True)
        ]
        row = [*sides[0], *sides[1], *map(sub, *sides), *shares, math.log((welcome + 0.02) / (decline + 0.02))]
        for name in COLOURS:
            row += [max(likenesses[name].tolist(), default=0.0), max(overlaps[name].tolist(), default=0.0)]
        second, first = sorted(asks.tolist())[-2:]
        row += [float(answered), first, first - second]
        features = np.concatenate([np.array(row, dtype=np.float32), asks])
        return _Evidence(
            features=features,
            welcomed=sides[0][1],
            declined=sides[1][1],
            overlaps=overlaps,
            likenesses=likenesses,
        )

    def forget(self, profile: Profile) -> None:
        """Drop what was worked out for a profile that will not come again."""
        self._owners.pop(profile, None)

    def _owner(self, profile: Profile) -> _Owner:
        if profile not in self._owners:
            statements = {
                "welcomes": profile.welcomes,
                "declines": profile.declines,
                "never": profile.never,
                "is": (*filter(None, [profile.headline]), *(role.title for role in profile.roles)),
            }
            language = self._heads.language(" ".join(each for texts in statements.values() for each in texts))
            self._owners[profile] = self._compared(statements, language)
        return self._owners[profile]

    def _compared(self, statements: Mapping[str, tuple[str, ...]], language: str) -> _Owner:
        parts: list[tuple[str, str]] = []
        sides = {}
        for name, texts in statements.items():
            first = len(parts)
            parts += [(statement, part) for statement in texts for part in fragments(statement)]
            sides[name] = slice(first, len(parts))
        known = [self._heads.known(part, language) for _, part in parts]
        place = np.full(self._heads.size, -1, dtype=np.int32)
        rows = np.unique(np.concatenate([k.rows for k in known])) if known else np.zeros(0, dtype=np.int64)
        place[rows] = np.arange(len(rows), dtype=np.int32)
        words, themes = np.zeros((2, len(parts), len(rows)), dtype=np.float32)
        asks = np.zeros((len(parts), len(ASKS)), dtype=np.float32)
        for n, k in enumerate(known):
            words[n, place[k.rows]] = k.values
            themes[n, place[k.blocks[-1].rows]] = _unit(k.blocks[-1])
            asks[n] = self._reading(k)
        mass = {name: asks[part].max(0, initial=0.0) for name, part in sides.items()}
        masses = np.stack([mass[name] for name in SIDES])
        return _Owner(
            statements=tuple(statement for statement, _ in parts),
            sides=sides,
            asks=asks,
            mass=mass,
            weighing=np.concatenate([masses, masses / (masses.sum(0) + np.float32(0.05))]),
            place=place,
            words=words,
            themes=themes,
        )

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
                owner = self._owner(profile)
                best, side = owner.statements[owner.sides[name]][int(strengths.argmax())], name
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
