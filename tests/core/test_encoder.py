"""The features: hashed spans of characters and words."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.encoder import BITS, HEAD, TAIL, NgramEncoder, joined, mark_bucket, normal

ENCODER = NgramEncoder()


@given(st.text(max_size=400))
def test_any_text_encodes_to_known_shapes(text: str) -> None:
    """Every text, whatever is in it, gives buckets within range and finite values."""
    found = joined([ENCODER.encode(text), ENCODER.marked(("channel=email",))])
    assert len(found.buckets) == len(found.values)
    assert np.isfinite(found.values).all()
    assert found.buckets.max() < 1 << BITS


def test_the_same_word_has_the_same_features_wherever_it_stands() -> None:
    """A span's bucket does not depend on its place in the text."""
    alone = set(ENCODER.encode("translation").buckets.tolist())
    inside = set(ENCODER.encode("we sell fine translation to everybody").buckets.tolist())
    assert alone <= inside


def test_character_spans_stay_within_words() -> None:
    """Swapping two words changes no character n-gram, only the pair of words."""
    one, other = ENCODER.encode("red apple"), ENCODER.encode("apple red")
    different = set(one.buckets.tolist()) ^ set(other.buckets.tolist())
    assert len(different) == 2, "only the two pairs"


def test_each_block_has_its_length() -> None:
    """Characters and words weigh the same, however long the text is."""
    found = ENCODER.encode("a short note about a rather long matter " * 20)
    assert abs(float((found.values**2).sum()) - 2.0) < 1e-3


def test_numbers_addresses_and_links_are_folded() -> None:
    """What differs between two copies of a pitch is the same to the model."""
    assert normal("Call 030 123, see https://a.example/x") == normal("call 040 999, see https://b.example/yz")


def test_a_very_long_text_is_cut_to_its_beginning_and_end() -> None:
    """What stands in the middle of a huge message costs nothing."""
    assert len(normal("x" * 1_000_000)) <= HEAD + TAIL + 3


def test_marks_have_buckets_of_their_own() -> None:
    """A fact from outside the text is a feature, and the same one each time."""
    assert mark_bucket("answered=1") == mark_bucket("answered=1") != mark_bucket("answered=0")
    assert mark_bucket("answered=1") in ENCODER.marked(("answered=1",)).buckets
