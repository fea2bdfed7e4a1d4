"""Linear heads over sparse text features: the built-in model's arithmetic, with numpy alone.

A `Heads` value is what `make model` wrote: which buckets matter, their inverse document frequency, and one column of
8-bit weights for every label of every head. Reading a file is the caller's (`adapters.resources`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kindregards.core.concepts import Glossary, encoded
from kindregards.core.encoder import BITS, Encoder, Sparse, joined

Vector = NDArray[np.float32]
#: Reader and judge look at the same text one after the other: the last few need no second encoding.
_REMEMBERED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """One question a model answers: its labels, and where their columns stand."""

    labels: tuple[str, ...]
    first: int
    sharpness: float  #: margins are multiplied by it before the softmax (fitted on held-out folds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The features of one text that the model knows: rows of its tables and values of length 1."""

    rows: NDArray[np.int64]
    values: Vector


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
        """Take the tables: `weights` is rows x columns, a column's true weight is weight x scale."""
        self._encoder = encoder
        self._glossaries = glossaries
        self._row = np.full(1 << BITS, -1, dtype=np.int32)
        self._row[buckets] = np.arange(len(buckets), dtype=np.int32)
        self._idf = idf
        self._weights = weights
        self._scales = scales
        self._biases = biases
        self.heads = dict(heads)
        self._plain: dict[str, Sparse] = {}
        self._full: dict[tuple[str, str], Sparse] = {}

    @property
    def size(self) -> int:
        """How many features the model knows."""
        return len(self._idf)

    def known(self, text: str, language: str | None = None, marks: tuple[str, ...] = ()) -> Known:
        """What the model knows of a text, weighted by rarity: letters, words, concepts, and marks from outside.

        A text whose language is not known yet (None) has no concepts.
        """
        if language is None:
            return self.weigh(self._letters(text))
        sparse = self._full.get((text, language))
        if sparse is None:
            if len(self._full) >= _REMEMBERED:
                self._full.clear()
            sparse = joined([self._letters(text), encoded(text, self._glossaries.get(language))])
            self._full[text, language] = sparse
        return self.weigh(self._encoder.marked(sparse, marks) if marks else sparse)

    def language(self, text: str) -> str:
        """The likeliest language of a text."""
        return self.heads["language"].labels[int(self.margins(self.known(text), ("language",))["language"].argmax())]

    def _letters(self, text: str) -> Sparse:
        sparse = self._plain.get(text)
        if sparse is None:
            if len(self._plain) >= _REMEMBERED:
                self._plain.clear()
            sparse = self._plain[text] = self._encoder.encode(text)
        return sparse

    def weigh(self, sparse: Sparse) -> Known:
        """Weigh encoded features by inverse document frequency and scale the row to length 1."""
        found = self._row[sparse.buckets]
        keep = found >= 0
        rows = found[keep].astype(np.int64)
        values = sparse.values[keep] * self._idf[rows]
        length = float(np.sqrt((values * values).sum()))
        return Known(rows=rows, values=values / np.float32(length) if length else values)

    def margins(self, known: Known, names: Sequence[str]) -> dict[str, Vector]:
        """The raw scores of some heads for one text, in the order of their labels."""
        first = min(self.heads[name].first for name in names)
        last = max(self.heads[name].first + len(self.heads[name].labels) for name in names)
        block = self._weights[known.rows, first:last].astype(np.float32)
        scores = (known.values @ block) * self._scales[first:last] + self._biases[first:last]
        return {
            name: scores[head.first - first : head.first - first + len(head.labels)]
            for name, head in ((name, self.heads[name]) for name in names)
        }

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
