"""Boosted decision trees as arrays: what `make model` fitted, worked out with numpy alone.

Every tree asks of a row of features, node after node, whether one of them is at most a threshold, and ends in a leaf
whose value it adds to the score. All trees go down together, one step at a time. Fitting is training's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kindregards.core.linear import Vector


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """The nodes of all trees one after the other; a leaf leads to itself.

    `roots` holds the first node of each tree, `depth` the most steps down; `feature`, `threshold`, `below` (the next
    node where the feature is at most the threshold), `above` and `value` have one entry a node.
    """

    base: float
    depth: int
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: Vector
    below: NDArray[np.int32]
    above: NDArray[np.int32]
    value: Vector

    def score(self, features: Vector) -> float:
        """The log-odds for one row of features."""
        at = self.roots
        for _ in range(self.depth):
            at = np.where(features[self.feature[at]] <= self.threshold[at], self.below[at], self.above[at])
        return self.base + float(self.value[at].sum())
