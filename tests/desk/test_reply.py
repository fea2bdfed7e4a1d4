"""Replies as they are composed: every language, register and ask, in all the ways there are."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters import resources
from kindregards.config import Wordings
from kindregards.core.groups import Pointer
from kindregards.core.intent import Ask, Intent, Kind, Turn
from kindregards.core.message import Address, Channel, Message
from kindregards.core.profile import Profile
from kindregards.core.relevance import Judgement
from kindregards.desk.conversation import Action
from kindregards.desk.reply import SUBJECT_LENGTH, Label, Occasion, Reply, Stationery, compose, reply_subject
from kindregards.desk.triage import Past, Words, clear
from kindregards.desk.wording import Wording

LANGUAGES = resources.names("wordings", ".toml")
EACH = pytest.mark.parametrize("language", LANGUAGES)
TRIAGE = Words.load(resources.text("triage.toml"))
ALEX = Profile(name="Alex Moreau", addresses=("alex@owner.example",), headline="Strategist")
NOWHERE = replace(ALEX, headline="")
MESSAGE = Message(
    key="0",
    message_id="<1@lingua.example>",
    senders=(Address(name="Ana Lopes", address="ana@lingua.example"),),
    recipients=(Address(address="Alex@Owner.example"),),
    subject="Hello",
)
POINTERS = (Pointer(name="EURES", url="https://eures.example/a"), Pointer(name="ngo.pl", url="https://ngo.example/b"))
#: Two phrases of two words each, as the lexicon has them.
TOPIC = {"zh": ("翻译服务", "口译服务"), "ja": ("翻訳サービス", "通訳")}
#: How long a whole reply may be: in words, or in characters where nothing stands between words.
SHORT, LONG = 25, 95
SHORT_UNSPACED, LONG_UNSPACED = 45, 230

#: What an absence note is known by, and no reply of ours may hold.
ABSENCE = {
    "ar": ("خارج المكتب", "رد تلقائي", "الرد التلقائي", "إجازة", "عند عودتي"),
    "ca": ("fora de l'oficina", "fora del despatx", "resposta automàtica", "vacances", "absent"),
    "cs": ("mimo kancelář", "automatická odpověď", "dovolen", "nepřítom"),
    "de": ("außer haus", "nicht im büro", "automatische antwort", "abwesen", "urlaub"),
    "en": ("out of office", "out of the office", "automatic reply", "auto-reply", "vacation", "on holiday", "on leave"),
    "es": ("fuera de la oficina", "respuesta automática", "vacaciones", "ausente", "ausencia"),
    "fr": ("absent", "absence", "réponse automatique", "congé", "vacances", "hors du bureau"),
    "hu": ("irodán kívül", "automatikus válasz", "szabadság", "távollét"),
    "it": ("fuori ufficio", "risposta automatica", "ferie", "vacanza", "assenza", "assente"),
    "ja": ("不在", "自動返信", "自動応答", "休暇", "外出中"),
    "nl": ("afwezig", "automatisch antwoord", "vakantie", "niet op kantoor", "verlof"),
    "pl": ("poza biurem", "automatyczna odpowiedź", "urlop", "nieobecn"),
    "pt": ("fora do escritório", "resposta automática", "férias", "ausente", "ausência"),
    "ro": ("în afara biroului", "răspuns automat", "concediu", "vacanță", "absen"),
    "ru": ("вне офиса", "автоматический ответ", "автоответ", "отпуск", "отсутств"),
    "sv": ("inte på kontoret", "autosvar", "automatiskt svar", "semester", "frånvar", "ledig"),
    "tr": ("ofis dışı", "otomatik yanıt", "otomatik cevap", "tatil", "izinde"),
    "uk": ("поза офісом", "автоматична відповідь", "автовідповід", "відпуст", "відсутн"),
    "zh": ("不在办公室", "自动回复", "自动答复", "休假", "度假", "外出"),
}

Variants = Sequence[str]


def length(text: str, language: str) -> int:
    """The length of a text in the measure of its language."""
    return len(re.sub(r"\s", "", text)) if language in TOPIC else len(text.split())


def only(wording: Wording, register: str, choose: Callable[[Variants], str]) -> Wording:
    """A wording with one register, and one variant of each list."""
    whole = wording.registers[register]
    texts = {key: (choose(variants),) for key, variants in whole.texts.items()}
    return replace(wording, registers={register: replace(whole, texts=texts)}, register=register)


def nth(number: int) -> Callable[[Variants], str]:
    """Choose a variant by number, round and round."""
    return lambda variants: variants[number % len(variants)]


def occasion(language: str, action: Action, ask: Ask = Ask.OFFER_TRANSLATION, **changes: object) -> Occasion:
    """An occasion for a reply; `topic`, `turn`, `ruled_out` and fields of `Occasion` may be changed."""
    intent = Intent(
        kind=Kind.SOLICITATION,
        ask=ask,
        turn=changes.pop("turn", Turn.OPENING),  # type: ignore[arg-type]
        language=language,
        topic=changes.pop("topic", ()),  # type: ignore[arg-type]
        asks={ask: float(changes.pop("sure", 1.0))},  # type: ignore[arg-type]
    )
    judged = Judgement(relevant=False, probability=0.1, ruled_out=bool(changes.pop("ruled_out", True)))
    fields: dict[str, object] = {"message": MESSAGE, "action": action, "intent": intent}
    return Occasion(**(fields | {"judgement": judged, "profile": ALEX} | changes))  # type: ignore[arg-type]


def declines(language: str) -> Iterator[Occasion]:
    """Noes to every ask: with and without a field of work, a topic, a silence before."""
    topic = TOPIC.get(language, ("aaaa bbbb", "cccc dddd"))
    for ask in Ask:
        for number, reason in enumerate(({}, {"profile": NOWHERE}, {"ruled_out": False})):
            for named in ((), topic):
                yield occasion(
                    language, Action.DECLINE, ask, topic=named, again=(number + len(named)) % 2 == 0, **reason
                )
        yield occasion(language, Action.DECLINE_INVITATION, ask)


def others(language: str) -> Iterator[Occasion]:
    """Everything else that is ever said."""
    for again in (False, True):
        yield occasion(language, Action.WELCOME, again=again)
    yield occasion(language, Action.ACCEPT_INVITATION)
    yield occasion(language, Action.DECLINE, pointers=POINTERS)
    yield occasion(language, Action.DECLINE_INVITATION, ruled_out=False)
    for count in range(3):
        yield occasion(language, Action.ORIENT, turn=Turn.ORIENTATION, pointers=POINTERS[:count])
        yield occasion(language, Action.ORIENT, pointers=POINTERS[:count])


def written(found: Occasion, wording: Wording, stationery: Stationery) -> Reply:
    """The reply in one wording alone."""
    reply = compose(found, replace(stationery, wordings={wording.language: wording, "en": wording}))
    assert reply is not None
    return reply


def later_sentences(body: str) -> list[str]:
    """All sentences but the first one after the salutation, the closing and the name."""
    paragraphs = body.split("\n\n")[1:-1]
    sentences = [s for p in paragraphs for s in re.split(r"(?<=[.!?])\s+", p) if s]
    return sentences[1:]


def well_formed(reply: Reply, language: str) -> None:
    """What holds for every reply."""
    body = reply.body
    assert not set(body) & set("{}\0\r\t"), body
    assert body == "".join(piece.text for piece in reply.pieces)
    assert body.endswith("\nAlex Moreau")
    assert not re.search(r"  |\n\n\n| \n|\.\.|,,", body), body
    folded = body.casefold()
    assert not [word for word in ABSENCE[language] if word in folded], body
    for sentence in later_sentences(body):
        assert not sentence[0].islower() or sentence.startswith("ngo.pl"), (sentence, body)


@EACH
def test_every_reply_is_well_formed(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Every ask with every variant, reason and topic: whole, signed, capitalised, and unlike an absence note."""
    for register in wordings[language].registers:
        for number in range(4):
            wording = only(wordings[language], register, nth(number))
            for found in (*declines(language), *others(language)):
                reply = written(found, wording, stationery)
                assert reply.language == language
                well_formed(reply, language)


@EACH
def test_no_reply_is_too_short(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Of the shortest variants of all lists the shortest replies are made, and these are long enough."""
    fewest = SHORT_UNSPACED if language in TOPIC else SHORT
    for register in wordings[language].registers:
        wording = only(wordings[language], register, lambda variants: min(variants, key=lambda v: length(v, language)))
        shortest = min(wording.fields.values(), key=lambda text: length(text, language))
        wording = replace(wording, fields=dict.fromkeys(wording.fields, shortest))
        for found in (*declines(language), *others(language)):
            body = written(found, wording, stationery).body
            assert length(body, language) >= fewest, body


@EACH
def test_no_reply_is_too_long(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Of many letters with all that lengthens a reply, none gets too long a one: shorter variants are taken then."""
    most = LONG_UNSPACED if language in TOPIC else LONG
    asks = (Ask.REQUEST_CONNECTION, Ask.REQUEST_INTRODUCTION, Ask.OFFER_LEGAL_ACCOUNTING, Ask.OFFER_DESIGN_MEDIA)
    for name, register in wordings[language].registers.items():
        longest = max(wordings[language].fields.values(), key=lambda text: length(text, language))
        wording = replace(
            wordings[language],
            registers={name: register},
            fields=dict.fromkeys(wordings[language].fields, longest),
        )
        for number in range(12):
            message = replace(MESSAGE, key=str(number))
            for ask in asks:
                topic = TOPIC.get(language, ("aaaa bbbb", "cccc dddd"))
                for found in (
                    occasion(language, Action.DECLINE, ask, topic=topic, again=True),
                    occasion(language, Action.DECLINE, ask, topic=topic, pointers=POINTERS[:1]),
                    occasion(language, Action.DECLINE_INVITATION, ask, topic=topic),
                ):
                    body = written(replace(found, message=message), wording, stationery).body
                    assert length(body, language) <= most, body


@EACH
def test_every_field_of_work_is_named(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Whatever the owner works in stands in the reason, as the file says it."""
    for register in wordings[language].registers:
        for number in range(3):
            wording = only(wordings[language], register, nth(number))
            for field in wording.fields.values():
                one = replace(wording, fields=dict.fromkeys(wording.fields, field))
                reply = written(occasion(language, Action.DECLINE), one, stationery)
                assert field in reply.body
                well_formed(reply, language)


@EACH
def test_a_no_names_what_was_asked(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """A no thanks for the very thing, and says why not where the owner declines such things as such."""
    wording = wordings[language]
    for ask in Ask:
        for register in wording.registers:
            one = replace(wording, registers={register: wording.registers[register]})
            ruled = written(occasion(language, Action.DECLINE, ask), one, stationery).body.casefold()
            assert wording.about(ask, register).casefold() in ruled
            assert wording.no(ask, register).casefold() in ruled
            fit = written(occasion(language, Action.DECLINE, ask, ruled_out=False), one, stationery).body.casefold()
            assert wording.about(ask, register).casefold() in fit
            assert wording.no(ask, register).casefold() not in fit


@EACH
def test_a_pointer_names_what_was_asked(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Above the places stands what they are for: the ask's label, or the sender's words where the ask is not sure."""
    topic = TOPIC.get(language, ("aaaa bbbb", "cccc dddd"))
    for ask in Ask:
        found = occasion(language, Action.ORIENT, ask, turn=Turn.ORIENTATION, pointers=POINTERS, topic=topic)
        body = written(found, wordings[language], stationery).body
        vague = ask in (Ask.OFFER_OTHER, Ask.REQUEST_OTHER)
        assert (topic[0] if vague else wordings[language].label(ask)) in body
        assert all(pointer.name in body and pointer.url in body for pointer in POINTERS)
    unsure = occasion(language, Action.ORIENT, turn=Turn.ORIENTATION, pointers=POINTERS, topic=topic, sure=0.2)
    body = written(unsure, wordings[language], stationery).body
    assert topic[0] in body
    assert wordings[language].label(Ask.OFFER_TRANSLATION) not in body


@EACH
def test_an_ask_that_is_not_sure_is_not_named(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Where the reader is not sure of the ask the thanks are for an offer or a request, and no reason is invented."""
    wording = wordings[language]
    for register in wording.registers:
        one = replace(wording, registers={register: wording.registers[register]})
        for ask, general in ((Ask.OFFER_TRANSLATION, Ask.OFFER_OTHER), (Ask.REQUEST_JOB, Ask.REQUEST_OTHER)):
            intent = Intent(
                kind=Kind.SOLICITATION,
                ask=ask,
                turn=Turn.OPENING,
                language=language,
                asks={ask: 0.3, Ask.OFFER_GOODS: 0.3 if general is Ask.OFFER_OTHER else 0.0},
            )
            body = written(replace(occasion(language, Action.DECLINE), intent=intent), one, stationery).body.casefold()
            assert wording.about(general, register).casefold() in body
            assert wording.no(ask, register).casefold() not in body


@EACH
def test_no_reply_looks_like_a_robots(language: str, wordings: Wordings, stationery: Stationery) -> None:
    """Another desk of ours takes none of these for an answering machine's note, a ticket's, or a list's."""
    for register in wordings[language].registers:
        for number in range(4):
            wording = only(wordings[language], register, nth(number))
            for found in (occasion(language, Action.DECLINE, again=True), *others(language)):
                body = written(found, wording, stationery).body
                back = replace(MESSAGE, subject="Re: Hello", body=body, text=body, in_reply_to=("<0@owner.example>",))
                owner = Profile(name="Kim", addresses=("alex@owner.example",))
                past = Past(answered_at=datetime(2026, 11, 1, tzinfo=UTC))
                clearance = clear(back, owner, past, datetime(2026, 11, 25, tzinfo=UTC), TRIAGE)
                assert clearance.kind is None, (clearance.reasons, body)


def test_a_variant_that_is_too_long_is_passed_over(wordings: Wordings, stationery: Stationery) -> None:
    """Where one variant would make too long a letter another is taken, and the same one every time."""
    plain = wordings["en"].registers["formal"]
    wishes = (*plain.texts["wishes"], "I wish " + "you and yours " * 24 + "well.")
    wording = replace(
        wordings["en"], registers={"formal": replace(plain, texts=dict(plain.texts) | {"wishes": wishes})}
    )
    for key in map(str, range(40)):
        found = replace(occasion("en", Action.DECLINE, again=True), message=replace(MESSAGE, key=key))
        body = written(found, wording, stationery).body
        assert length(body, "en") <= LONG
        assert body == written(found, wording, stationery).body


def test_sentences_begin_with_a_capital(wordings: Wordings, stationery: Stationery) -> None:
    """An owner's small letter stays after the salutation's comma and nowhere else; a place keeps its own name."""
    wording = only(wordings["en"], "formal", nth(0))
    small = {"thanks": ("thanks for {about}.",), "refusal": ("so, no.",), "wishes": ("éclairs for all.",)}
    small |= {"pointer": ("{pointer} may help: {url}",)}
    register = wording.registers["formal"]
    wording = replace(wording, registers={"formal": replace(register, texts=dict(register.texts) | small)})
    body = written(occasion("en", Action.DECLINE, pointers=POINTERS[1:]), wording, stationery).body
    assert re.search(r"^thanks for .* So, no\.$", body, re.MULTILINE)
    assert "\n\nngo.pl may help: https://ngo.example/b\n\nÉclairs for all.\n\n" in body


def test_turkish_capitals(wordings: Wordings) -> None:
    """No sentence of the Turkish file begins with a small i, whose capital would need a dot."""
    for register in wordings["tr"].registers.values():
        for key, variants in register.texts.items():
            assert not [variant for variant in variants if variant.startswith("i")], key


@pytest.mark.parametrize("action", list(Action), ids=lambda action: action.value)
def test_who_says_something(action: Action, stationery: Stationery) -> None:
    """Holding, resting, closing and skipping say nothing; every other action does."""
    silent = (Action.HOLD, Action.REST, Action.CLOSE, Action.SKIP)
    assert (compose(occasion("en", action), stationery) is None) is (action in silent)


def test_the_same_message_gets_the_same_words(stationery: Stationery) -> None:
    """The message's key alone chooses among variants: same key, same words; many keys, many letters."""
    bodies = []
    for key in map(str, range(40)):
        found = replace(occasion("en", Action.DECLINE), message=replace(MESSAGE, key=key))
        reply, other = compose(found, stationery), compose(found, stationery)
        assert reply == other
        assert reply is not None
        bodies.append(reply.body)
    assert len(set(bodies)) > 25


def test_a_change_elsewhere_changes_no_words(stationery: Stationery) -> None:
    """Subject, text and date of a message choose nothing."""
    plain = compose(occasion("en", Action.DECLINE), stationery)
    found = occasion("en", Action.DECLINE, message=replace(MESSAGE, subject="X", text="lorem ipsum", body="lorem"))
    other = compose(found, stationery)
    assert plain is not None
    assert other is not None
    assert plain.body == other.body


@given(text=st.text(max_size=300), name=st.text(max_size=30), subject=st.text(max_size=80))
def test_no_text_of_the_sender_goes_in(text: str, name: str, subject: str, stationery: Stationery) -> None:
    """A body is the same for every text but for the form of address and the salutation's name."""
    senders = (Address(name=name, address="ana@lingua.example"),)
    found = occasion("en", Action.DECLINE, message=replace(MESSAGE, text=text, subject=subject, senders=senders))
    reply = compose(found, stationery)
    assert reply is not None
    known = {
        tuple(p.text for p in plain.pieces if p.label is not Label.SENDER)
        for words in ("Dear Sir", "hi")
        for who in ("Ana", "")
        if (
            plain := compose(
                occasion("en", Action.DECLINE, message=replace(MESSAGE, text=words, senders=(Address(name=who),))),
                stationery,
            )
        )
    }
    assert tuple(piece.text for piece in reply.pieces if piece.label is not Label.SENDER) in known


def test_labels(stationery: Stationery, wordings: Wordings) -> None:
    """What ships is PUBLIC, a wording that the owner changed is OWNER, names are SENDER."""
    shipped = compose(occasion("en", Action.DECLINE), stationery)
    assert shipped is not None
    assert {piece.label for piece in shipped.pieces} == {Label.PUBLIC, Label.SENDER}
    assert [piece.text for piece in shipped.pieces if piece.label is Label.SENDER] == ["Ana Lopes", "Alex Moreau"]
    own = replace(wordings["en"], own=True)
    reply = written(occasion("en", Action.DECLINE), own, stationery)
    assert {piece.label for piece in reply.pieces} == {Label.OWNER, Label.SENDER}


def test_where_a_reply_goes(stationery: Stationery) -> None:
    """It goes to the author, from the address that was written to, as an answer to this very message."""
    message = replace(MESSAGE, references=("<0@lingua.example>",), reply_to=(Address(address="other@x.example"),))
    reply = compose(occasion("en", Action.DECLINE, message=message), stationery)
    assert reply is not None
    assert (reply.to, reply.sender) == ("ana@lingua.example", "Alex@Owner.example")
    assert reply.in_reply_to == "<1@lingua.example>"
    assert reply.references == ("<0@lingua.example>", "<1@lingua.example>")
    assert reply.subject == "Re: Hello"


def test_text_to_paste(stationery: Stationery) -> None:
    """A network's message gets a text to paste: no address, no subject."""
    message = replace(MESSAGE, channel=Channel.MESSAGE, message_id=None)
    reply = compose(occasion("en", Action.DECLINE, message=message), stationery)
    assert reply is not None
    assert (reply.to, reply.subject, reply.in_reply_to, reply.references) == ("", "", None, ())


@pytest.mark.parametrize(
    ("language", "languages", "expected"),
    [
        ("fr", ("en",), "fr"),
        ("pt-BR", ("en",), "pt"),
        ("da", ("sv", "en"), "sv"),
        ("da", ("nb", "nl"), "nl"),
        ("und", ("nb",), "en"),
    ],
)
def test_the_language_of_a_reply(
    language: str, languages: tuple[str, ...], expected: str, stationery: Stationery
) -> None:
    """It is the message's; where there is no wording for that, the owner's first that has one, else English."""
    profile = replace(ALEX, languages=languages)
    reply = compose(occasion(language, Action.DECLINE, profile=profile), stationery)
    assert reply is not None
    assert reply.language == expected


def test_whole_names_where_they_are_due(stationery: Stationery) -> None:
    """Formal letters and languages with the surname first name somebody in full, informal ones by the given name."""
    greetings = {}
    for language, text in (("en", "Hi there"), ("en", "Dear Sir"), ("hu", "Szia, kérlek"), ("zh", "你好")):
        reply = compose(occasion(language, Action.DECLINE, message=replace(MESSAGE, text=text)), stationery)
        assert reply is not None
        greetings[language, text] = "Ana Lopes" in reply.body.partition("\n")[0]
    assert list(greetings.values()) == [False, True, True, True]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Hello", "Re: Hello"),
        ("Re: Hello", "Re: Hello"),
        ("RE: re: AW: Hello", "Re: Hello"),
        ("Re[2]: Hello", "Re: Hello"),
        ("SV: Hej", "Re: Hej"),
        ("回复：你好", "Re: 你好"),
        ("RE : Bonjour", "Re: Bonjour"),
        ("Fwd: Hello", "Re: Fwd: Hello"),
        ("Real estate", "Re: Real estate"),
        ("", "Re:"),
        ("Re:", "Re:"),
        ("a\r\nBcc: b@x.example", "Re: a Bcc: b@x.example"),
        ("a\x00b\u202ec\u200bd", "Re: a b c d"),
        ("  a \t b ", "Re: a b"),
    ],
)
def test_subjects(subject: str, expected: str) -> None:
    """A subject is the original one with one "Re:" before it, on one line, with nothing hidden in it."""
    assert reply_subject(subject) == expected


@given(st.text(max_size=600))
def test_any_subject(subject: str) -> None:
    """A subject is one short line without controls, and answering an answer changes nothing."""
    found = reply_subject(subject)
    assert found.startswith("Re:")
    assert len(found) <= SUBJECT_LENGTH
    assert len(found.splitlines()) == 1
    assert found == found.rstrip() or found.endswith("…")
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", found)
    assert reply_subject(found) == found
