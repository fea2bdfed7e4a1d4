"""The last look: nothing that names a connection leaves, however it is spelt."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.errors import DiscretionError
from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.message import Address, Message
from kindregards.core.profile import Profile
from kindregards.core.relevance import Judgement
from kindregards.desk.conversation import Action
from kindregards.desk.discretion import Private, look, squeezed
from kindregards.desk.reply import Label, Occasion, Piece, Reply, Stationery, compose
from kindregards.scout.contacts import Contact, private_terms

BEATRIZ = Contact(
    name="Beatriz Queirós",
    address="b.queiros@firm.example",
    url="https://www.linkedin.example/in/beatriz-queiros-42/",
    company="Farol Engenharia",
    phone="+351 21 555 0142",
)
BOOK = (
    BEATRIZ,
    Contact(name="Łukasz Wróbel", company="Młyn Nad Rzeką"),
    Contact(name="王伟"),
    Contact(name="김민수"),
    Contact(name="Dr. Jane Q. Doe, Ph.D."),
    Contact(name="Сергей Котов"),
)
PRIVATE = Private.of(private_terms(BOOK))


def reply(*pieces: tuple[str, Label]) -> Reply:
    """A reply made of pieces."""
    made = tuple(Piece(text=text, label=label) for text, label in pieces)
    body = "".join(piece.text for piece in made)
    return Reply(to="ana@lingua.example", subject="Re: x", body=body, language="en", pieces=made)


def owner_says(text: str) -> Reply:
    """A reply with a sentence of the owner's in the middle."""
    return reply(
        ("Dear ", Label.PUBLIC), ("Ana", Label.SENDER), (",\n\nThank you. ", Label.PUBLIC), (text, Label.OWNER)
    )


SPELT = [
    "Beatriz Queirós",
    "beatriz queiros",
    "BEATRIZ QUEIRÓS",
    "Queirós, Beatriz",
    "Queirós Beatriz",
    "BeatrizQueirós",
    "Beatriz.Queirós",
    "B e a t r i z  Q u e i r ó s",
    "B.e.a.t.r.i.z Q-u-e-i-r-o-s",
    "Beatriz\nQueirós",
    "Beatriz\u200bQueirós",
    "Bea\u00adtriz Que\u2060irós",
    "Ｂｅａｔｒｉｚ Ｑｕｅｉｒｏｓ",
    "Веаtrіz Quеіrоs",
    "Beаtriz Queirоs",
    "𝐁𝐞𝐚𝐭𝐫𝐢𝐳 𝐐𝐮𝐞𝐢𝐫𝐨𝐬",
    "Beatri\u0301z Queiro\u0301s",
    "(Beatriz Queirós)",
    "“Beatriz Queirós”",
    "Beatriz_Queirós",
    "b.queiros@firm.example",
    "B.QUEIROS@FIRM.EXAMPLE",
    "b.queiros@ firm.example",
    "b . queiros @ firm . example",
    "<b.queiros@firm.example>",
    "+351 21 555 0142",
    "+351215550142",
    "+351-21-555-01-42",
    "351 (21) 555.0142",
    "+３５１ ２１ ５５５ ０１４２",
    "https://www.linkedin.example/in/beatriz-queiros-42",
    "linkedin.example/in/beatriz-queiros-42",
    "linkedin . example / in / beatriz - queiros - 42",
    "LinkedIn.example/in/Beatriz-Queiros-42/",
    "Farol Engenharia",
    "FAROL ENGENHARIA",
    "Farol-Engenharia",
    "FarolEngenharia",
    "Łukasz Wróbel",
    "Lukasz Wrobel",
    "Mlyn nad Rzeka",
    "王伟",
    "我认识王伟吗",
    "王 伟",
    "김민수",
    "김민수씨를",
    "Jane Doe",
    "Doe, Jane",
    "Dr. Jane Q. Doe, Ph.D.",
    "Сергей Котов",
    "СЕРГЕЙ КОТОВ",
    "Ceргeй Koтoв",
]


@pytest.mark.parametrize("spelt", SPELT)
def test_a_private_term_is_refused_however_it_is_spelt(spelt: str) -> None:
    """Names, addresses, numbers, pages and employers in the owner's words stop a reply, whatever stands between."""
    for text in (spelt, f"You might ask {spelt}.", f"{spelt}: ask there", f"see\n\n{spelt}\n"):
        with pytest.raises(DiscretionError):
            look(owner_says(text), PRIVATE)


@pytest.mark.parametrize("spelt", SPELT)
def test_the_error_tells_nothing(spelt: str) -> None:
    """What the error says holds nothing of what was found."""
    with pytest.raises(DiscretionError) as caught:
        look(owner_says(spelt), PRIVATE)
    assert not PRIVATE.spans(str(caught.value))


@pytest.mark.parametrize(
    "text",
    [
        "I never buy translations.",
        "Beatriz alone is a given name, and Queirós a surname.",
        "Many a Jane and many a Doe",
        "Queirós & Beatrizinha",
        "NewBeatriz Queirósson",
        "firm.example",
        "555 0142",
        "Farol",
        "https://www.linkedin.example/in/beatriz-42",
        "伟大的王国",
        "",
    ],
)
def test_what_names_nobody_passes(text: str) -> None:
    """Parts of names, longer words that hold one, and other people's things are no private terms."""
    found = owner_says(text)
    assert look(found, PRIVATE) is found


@pytest.mark.parametrize("spelt", ["Beatriz Queirós", "b.queiros@firm.example", "Farol Engenharia", "王伟"])
@pytest.mark.parametrize("label", [Label.PUBLIC, Label.SENDER])
def test_what_the_book_does_not_choose_passes(spelt: str, label: Label) -> None:
    """Shipped words and the sender's own name are the same whoever is in the book, so they tell nothing."""
    found = reply(("Dear ", Label.PUBLIC), (spelt, label), (",\n\nno.", Label.PUBLIC))
    assert look(found, PRIVATE) is found


def test_a_term_across_such_pieces_passes() -> None:
    """A term made of a shipped word and the sender's name side by side is chosen by neither."""
    private = Private.of(["Dear Ana", "Ana Thank"])
    found = reply(("Dear ", Label.PUBLIC), ("Ana", Label.SENDER), (",\n\nThank you.", Label.PUBLIC))
    assert look(found, private) is found


def test_a_term_that_ends_in_the_owners_words_is_refused() -> None:
    """A term half in shipped words and half in the owner's was completed by the owner."""
    for pieces in (
        (("Dear Beatriz ", Label.PUBLIC), ("Queirós", Label.OWNER)),
        (("Beatriz ", Label.OWNER), ("Queirós", Label.PUBLIC)),
        (("Beatriz", Label.PUBLIC), (" ", Label.OWNER), ("Queirós", Label.PUBLIC)),
    ):
        with pytest.raises(DiscretionError):
            look(reply(*pieces), PRIVATE)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body + " Beatriz Queirós",
        lambda body: body.replace("Thank", "Beatriz Queirós"),
        lambda body: "Beatriz Queirós " + body,
        lambda body: body.replace("Beatriz", "beatriz"),
        lambda body: body.replace("Thank you.", "Thank y0u."),
    ],
)
def test_a_changed_body_is_looked_at_word_by_word(change: object) -> None:
    """Once somebody edits the text no piece excuses a private term, the sender's own name included."""
    made = reply(("Dear ", Label.PUBLIC), ("Beatriz Queirós", Label.SENDER), (",\n\nThank you.", Label.PUBLIC))
    assert look(made, PRIVATE) is made
    with pytest.raises(DiscretionError):
        look(replace(made, body=change(made.body)), PRIVATE)  # type: ignore[operator]


def test_a_changed_body_without_a_term_passes() -> None:
    """An edited text that names nobody goes out as it was edited."""
    made = replace(owner_says("No."), body="Dear Ana,\n\nno, thank you.")
    assert look(made, PRIVATE) is made


def test_a_body_without_pieces_is_looked_at() -> None:
    """A text that comes without pieces, as from a drafter, is all the owner's."""
    with pytest.raises(DiscretionError):
        look(replace(owner_says(""), body="Ask Beatriz Queirós", pieces=()), PRIVATE)


@pytest.mark.parametrize("term", ["", "Al", "Lee", "...", "王", "\u200b"])
def test_terms_too_short_are_no_terms(term: str) -> None:
    """What is shorter than four letters, or two of a script without blanks, would stand in every text."""
    assert Private.of([term]).terms == {}
    assert not Private.of([term]).spans(f"see {term} here")


def test_an_empty_book_stops_nothing() -> None:
    """Where nobody is known there is nothing to tell."""
    found = owner_says("Beatriz Queirós, b.queiros@firm.example")
    assert look(found, Private.of([])) is found
    assert look(found, Private()) is found


WORDS = st.sampled_from(["Ana", "Lopes", "Kim", "Farol", "Dear", "Thank", "you", "kind", "regards", "Moreau", "work"])
PEOPLE = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), max_size=6)


@given(one=PEOPLE, other=PEOPLE, name=st.lists(WORDS, min_size=1, max_size=2).map(" ".join), ask=st.sampled_from(Ask))
def test_the_book_changes_no_composed_reply(
    one: list[str], other: list[str], name: str, ask: Ask, stationery: Stationery
) -> None:
    """With two address books, made of the very words of the reply and the sender's name, it is the same reply."""
    occasion = Occasion(
        message=Message(key=name, senders=(Address(name=name, address="a@x.example"),), text="Hi"),
        action=Action.DECLINE,
        intent=Intent(kind=Kind.SOLICITATION, ask=ask, turn=Turn.OPENING, language="en"),
        judgement=Judgement(relevant=False, probability=0.1, ruled_out=True),
        profile=Profile(name="Alex Moreau", addresses=("alex@owner.example",)),
    )
    found = compose(occasion, stationery)
    assert found is not None
    assert look(found, Private.of(one)) == look(found, Private.of(other)) == found


def test_a_book_of_every_run_of_words_changes_nothing(stationery: Stationery) -> None:
    """Even where every run of words of the reply is somebody's name, it goes out as it is."""
    occasion = Occasion(
        message=Message(key="7", senders=(Address(name="Ana Lopes", address="a@x.example"),), text="Hi"),
        action=Action.DECLINE,
        intent=Intent(kind=Kind.SOLICITATION, ask=Ask.OFFER_GOODS, turn=Turn.OPENING, language="en"),
        judgement=Judgement(relevant=False, probability=0.1, ruled_out=True),
        profile=Profile(name="Alex Moreau", addresses=("alex@owner.example",)),
    )
    found = compose(occasion, stationery)
    assert found is not None
    words = found.body.split()
    book = Private.of(" ".join(words[at : at + n]) for n in range(1, 5) for at in range(len(words)))
    assert len(book.spans(found.body)) > len(words)
    assert look(found, book) is found


@given(st.text(max_size=80))
def test_squeezing_keeps_places(text: str) -> None:
    """Every squeezed letter knows the sign it came from, in order, and only letters and digits are left."""
    letters, places = squeezed(text)
    assert len(letters) == len(places)
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)
    assert not letters or letters.isalnum()


@given(
    st.sampled_from(["Beatriz Queirós", "Farol Engenharia", "b.queiros@firm.example", "Łukasz Wróbel", "Сергей Котов"]),
    st.data(),
)
def test_noise_between_letters_hides_nothing(term: str, data: st.DataObject) -> None:
    """Blanks, signs and what has no width, anywhere between the letters, and any case, hide no term."""
    noise = st.text(st.sampled_from(" .-_\u200b\u200d\u2060\u00ad\n/|"), max_size=3)
    spelt = "".join((sign.upper() if data.draw(st.booleans()) else sign.lower()) + data.draw(noise) for sign in term)
    start, end = PRIVATE.spans(f"ask {spelt}, please")[0]
    assert re.sub(r"\W|_", "", f"ask {spelt}, please"[start:end])
