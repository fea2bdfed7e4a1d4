"""What a message is like: small, without its text, and alike for what is alike in any language."""

import math

import pytest

from kindregards.adapters import resources
from kindregards.core.concepts import encoded
from kindregards.core.intent import Ask, Before, Intent
from kindregards.core.traits import MOST_ASKS, MOST_CONCEPTS, Traits

HIVES = {
    "en": "Our beekeepers' club looks for flat roofs in town. Would you let us put two hives on yours? There will be honey.",
    "fr": "Notre association d'apiculteurs cherche des toits pour ses ruches. Pourrions-nous en poser deux chez vous ?"
    " Vous auriez du miel.",
    "de": "Unser Imkerverein sucht Dächer für Bienenstöcke. Dürften wir zwei Völker bei Ihnen aufstellen? Honig gibt es"
    " auch.",
}
CHAIRS = "We make office chairs and desks and give a discount on orders over ten. May I send you our catalogue?"


def read(text: str) -> Intent:
    """How the shipped reader reads a text."""
    return resources.reader().understand("", text, "email", Before())


def seen(text: str) -> Traits:
    """What the shipped observer sees in a text."""
    return resources.observer().traits(f"\n{text}", read(text))


def cosine(one: Traits, other: Traits) -> float:
    """The cosine of the concepts of two messages."""
    theirs = dict(other.speaks_of())
    return sum(value * theirs.get(bucket, 0.0) for bucket, value in one.speaks_of())


def test_traits_are_few_figures() -> None:
    """However long a text is, its traits are at most 32 concepts and six asks, all in hundredths."""
    traits = seen(" ".join([*HIVES.values(), CHAIRS]) * 9)
    assert 0 < len(traits.concepts) <= MOST_CONCEPTS
    assert 0 < len(traits.asks) <= MOST_ASKS
    figures = [weight for _, weight in traits.concepts] + [value for _, value in traits.asks]
    assert all(isinstance(figure, int) and 1 <= figure <= 100 for figure in figures)
    assert traits.concepts[0][1] == 100
    assert 0 <= traits.personal <= 100


def test_concepts_are_those_of_the_text() -> None:
    """Every bucket is one of a concept that stands in the text, and common words are not among the heaviest."""
    buckets = set(encoded(HIVES["en"], None).buckets.tolist())
    traits = seen(HIVES["en"])
    assert {bucket for bucket, _ in traits.concepts} <= buckets
    common = set(encoded("you us on will be for in would there", None).buckets.tolist())
    assert common.isdisjoint(bucket for bucket, _ in traits.concepts[:8])


@pytest.mark.parametrize("text", ["", " "])
def test_a_text_of_which_nothing_is_known_has_no_concepts(text: str) -> None:
    """Nothing known is no concept, and no division by nothing."""
    traits = seen(text)
    assert traits.concepts == ()
    assert list(traits.speaks_of()) == []


def test_names_leave_no_trace() -> None:
    """A name that the model has never seen changes nothing."""
    assert seen(f"{CHAIRS} Xqzvykowicz").concepts == seen(CHAIRS).concepts


def test_the_same_theme_is_nearer_than_another_one_in_any_language() -> None:
    """Bees are more like bees of another language than like chairs of the same one."""
    themes = {language: seen(text) for language, text in HIVES.items()}
    chairs = seen(CHAIRS)
    for language in ("fr", "de"):
        assert cosine(themes["en"], themes[language]) > 2 * cosine(themes["en"], chairs)
        assert cosine(themes["en"], themes[language]) > 2 * cosine(themes[language], chairs)


def test_a_message_is_just_like_itself() -> None:
    """The cosine of a message with itself is one, and the overlap as much as the six likeliest asks make up."""
    traits = seen(HIVES["fr"])
    assert math.isclose(cosine(traits, traits), 1.0)
    assert 0.7 < sum(value * value for _, value in traits.may_ask()) < 1.03
    assert dict(Traits(asks=((Ask.REQUEST_JOB, 25),)).may_ask()) == {Ask.REQUEST_JOB: 0.5}
