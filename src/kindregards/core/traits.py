"""What a message is like, kept without its text: hashed concepts, the asks it may mean, whether a person asks at all.

`Traits` are a few hundred bytes of numbers and labels, small enough to be kept with every conversation, and enough to
tell later how far another message is like this one, in whatever language either is. Concepts are those of
`core.concepts` that the shipped model knows, so names of people mostly leave no trace. No text and no word is kept.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kindregards.core.intent import Ask, Intent
from kindregards.core.linear import Heads, Vector

#: Concepts that are kept of a message, the most telling ones, and asks, the likeliest ones.
MOST_CONCEPTS, MOST_ASKS = 32, 6
#: Inverse document frequencies (natural logarithm) up to the first say nothing of a theme; above the second a concept
#: is so rare that it is as likely a name.
_COMMON, _RARE = 3.5, 7.0
#: Weights and probabilities are kept in hundredths.
_WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What one message is like, all figures in hundredths.

    `concepts` are (bucket, weight), the heaviest first, its weight 100; `asks` the probabilities of what is asked, the
    likeliest first; `personal` the probability that a person asks something of the owner.
    """

    concepts: tuple[tuple[int, int], ...] = ()
    asks: tuple[tuple[Ask, int], ...] = ()
    personal: int = 0

    def speaks_of(self) -> Iterator[tuple[int, float]]:
        """The concepts as a vector of length 1; two of them multiplied are the cosine."""
        length = math.sqrt(sum(weight * weight for _, weight in self.concepts)) or 1.0
        return ((bucket, weight / length) for bucket, weight in self.concepts)

    def may_ask(self) -> Iterator[tuple[Ask, float]]:
        """The roots of the asks' probabilities; two of them multiplied are their overlap (Bhattacharyya), 0 to 1."""
        return ((ask, math.sqrt(value / _WHOLE)) for ask, value in self.asks)


class Observer(Protocol):
    """Whatever can tell what a message is like."""

    def traits(self, text: str, intent: Intent) -> Traits:
        """What a text that was read so is like."""


class ConceptObserver:
    """Sees the concepts of a text that the shipped model knows."""

    def __init__(self, heads: Heads, *, buckets: NDArray[np.uint32], idf: Vector) -> None:
        """Take the model's heads and, of its tables, the buckets and their inverse document frequencies."""
        self._heads = heads
        self._buckets = buckets
        telling = np.clip(idf, _COMMON, _RARE) - np.float32(_COMMON)
        # the heads weigh by rarity already: what is wanted instead of it
        self._instead = np.asarray(telling / np.maximum(idf, np.float32(_COMMON)), dtype=np.float32)

    def traits(self, text: str, intent: Intent) -> Traits:
        """What a text that was read so is like; its features are still remembered from the reading."""
        known = self._heads.known(text, intent.language).blocks[-1]
        weights = known.values * self._instead[known.rows]
        order = np.argsort(-weights, kind="stable")[:MOST_CONCEPTS]
        heaviest = max(float(weights.max(initial=0.0)), 1e-9)
        figures = np.rint(weights[order] * np.float32(_WHOLE / heaviest)).astype(int).tolist()
        concepts = zip(self._buckets[known.rows[order]].tolist(), figures, strict=True)
        likeliest = sorted(intent.asks.items(), key=itemgetter(1), reverse=True)[:MOST_ASKS]
        return Traits(
            concepts=tuple((bucket, weight) for bucket, weight in concepts if weight > 0),
            asks=tuple((ask, round(value * _WHOLE)) for ask, value in likeliest if value * _WHOLE > 0.5),
            personal=round(intent.personal * _WHOLE),
        )
