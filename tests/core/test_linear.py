"""The linear heads: their arithmetic."""

import numpy as np
import pytest

from kindregards.core.encoder import NgramEncoder
from kindregards.core.linear import Head, Heads, softmax


def small() -> Heads:
    """Two heads over the features of two words."""
    encoder = NgramEncoder()
    yes, no = encoder.encode("yes").buckets, encoder.encode("no").buckets
    buckets = np.unique(np.concatenate([yes, no]))
    weights = np.zeros((len(buckets), 5), dtype=np.int8)
    weights[np.isin(buckets, yes), 0] = 100
    weights[np.isin(buckets, no), 1] = 100
    weights[:, 4] = 50
    return Heads(
        glossaries={},
        encoder=encoder,
        buckets=buckets,
        idf=np.ones(len(buckets), dtype=np.float32),
        weights=weights,
        scales=np.full(5, 0.02, dtype=np.float32),
        biases=np.array([0, 0, 0, 0, 0.5], dtype=np.float32),
        heads={
            "answer": Head(labels=("yes", "no"), first=0, sharpness=2.0),
            "other": Head(labels=("a", "b", "c"), first=2, sharpness=1.0),
        },
    )


def test_the_label_whose_features_stand_in_the_text_wins() -> None:
    """A word of one label gives that label the greater probability."""
    heads = small()
    found = heads.probabilities(heads.known("yes"), ("answer",))["answer"]
    assert found[0] > 0.9
    assert float(found.sum()) == pytest.approx(1.0)


def test_heads_asked_together_and_alone_agree() -> None:
    """Asking for several heads at once changes none of them."""
    heads = small()
    known = heads.known("yes and no")
    both = heads.probabilities(known, ("answer", "other"))
    for name in ("answer", "other"):
        np.testing.assert_allclose(both[name], heads.probabilities(known, (name,))[name], rtol=1e-6)


def test_unknown_text_leaves_the_biases() -> None:
    """A text without a known feature says nothing but what is always so."""
    heads = small()
    np.testing.assert_allclose(heads.margins(heads.known("zzz"), ("other",))["other"], [0, 0, 0.5])


def test_known_values_have_length_one() -> None:
    """Long and short texts speak with the same voice."""
    heads = small()
    for text in ("yes", "yes no yes no", "no, and that was all"):
        assert float((heads.known(text).values ** 2).sum()) == pytest.approx(1.0, abs=1e-5)


def test_softmax_bears_large_scores() -> None:
    """Scores beyond what a power can hold still give probabilities."""
    np.testing.assert_allclose(softmax(np.array([1e4, 0.0], dtype=np.float32)), [1.0, 0.0])
