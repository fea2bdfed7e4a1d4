"""Boosted trees as arrays, and those of the shipped judge."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters import resources
from kindregards.core.relevance import DIRECTIONS
from kindregards.core.trees import Trees

#: Two trees: one asks of the first feature and then of the second, one is a leaf alone.
SMALL = Trees(
    base=0.5,
    depth=2,
    roots=np.array([0, 5], dtype=np.int32),
    feature=np.array([0, 0, 1, 0, 0, 0], dtype=np.int32),
    threshold=np.array([1.0, 0.0, 2.0, 0.0, 0.0, 0.0], dtype=np.float32),
    below=np.array([1, 1, 3, 3, 4, 5], dtype=np.int32),
    above=np.array([2, 1, 4, 3, 4, 5], dtype=np.int32),
    value=np.array([0.0, 10.0, 0.0, 20.0, 30.0, 100.0], dtype=np.float32),
)


def scored(*features: float) -> float:
    """The score of the small trees."""
    return SMALL.score(np.array(features, dtype=np.float32))


def test_a_row_goes_down_every_tree() -> None:
    """At most the threshold goes below, more goes above; the leaves of all trees add up."""
    assert scored(1.0, 9.0) == 110.5
    assert scored(1.5, 2.0) == 120.5
    assert scored(1.5, 2.5) == 130.5


@given(
    st.lists(st.floats(0, 1, width=32), min_size=75, max_size=75),
    st.integers(0, len(DIRECTIONS) - 1),
    st.floats(0, 1, width=32),
)
def test_more_that_speaks_for_it_never_makes_it_fit_less(row: list[float], place: int, more: float) -> None:
    """Each figure of the evidence moves the judge one way only, whatever the others are."""
    trees = resources.judge().trees
    assert trees is not None
    size = int(trees.feature.max()) + 1
    before = np.array((row * 2)[: max(size, len(DIRECTIONS))], dtype=np.float32)
    after = before.copy()
    after[place] += np.float32(more)
    assert (trees.score(after) - trees.score(before)) * DIRECTIONS[place] >= -1e-4
