"""Linear heads over sparse text features: the built-in model's arithmetic, with numpy alone.

A `Heads` value is what `make model` wrote: which buckets matter, their inverse document frequency, and one column of
8-bit weights for every label of every head. Reading a file is the caller's (`adapters.resources`).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from kindregards.core.concepts import Glossary, encoded
from kindregards.core.encoder import BITS, Encoder, Sparse

Vector = NDArray[np.float32]
Key = TypeVar("Key", str, tuple[str, str], tuple[str, ...])
#: Reader and judge look at the same text one after the other: the last few need no second encoding.
_REMEMBERED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One question a model answers: its labels, and where their columns stand."""

    labels: tuple[str, ...]
    first: int
    sharpness: float  #: margins are multiplied by it before the softmax (fitted on held-out folds)


class Block:
    """Features of one aspect of a text that the model knows, weighted by rarity: rows of its tables and values."""

    __slots__ = ("rows", "scores", "squared", "values")

    def __init__(self, rows: NDArray[np.int32], values: Vector) -> None:
        """Take rows and values; what they say to every label is worked out when it is first asked."""
        self.rows, self.values = rows, values
        self.squared = float(values @ values)
        self.scores: Vector | None = None


class Known:
    """What the model knows of one text: the blocks of its aspects, together of length 1."""

    __slots__ = ("blocks", "length")

    def __init__(self, *blocks: Block) -> None:
        """Join blocks; a text without a known feature has the length 1 too, so that nothing is divided by 0."""
        self.blocks = blocks
        self.length = math.sqrt(sum(block.squared for block in blocks)) or 1.0

    @property
    def rows(self) -> NDArray[np.int32]:
        """The rows of the model's tables."""
        return np.concatenate([block.rows for block in self.blocks])

    @property
    def values(self) -> Vector:
        """Their values, scaled to length 1."""
        joined = np.concatenate([block.values for block in self.blocks])
        return np.asarray(joined / np.float32(self.length), dtype=np.float32)


class _Places:
    """Which row of the tables a bucket has: one bit for each bucket there is, and how many are set before.

    Both fit into a processor's cache, as a table of rows by bucket does not.
    """

    __slots__ = ("_before", "_bits")

    def __init__(self, buckets: NDArray[np.uint32]) -> None:
        """Take the buckets in ascending order: their places are their rows."""
        self._bits = np.zeros(1 << (BITS - 6), dtype=np.uint64)
        np.bitwise_or.at(self._bits, buckets >> np.uint32(6), _ONE << (buckets & np.uint32(63)).astype(np.uint64))
        counts = np.bitwise_count(self._bits).astype(np.int32)
        self._before = np.cumsum(counts, dtype=np.int32) - counts

    def of(self, buckets: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Which of some buckets are known, and their rows."""
        word, bit = buckets >> np.uint32(6), (buckets & np.uint32(63)).astype(np.uint64)
        bits = self._bits[word]
        keep = np.flatnonzero((bits >> bit) & _ONE)
        lower = bits[keep] & ((_ONE << bit[keep]) - _ONE)
        return keep, self._before[word[keep]] + np.bitwise_count(lower)


_ONE = np.uint64(1)


class Heads:
    """Several linear classifiers over one vocabulary."""

    def __init__(
        self,
        *,
        encoder: Encoder,
        glossaries: Mapping[str, Glossary],
        buckets: NDArray[np.uint32],
        idf: Vector,
        weights: NDArray[np.int8],
        scales: Vector,
        biases: Vector,
        heads: Mapping[str, Head],
    ) -> None:
        """Take the tables: `buckets` ascend, `weights` is rows x columns, a column's true weight is weight x scale."""
        self._encoder = encoder
        self._glossaries = glossaries
        self._places = _Places(buckets)
        self._idf = idf
        self._weights = weights
        self._scales = scales
        self._biases = biases
        self.heads = dict(heads)
        self._letters: dict[str, Block] = {}
        self._concepts: dict[tuple[str, str], Block] = {}
        self._marks: dict[tuple[str, ...], Block] = {}

    @property
    def size(self) -> int:
        """How many features the model knows."""
        return len(self._idf)

    def known(self, text: str, language: str | None = None, marks: tuple[str, ...] = ()) -> Known:
        """What the model knows of a text, weighted by rarity: letters, words, concepts, and marks from outside.

        A text whose language is not known yet (None) has no concepts.
        """
        blocks = [self._remembered(self._letters, text, lambda: self._encoder.encode(text))]
        if language is not None:
            glossary = self._glossaries.get(language)
            blocks.append(self._remembered(self._concepts, (text, language), lambda: encoded(text, glossary)))
        if marks:
            blocks.append(self._remembered(self._marks, marks, lambda: self._encoder.marked(marks)))
        return Known(*blocks)

    def _remembered(self, kept: dict[Key, Block], key: Key, encode: Callable[[], Sparse]) -> Block:
        """A block that was asked for before, or a new one."""
        block = kept.get(key)
        if block is None:
            if len(kept) >= _REMEMBERED:
                kept.clear()
            sparse = encode()
            keep, rows = self._places.of(sparse.buckets)
            block = kept[key] = Block(rows, sparse.values[keep] * self._idf[rows])
        return block

    def language(self, text: str) -> str:
        """The likeliest language of a text."""
        return self.heads["language"].labels[int(self.margins(self.known(text), ("language",))["language"].argmax())]

    def margins(self, known: Known, names: Sequence[str]) -> dict[str, Vector]:
        """The raw scores of some heads for one text, in the order of their labels."""
        total = self._biases + sum(map(self._scores, known.blocks)) * (self._scales / np.float32(known.length))
        asked = ((name, self.heads[name]) for name in names)
        return {name: total[head.first : head.first + len(head.labels)] for name, head in asked}

    def _scores(self, block: Block) -> Vector:
        """What a block says to the labels of all heads: they are mostly asked one after the other."""
        if block.scores is None:
            block.scores = block.values @ self._weights.take(block.rows, axis=0).astype(np.float32)
        return block.scores

    def probabilities(self, known: Known, names: Sequence[str]) -> dict[str, Vector]:
        """The probabilities of some heads for one text, each summing to 1."""
        return {
            name: softmax(margin * np.float32(self.heads[name].sharpness))
            for name, margin in self.margins(known, names).items()
        }


def softmax(scores: Vector) -> Vector:
    """Scores to probabilities, stable for large ones."""
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), dtype=np.float32)
