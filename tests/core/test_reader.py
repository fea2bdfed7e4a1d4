"""The built-in reader, as shipped: clear messages are read right; nothing of the sender's text comes out."""

import pytest

from kindregards.adapters import resources
from kindregards.core.intent import Ask, Before, Kind, Turn
from kindregards.core.reader import Lexicon, Phrase, fold_phrase, marks

CLEAR = [
    (
        "Translation services",
        "Dear Sir, our agency translates technical manuals into 30 languages. May we quote?",
        "en",
        Ask.OFFER_TRANSLATION,
    ),
    (
        "Übersetzungen",
        "Guten Tag, unser Übersetzungsbüro übersetzt Ihre Dokumente in 20 Sprachen. Dürfen wir ein Angebot machen?",
        "de",
        Ask.OFFER_TRANSLATION,
    ),
    (
        "Candidature",
        "Bonjour, je cherche un emploi et vous envoie mon CV et ma lettre de motivation.",
        "fr",
        Ask.REQUEST_JOB,
    ),
    (
        "Enlaces",
        "Hola, queremos publicar un artículo invitado en su blog con un enlace a nuestra web.",
        "es",
        Ask.REQUEST_GUEST_POST,
    ),
    (
        "SEO",
        "Hello, we can bring your website to page one of search engines with our SEO and backlinks package.",
        "en",
        Ask.OFFER_MARKETING,
    ),
]


@pytest.mark.parametrize(("subject", "text", "language", "ask"), CLEAR)
def test_a_clear_pitch_is_read_right(subject: str, text: str, language: str, ask: Ask) -> None:
    """Plain solicitations in several languages are known for what they are and ask."""
    found = resources.reader().understand(subject, text, "email", Before())
    assert found.kind is Kind.SOLICITATION
    assert found.ask is ask
    assert found.language == language
    assert found.turn is Turn.OPENING


def test_turns_after_a_no_are_told_apart() -> None:
    """Thanks, a question for another door, and insistence are three different things."""
    before = Before(incoming=("We offer translation services, may we quote?",), answered=True)
    read = resources.reader().understand
    assert read("Re: Translation", "Thank you for your kind answer, all the best!", "email", before).turn is Turn.THANKS
    assert (
        read("Re: Translation", "Thank you for your answer. Whom should I ask instead?", "email", before).turn
        is Turn.ORIENTATION
    )
    assert (
        read(
            "Re: Translation",
            "I still think you should reconsider, give us just ten minutes for a call.",
            "email",
            before,
        ).turn
        is Turn.INSISTENCE
    )


def test_probabilities_are_probabilities() -> None:
    """Each mapping sums to one over all its labels."""
    found = resources.reader().understand("Hello", "We offer translations.", "email", Before())
    assert sum(found.kinds.values()) == pytest.approx(1.0, abs=1e-3)
    assert sum(found.turns.values()) == pytest.approx(1.0, abs=1e-3)
    assert sum(found.asks.values()) == pytest.approx(1.0, abs=1e-3)
    assert set(found.asks) == set(Ask)


PHRASES = {
    "guest post": Phrase(written="guest post", listed=True, asks={Ask.REQUEST_GUEST_POST: 0.95}, telling=0.5),
    "steel pipes": Phrase(written="steel pipes", listed=True, asks={Ask.OFFER_GOODS: 0.95}, telling=0.1),
}
NO_PRODUCTS = [[0.0] * 7 for _ in range(7)]


def test_topics_come_out_of_the_lexicon_alone() -> None:
    """A made-up word of the sender's never comes out, however it is placed."""
    text = "Dear Alex, may we offer you our xyzzyplugh translation services? Xyzzyplugh! Elif Szabo knows our prices."
    found = resources.reader().understand("xyzzyplugh", text, "email", Before())
    assert not any("xyzzyplugh" in topic.casefold() or "szabo" in topic.casefold() for topic in found.topic)
    assert any("translation" in topic for topic in found.topic)


def test_the_lexicon_prefers_what_fits_the_ask() -> None:
    """Of two phrases that stand in a message, the one that speaks of the ask is named first."""
    lexicon = Lexicon({"en": PHRASES}, weights=(1.0, *[0.0] * 6), products=NO_PRODUCTS, bias=0.0, least=-9.0)
    found = lexicon.find("", "A guest post on steel pipes", "en", {Ask.OFFER_GOODS: 0.9, Ask.REQUEST_GUEST_POST: 0.1})
    assert found == ("steel pipes", "guest post")
    assert lexicon.find("", "A guest post on steel pipes", "fr", {Ask.OFFER_GOODS: 1.0}) == ()


def test_products_of_features_count() -> None:
    """A phrase is weighed by its features two by two as well: here by how telling it is, squared."""
    products = [[0.0] * 7 for _ in range(7)]
    products[6][6] = -1.0
    lexicon = Lexicon({"en": PHRASES}, weights=[0.0] * 7, products=products, bias=0.0, least=-9.0)
    assert lexicon.find("", "A guest post on steel pipes", "en", {})[0] == "guest post"


def test_phrases_stand_as_whole_words() -> None:
    """A phrase is found where its words stand one after the other, in any script, and nowhere else."""
    phrases = {name: Phrase(written=name, listed=True, asks={}) for name in ("post", "guest post", "guest post office")}
    signs = {name: Phrase(written=name, listed=True, asks={}) for name in ("翻译", "译", "翻译服务")}
    lexicon = Lexicon({"en": phrases, "zh": signs}, weights=(), products=(), bias=0.0, least=0.0)
    assert lexicon.standing("A Guest, post!", "en") == ["guest post", "post"]
    assert lexicon.standing("guests posted; a guest", "en") == []
    assert lexicon.standing("guest post office", "en") == ["guest post", "guest post office", "post"]
    assert lexicon.standing("我们的翻译服务", "zh") == ["翻译", "翻译服务", "译"]


def test_marks_tell_the_state_of_a_conversation() -> None:
    """Channel, earlier messages and an answer are facts of their own."""
    assert marks("email", Before()) == ("channel=email", "earlier=0", "answered=0")
    assert marks("linkedin-inmail", Before(incoming=("x",), answered=True))[1:] == ("earlier=1", "answered=1")


def test_phrases_fold_alike() -> None:
    """Case, blanks and kinds of apostrophes do not matter."""
    assert fold_phrase("Lettre  d’intention") == fold_phrase("lettre d'intention")
