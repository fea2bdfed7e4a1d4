"""The whole desk: conversations go in, dispositions come out.

The first half plays conversations of four languages with all that the package ships. The second half gives the desk a
reader that is told what each message is, so that what the desk does can be played out in every order.
"""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW, Letter, PlainAnswers, build
from kindregards.adapters import resources
from kindregards.core.groups import Group
from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.message import Channel, Message
from kindregards.core.profile import Profile
from kindregards.core.relevance import Judgement
from kindregards.desk.conversation import MOST_DECLINES, Action, Episode, OwnerAct, State, advance, owner_spoke
from kindregards.desk.discretion import Private
from kindregards.desk.handle import Desk, Disposition, Dossier, handle
from kindregards.desk.reply import Stationery
from kindregards.desk.triage import Past
from kindregards.scout.contacts import Contact, private_terms

# ---- conversations in four languages, read by the shipped model

OPENING = {
    "en": (
        "Translation services",
        "Dear Alex,\n\nI run a small translation agency in Porto. We translate contracts and websites from English and"
        " French into Portuguese. Could we offer you our translation services? I would be glad to send you our prices."
        "\n\nBest wishes\nAna Lopes",
    ),
    "fr": (
        "Services de traduction",
        "Bonjour,\n\nJe dirige une petite agence de traduction à Porto. Nous traduisons des contrats et des sites web de"
        " l'anglais vers le français. Puis-je vous proposer nos services de traduction ? Je vous enverrais volontiers"
        " nos tarifs.\n\nCordialement\nAna Lopes",
    ),
    "de": (
        "Übersetzungen",
        "Guten Tag,\n\nich leite ein kleines Übersetzungsbüro in Porto. Wir übersetzen Verträge und Webseiten aus dem"
        " Englischen ins Deutsche. Darf ich Ihnen unsere Übersetzungen anbieten? Gern schicke ich Ihnen unsere Preise."
        "\n\nFreundliche Grüße\nAna Lopes",
    ),
    "es": (
        "Servicios de traducción",
        "Buenos días:\n\nDirijo una pequeña agencia de traducción en Oporto. Traducimos contratos y páginas web del"
        " inglés al español. ¿Podríamos ofrecerle nuestros servicios de traducción? Con gusto le envío nuestras"
        " tarifas.\n\nUn saludo\nAna Lopes",
    ),
}
NO = {
    "en": "Dear Ana Lopes,\n\nThank you for your offer of translation services. I work in strategy, and I don't"
    " commission translations. So I cannot help you on this one.\n\nI wish you every success with it.\n\nAlex Moreau",
    "fr": "Bonjour Ana Lopes,\n\nMerci pour votre offre de services de traduction. Je travaille dans la stratégie, et je"
    " ne commande pas de traductions. Je ne pourrai donc pas y donner suite.\n\nBien cordialement,\nAlex Moreau",
    "de": "Guten Tag Ana Lopes,\n\nvielen Dank für Ihr Übersetzungsangebot. Ich arbeite in der Strategieentwicklung, und"
    " Übersetzungen gebe ich nicht in Auftrag. Deshalb kann ich Ihnen hier nicht weiterhelfen.\n\nAlex Moreau",
    "es": "Hola, Ana Lopes:\n\nGracias por su oferta de servicios de traducción. Trabajo en estrategia, y no encargo"
    " traducciones. Por eso no puedo serle de ayuda.\n\nUn cordial saludo,\nAlex Moreau",
}
THANKS = {
    "en": "Thank you for your kind and clear answer. I understand. I wish you all the best too.",
    "fr": "Merci beaucoup pour votre réponse claire et aimable. Je comprends très bien. Bonne continuation à vous.",
    "de": "Vielen Dank für Ihre freundliche und klare Antwort. Das verstehe ich gut. Ihnen alles Gute.",
    "es": "Muchas gracias por su respuesta tan amable y clara. Lo entiendo. Le deseo lo mejor.",
}
ORIENTATION = {
    "en": "Thank you for your answer. Do you know where I could turn to instead? Is there an association or a group"
    " where people look for translators?",
    "fr": "Merci pour votre réponse. Sauriez-vous vers qui je pourrais me tourner ? Existe-t-il une association ou un"
    " groupe où l'on cherche des traducteurs ?",
    "de": "Danke für Ihre Antwort. Wissen Sie vielleicht, an wen ich mich stattdessen wenden kann? Gibt es einen Verband"
    " oder eine Gruppe, in der Übersetzer gesucht werden?",
    "es": "Gracias por su respuesta. ¿Sabe a quién podría dirigirme? ¿Hay alguna asociación o grupo donde se busquen"
    " traductores?",
}
INSISTENCE = {
    "en": "I understand, but please give us just one chance. Our prices are the best in the market and you will not"
    " regret it. Let us do a free test translation for you this week.",
    "fr": "Je comprends, mais donnez-nous juste une chance. Nos tarifs sont les meilleurs du marché et vous ne le"
    " regretterez pas. Laissez-nous faire une traduction d'essai gratuite cette semaine.",
    "de": "Das verstehe ich, aber geben Sie uns doch eine Chance. Unsere Preise sind die besten am Markt, Sie werden es"
    " nicht bereuen. Lassen Sie uns diese Woche eine kostenlose Probeübersetzung machen.",
    "es": "Lo entiendo, pero denos solo una oportunidad. Nuestros precios son los mejores del mercado y no se"
    " arrepentirá. Déjenos hacerle una traducción de prueba gratuita esta semana.",
}
OPT_OUT = {
    "en": "Fine. Please do not write to me again and delete my address.",
    "fr": "Très bien. Merci de ne plus m'écrire et de supprimer mon adresse.",
    "de": "In Ordnung. Bitte schreiben Sie mir nicht mehr und löschen Sie meine Adresse.",
    "es": "De acuerdo. Por favor, no me escriba más y borre mi dirección.",
}
HOSTILE = {
    "en": "What an arrogant answer. You are a rude idiot and you will never succeed in business.",
    "fr": "Quelle réponse arrogante. Vous êtes un imbécile impoli et vous ne réussirez jamais.",
    "de": "Was für eine arrogante Antwort. Sie sind ein unverschämter Idiot und werden nie Erfolg haben.",
    "es": "Qué respuesta tan arrogante. Es usted un idiota maleducado y nunca tendrá éxito.",
}
ENGAGED = {
    "en": "Dear Ana,\n\nyes, this interests me. Let us meet next Tuesday at ten in my office; call me when you arrive,"
    " and please send me your price list before.\n\nAlex",
    "fr": "Bonjour Ana,\n\noui, cela m'intéresse. Voyons-nous mardi à dix heures dans mon bureau ; appelez-moi en"
    " arrivant et envoyez-moi vos tarifs avant.\n\nAlex",
    "de": "Hallo Ana,\n\nja, das interessiert mich. Treffen wir uns am Dienstag um zehn in meinem Büro; rufen Sie mich"
    " an, wenn Sie da sind, und schicken Sie mir vorher bitte Ihre Preisliste.\n\nAlex",
    "es": "Hola, Ana:\n\nsí, me interesa. Nos vemos el martes a las diez en mi oficina; llámeme cuando llegue y envíeme"
    " antes sus tarifas.\n\nAlex",
}
#: Words by which a reply names the translations that were offered.
NAMED = {"en": "translation", "fr": "traduction", "de": "übersetz", "es": "traducci"}
#: What the reason says out of the profile, in the language's own words.
WORK = {"en": "in strategy", "fr": "stratégie", "de": "strategie", "es": "estrategia"}
EACH = pytest.mark.parametrize("language", list(OPENING))


def opening(language: str, days: int = 5, **changes: object) -> Message:
    """The first mail of the translation agency."""
    subject, text = OPENING[language]
    return build(text, subject=subject, days=days, **changes)


def answered(language: str, answer: str, text: str = "") -> tuple[Message, ...]:
    """The mail, the owner's answer, and what came back if anything did."""
    first = opening(language)
    subject = f"Re: {first.subject}"
    own = build(answer, mine=True, subject=subject, days=4, in_reply_to=(str(first.message_id),))
    back = build(text, subject=subject, days=3, in_reply_to=(str(own.message_id),))
    return (first, own, back) if text else (first, own)


def dossier(profile: Profile, *thread: Message, **changes: object) -> Dossier:
    """What is known of a conversation."""
    fields: dict[str, object] = {"conversation": "c1", "thread": thread, "profile": profile, "now": NOW}
    return Dossier(**(fields | changes))  # type: ignore[arg-type]


def done(desk: Desk, profile: Profile, *thread: Message, **changes: object) -> Disposition:
    """What the desk makes of a conversation."""
    found = handle(dossier(profile, *thread, **changes), desk)
    assert found is not None
    return found


@EACH
def test_a_first_no(language: str, desk: Desk, strategist: Profile) -> None:
    """An offer that the profile declines gets a no in its language that names it, and says why out of the profile."""
    found = done(desk, strategist, opening(language))
    assert (found.kind, found.ask, found.turn) == (Kind.SOLICITATION, Ask.OFFER_TRANSLATION, Turn.OPENING)
    assert (found.action, found.state, found.relevant) == (Action.DECLINE, State.ANSWERED, False)
    assert found.language == language
    assert found.pointers == ()
    reply = found.reply
    assert reply is not None
    assert reply.language == language
    assert NAMED[language] in reply.body.casefold()
    assert WORK[language] in reply.body.casefold()
    assert (reply.to, reply.subject) == ("ana@lingua.example", f"Re: {OPENING[language][0]}")
    assert reply.in_reply_to == opening(language).message_id
    assert any("translation services" in reason.text for reason in found.reasons if reason.name == "DECLINES")


@EACH
def test_thanks_close(language: str, desk: Desk, strategist: Profile) -> None:
    """Thanks for a no close the conversation without a word."""
    found = done(desk, strategist, *answered(language, NO[language], THANKS[language]))
    assert (found.turn, found.action, found.state, found.reply) == (Turn.THANKS, Action.CLOSE, State.CLOSED, None)


@EACH
def test_a_pointer(language: str, desk: Desk, strategist: Profile) -> None:
    """Asked where to turn, the desk names public places for translators that it ships, in the asker's language."""
    found = done(desk, strategist, *answered(language, NO[language], ORIENTATION[language]))
    assert (found.turn, found.action, found.state) == (Turn.ORIENTATION, Action.ORIENT, State.ORIENTED)
    assert found.reply is not None
    assert found.reply.language == language
    assert 1 <= len(found.pointers) <= 2
    shipped = {group.name: group for group in desk.groups}
    for pointer in found.pointers:
        assert pointer.name in found.reply.body
        assert pointer.url in found.reply.body
        assert "offer.translation" in shipped[pointer.name].asks
    assert NAMED[language] in found.reply.body.casefold()


@EACH
def test_insistence_and_opting_out_rest(language: str, desk: Desk, strategist: Profile) -> None:
    """Who presses on after a no, or asks for silence, gets no answer."""
    for text, turn in ((INSISTENCE, Turn.INSISTENCE), (OPT_OUT, Turn.OPT_OUT)):
        found = done(desk, strategist, *answered(language, NO[language], text[language]))
        assert (found.turn, found.action, found.state, found.reply) == (turn, Action.REST, State.RESTING, None)


@EACH
def test_an_insult_gets_no_word(language: str, desk: Desk, strategist: Profile) -> None:
    """Insults are never answered, and nobody is pointed anywhere for them."""
    found = done(desk, strategist, *answered(language, NO[language], HOSTILE[language]))
    assert found.reply is None
    assert found.pointers == ()
    assert found.action in (Action.REST, Action.CLOSE, Action.HOLD)


@EACH
def test_the_owners_conversation_is_the_owners(language: str, desk: Desk, strategist: Profile) -> None:
    """After the owner took the matter up with their own hand, whatever comes is theirs to answer."""
    for text in (THANKS, ORIENTATION, INSISTENCE):
        found = done(desk, strategist, *answered(language, ENGAGED[language], text[language]))
        assert found.reply is None
        assert found.state is State.HANDED
        assert found.action in (Action.HOLD, Action.SKIP)


@EACH
def test_the_owners_last_word(language: str, desk: Desk, strategist: Profile) -> None:
    """Where the owner has the last word nothing is due; what they said decides where it stands."""
    for answer, state in ((NO, State.ANSWERED), (ENGAGED, State.HANDED)):
        found = done(desk, strategist, *answered(language, answer[language]))
        assert (found.action, found.state, found.reply) == (Action.CLOSE, state, None)


@EACH
def test_a_second_thread_for_the_same_thing(language: str, desk: Desk, strategist: Profile) -> None:
    """Somebody who was told no and offers the same thing again in a new thread is not told a second time."""
    first = Episode(
        conversation="c0", state=State.ANSWERED, ask=Ask.OFFER_TRANSLATION, said=True, declined=NOW - timedelta(days=30)
    )
    found = done(desk, strategist, opening(language), episodes=(first,))
    assert (found.turn, found.action, found.state) == (Turn.INSISTENCE, Action.REST, State.RESTING)
    assert found.reply is None


@EACH
def test_another_correspondent_is_another(language: str, desk: Desk, strategist: Profile) -> None:
    """What passed with one person changes nothing for the next one, who has the same to offer."""
    alone = done(desk, strategist, opening(language, name="Ben Costa", address="ben@lingua.example"))
    done(desk, strategist, *answered(language, NO[language], OPT_OUT[language]))
    after = done(desk, strategist, opening(language, name="Ben Costa", address="ben@lingua.example"))
    assert alone == after
    assert after.action is Action.DECLINE


@EACH
def test_the_same_message_gets_the_same_answer(language: str, desk: Desk, strategist: Profile) -> None:
    """A disposition follows from the dossier alone, word for word; another message gets other words."""
    assert done(desk, strategist, opening(language)) == done(desk, strategist, opening(language))
    bodies = {
        found.reply.body
        for days in range(2, 14)
        if (found := done(desk, strategist, opening(language, days=days))).reply is not None
    }
    assert len(bodies) > 4


@EACH
def test_a_reminder_is_answered_with_an_apology(language: str, desk: Desk, strategist: Profile) -> None:
    """Who wrote twice without an answer gets the no, and one of the sentences that say sorry for the silence."""
    first = opening(language, days=9)
    reminders = {
        "en": "Just a short reminder of my mail of last week. May I hear from you?",
        "fr": "Je me permets de vous relancer au sujet de mon message de la semaine dernière. Puis-je espérer une réponse ?",
        "de": "Ich wollte kurz an meine Nachricht von letzter Woche erinnern. Darf ich auf eine Antwort hoffen?",
        "es": "Le escribo de nuevo para recordarle mi mensaje de la semana pasada. ¿Podría darme una respuesta?",
    }
    again = build(reminders[language], subject=first.subject, days=2, in_reply_to=(str(first.message_id),))
    found = done(desk, strategist, first, again)
    assert (found.turn, found.action) == (Turn.FOLLOW_UP, Action.DECLINE)
    assert found.ask is Ask.OFFER_TRANSLATION
    assert found.reply is not None
    sentences = {s for r in desk.stationery.wordings[language].registers.values() for s in r.texts["again"]}
    assert any(sentence in found.reply.body for sentence in sentences)


def test_what_fits_is_handed_over(desk: Desk, strategist: Profile, letter: Letter) -> None:
    """An enquiry that the profile welcomes is the owner's, with a warm holding draft."""
    text = (
        "Dear Alex,\n\nwe make pumps and valves for industry and need a new strategy for the next five years. Would you"
        " take on a strategy consulting engagement with us, from January on?\n\nKim Berg, Berg Pumps"
    )
    found = done(desk, strategist, letter(text, name="Kim Berg", address="kim@pumps.example", subject="Strategy work"))
    assert (found.relevant, found.action, found.state) == (True, Action.WELCOME, State.HANDED)
    assert found.reply is not None
    assert "Kim" in found.reply.body


@pytest.mark.parametrize(
    ("changes", "text", "kind"),
    [
        ({"headers": (("list-unsubscribe", "<mailto:u@x.example>"),)}, "Our newsletter of May", Kind.BULK),
        ({"headers": (("auto-submitted", "auto-replied"),)}, "I am out of the office.", Kind.AUTOMATIC),
        ({"address": "mailer-daemon@x.example", "name": ""}, "Undelivered mail", Kind.AUTOMATIC),
    ],
)
def test_robots_and_lists_are_left_alone(
    changes: dict[str, object], text: str, kind: Kind, desk: Desk, strategist: Profile
) -> None:
    """What no person wrote is skipped, whatever its words ask for."""
    found = done(desk, strategist, build(f"{text}\n\n{OPENING['en'][1]}", **changes))
    assert (found.kind, found.ask, found.action, found.reply) == (kind, None, Action.SKIP, None)


def test_nothing_incoming_is_nothing(desk: Desk, strategist: Profile, letter: Letter) -> None:
    """A thread of the owner's own mails alone is no conversation of the desk's."""
    assert handle(dossier(strategist, letter("Hello", mine=True)), desk) is None
    assert handle(dossier(strategist), desk) is None


def test_network_messages_get_text_to_paste(desk: Desk, strategist: Profile, letter: Letter) -> None:
    """A chat message is answered with words alone: no address, no subject."""
    message = letter(OPENING["en"][1], channel=Channel.MESSAGE, address="", url="https://network.example/in/ana")
    found = done(desk, strategist, message)
    assert found.action is Action.DECLINE
    assert found.reply is not None
    assert (found.reply.to, found.reply.subject) == ("", "")


def test_an_invitation_without_a_word_is_the_owners(desk: Desk, strategist: Profile, letter: Letter) -> None:
    """Only the owner can tell whom to connect with where nothing is said."""
    message = letter("", channel=Channel.INVITATION, address="", url="https://network.example/in/ana")
    found = done(desk, strategist, message)
    assert (found.kind, found.ask, found.action) == (Kind.INVITATION, Ask.REQUEST_CONNECTION, Action.HOLD)


def test_an_invitation_that_sells_is_turned_down(desk: Desk, strategist: Profile, letter: Letter) -> None:
    """A note that offers what the profile declines gets a courteous no to connecting."""
    text = (
        "Hi Alex, we translate websites and contracts. I would love to connect and offer you our translation services."
    )
    message = letter(text, channel=Channel.INVITATION, address="", url="https://network.example/in/ana")
    found = done(desk, strategist, message)
    assert (found.action, found.state) == (Action.DECLINE_INVITATION, State.ANSWERED)
    assert found.reply is not None


def test_no_single_author_no_reply(desk: Desk, strategist: Profile) -> None:
    """A mail that names no author who could be answered is the owner's."""
    two = (("from", "Ana Lopes <ana@lingua.example>, Ben Costa <ben@lingua.example>"),)
    found = done(desk, strategist, replace(opening("en"), senders=(), headers=two))
    assert (found.reply, found.action, found.state) == (None, Action.HOLD, State.HANDED)
    assert "NO_AUTHOR" in {reason.name for reason in found.reasons}


def test_a_date_that_cannot_be_read_is_the_owners(desk: Desk, strategist: Profile) -> None:
    """Without the dates the order of a conversation is not known, so nothing is said in it; one message has its order."""
    found = done(desk, strategist, opening("en"), opening("en", key="again", date=None))
    assert (found.reply, found.action) == (None, Action.HOLD)
    assert done(desk, strategist, opening("en", date=None)).reply is not None
    first, own, back = answered("en", NO["en"], ORIENTATION["en"])
    assert done(desk, strategist, replace(first, date=None), own, back).reply is None


# ---- the address book


BOOKS = st.lists(
    st.builds(
        Contact,
        name=st.sampled_from(["Ana Lopes", "Alex Moreau", "Beatriz Queirós", "Dear Ana", "Thank You", "王伟"]),
        company=st.sampled_from(["", "Lingua", "Translation Services", "Kind Regards", "I work in strategy"]),
        address=st.sampled_from(["", "ana@lingua.example", "b@firm.example"]),
        url=st.sampled_from(["", "https://network.example/in/ana", "https://aiic.org/", "https://www.sft.fr/"]),
        phone=st.sampled_from(["", "+351 21 555 0142"]),
    ),
    max_size=5,
)
THREADS = [
    *[(opening(language),) for language in OPENING],
    *[answered(language, NO[language], text[language]) for language in OPENING for text in (THANKS, ORIENTATION)],
    (opening("en", name="Beatriz Queirós", address="b@firm.example"),),
    (build("Please put me in touch with Beatriz Queirós of Lingua. Do you know her?", subject="Introduction"),),
]


@given(one=BOOKS, other=BOOKS, thread=st.sampled_from(THREADS))
def test_the_address_book_changes_nothing(
    one: list[Contact], other: list[Contact], thread: tuple[Message, ...], desk: Desk, strategist: Profile
) -> None:
    """With any two address books the same conversation gets the same disposition, byte for byte."""
    found = [done(desk, strategist, *thread, private=Private.of(private_terms(book))) for book in (one, other, [])]
    assert found[0] == found[1] == found[2]


def test_an_owners_wording_that_names_a_contact_stops(desk: Desk, strategist: Profile) -> None:
    """Where the owner's own words would name somebody they know, the draft is held and the owner told so."""
    english = desk.stationery.wordings["en"]
    texts = {
        n: replace(r, texts=dict(r.texts) | {"wishes": ("Ask B. Queiros!",)}) for n, r in english.registers.items()
    }
    own = {**dict(desk.stationery.wordings.items()), "en": replace(english, registers=texts, own=True)}
    mine = replace(desk, stationery=replace(desk.stationery, wordings=own))
    private = Private.of(private_terms([Contact(name="B Queirós", address="b@firm.example")]))
    found = done(mine, strategist, opening("en"), private=private)
    assert (found.reply, found.action, found.state) == (None, Action.HOLD, State.HANDED)
    assert "DISCRETION" in {reason.name for reason in found.reasons}
    assert done(mine, strategist, opening("en")).reply is not None


# ---- the protocol, with a reader that is told what each message is


@dataclass(frozen=True)
class ToldReader:
    """Reads a message of the form "TURN ASK SURE", as the tests write them."""

    tongue: str = "en"

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Take the labels that stand in the text."""
        turn, ask, sure = text.split()
        return Intent(
            kind=Kind.SOLICITATION,
            ask=Ask(ask),
            turn=Turn(turn),
            language=self.tongue,
            kinds={Kind.SOLICITATION: 1.0},
            asks={Ask(ask): 1.0},
            turns={Turn(turn): float(sure)},
        )

    def language(self, subject: str, text: str) -> str:
        """Name the one language it knows."""
        return self.tongue


class ToldJudge:
    """Welcomes talks and declines all else."""

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Judge by the ask alone."""
        fits = intent.ask is Ask.REQUEST_SPEAKING
        return Judgement(relevant=fits, probability=0.99 if fits else 0.01, ruled_out=not fits)


@pytest.fixture(scope="session")
def told(desk: Desk, stationery: Stationery) -> Desk:
    """The desk with a reader and a judge that are told, and answers read by few words."""
    return replace(desk, reader=ToldReader(), judge=ToldJudge(), answers=PlainAnswers(resources.heads()))


@dataclass
class Play:
    """A conversation that is played message by message; the owner sends each draft, or not."""

    desk: Desk
    profile: Profile
    thread: tuple[Message, ...] = ()
    hours: int = 2000

    def say(self, turn: Turn, ask: Ask = Ask.OFFER_GOODS, sure: float = 1.0, *, send: bool = True) -> Disposition:
        """Let them say something, and send the draft there may be."""
        self.hours -= 3
        text = f"{turn.value} {ask.value} {sure}"
        self.thread += (build(text, date=NOW - timedelta(hours=self.hours)),)
        found = done(self.desk, self.profile, *self.thread)
        if send and found.reply is not None:
            self.own(found.reply.body)
        return found

    def own(self, text: str) -> None:
        """Let the owner write."""
        self.hours -= 3
        self.thread += (build(text, mine=True, date=NOW - timedelta(hours=self.hours)),)


TURNS = st.lists(
    st.tuples(st.sampled_from(Turn), st.sampled_from([Ask.OFFER_GOODS, Ask.OFFER_EVENTS, Ask.REQUEST_SPEAKING])),
    max_size=7,
)


@given(turns=TURNS)
def test_a_thread_is_the_protocol(turns: list[tuple[Turn, Ask]], told: Desk, strategist: Profile) -> None:
    """Read again and again as it grows, a thread stands where the table says, with the table's answers."""
    play, state, declines = Play(told, strategist), State.NEW, 0
    for turn, ask in turns:
        found = play.say(turn, ask)
        judged = Action.WELCOME if ask is Ask.REQUEST_SPEAKING else Action.DECLINE
        step = advance(state, turn, judged, declines=declines)
        assert (found.action, found.state) == (step.action, step.state), found.reasons
        assert (found.reply is None) == (step.action not in (Action.DECLINE, Action.ORIENT, Action.WELCOME))
        if step.action is Action.REST and declines == MOST_DECLINES:
            break  # why nothing was said to a new ask is not to be seen in a thread
        state = step.state
        declines += step.action is Action.DECLINE


@given(turns=TURNS, sent=st.lists(st.booleans(), min_size=7, max_size=7))
def test_whatever_is_sent_nobody_is_told_twice(
    turns: list[tuple[Turn, Ask]], sent: list[bool], told: Desk, strategist: Profile
) -> None:
    """With any drafts left unsent: two noes at most are sent, one pointer for an ask, none after an opt-out."""
    play = Play(told, strategist)
    noes, pointers, opted_out = 0, 0, False
    for (turn, ask), send in zip(turns, sent, strict=False):
        found = play.say(turn, ask, send=send)
        opted_out = opted_out or turn is Turn.OPT_OUT
        pointers = 0 if turn is Turn.NEW_ASK else pointers
        noes += send and found.action is Action.DECLINE
        pointers += send and found.action is Action.ORIENT
        assert not (opted_out and found.reply)
        assert noes <= 2
        assert pointers <= 1


def test_silence_is_remembered_in_a_thread(told: Desk, strategist: Profile) -> None:
    """Whom the desk met with silence is not answered later on, though nothing of it stands in the thread."""
    for turn in (Turn.INSISTENCE, Turn.HOSTILE, Turn.OPT_OUT, Turn.FOLLOW_UP):
        play = Play(told, strategist)
        play.say(Turn.OPENING)
        assert play.say(turn).action is Action.REST
        for later in Turn:
            found = replace(play).say(later)
            assert (found.action, found.reply, found.state) == (Action.REST, None, State.RESTING)


def test_an_opt_out_in_the_middle_is_found_at_the_first_look(told: Desk, strategist: Profile) -> None:
    """A mailbox that is read for the first time: what was asked in the middle of a thread still holds."""
    texts = ["opening offer.goods 1", "opt-out offer.goods 1", "new-ask request.speaking 1"]
    thread = [build(text, days=9 - n) for n, text in enumerate(texts)]
    found = done(told, strategist, *thread)
    assert (found.action, found.state, found.reply) == (Action.REST, State.RESTING, None)


def test_noes_within_one_thread_are_counted(told: Desk, strategist: Profile) -> None:
    """Two noes in one thread are two: the third new ask there meets silence, and so does a fourth."""
    play = Play(told, strategist)
    asks = (Ask.OFFER_GOODS, Ask.OFFER_EVENTS, Ask.OFFER_TRAINING, Ask.OFFER_OTHER)
    found = [play.say(Turn.NEW_ASK if n else Turn.OPENING, ask) for n, ask in enumerate(asks)]
    assert [step.action for step in found] == [Action.DECLINE, Action.DECLINE, Action.REST, Action.REST]


@pytest.mark.parametrize(("days", "action"), [(30, Action.REST), (364, Action.REST), (366, Action.DECLINE)])
def test_noes_are_counted_for_a_year(days: int, action: Action, told: Desk, strategist: Profile) -> None:
    """Two noes in other conversations within 365 days are enough; after that one may be given again."""
    episodes = tuple(
        Episode(conversation=f"c{n}", state=State.ANSWERED, ask=ask, said=True, declined=NOW - timedelta(days=days))
        for n, ask in enumerate((Ask.OFFER_GOODS, Ask.OFFER_EVENTS), start=7)
    )
    found = done(told, strategist, build("opening offer.training 1"), episodes=episodes)
    assert found.action is action


def test_a_new_thread_with_something_else(told: Desk, strategist: Profile) -> None:
    """After a no to one thing, an opening with another in a new thread is judged like a first one."""
    first = Episode(conversation="c0", state=State.ANSWERED, ask=Ask.OFFER_GOODS, said=True, declined=NOW)
    found = done(told, strategist, build("opening offer.events 1"), episodes=(first,))
    assert (found.turn, found.action) == (Turn.NEW_ASK, Action.DECLINE)
    found = done(told, strategist, build("opening request.speaking 1"), episodes=(first,))
    assert (found.turn, found.action) == (Turn.NEW_ASK, Action.WELCOME)


def test_a_no_that_was_only_drafted_elsewhere_counts(told: Desk, strategist: Profile) -> None:
    """Two threads with the same offer get one draft of a no, though neither was sent."""
    first = Episode(conversation="c0", state=State.ANSWERED, ask=Ask.OFFER_GOODS, said=False, declined=NOW)
    assert done(told, strategist, build("opening offer.goods 1"), episodes=(first,)).action is Action.REST


@pytest.mark.parametrize("state", [State.RESTING, State.HANDED, State.CLOSED])
def test_silence_elsewhere_is_silence_here(state: State, told: Desk, strategist: Profile) -> None:
    """Where another conversation with the same person rests, closed or is the owner's, no new thread is answered."""
    first = Episode(conversation="c0", state=state, ask=Ask.OFFER_GOODS, said=True)
    for ask in (Ask.OFFER_GOODS, Ask.OFFER_EVENTS):
        assert done(told, strategist, build(f"opening {ask.value} 1"), episodes=(first,)).reply is None


def test_an_unanswered_note_hides_no_answer(told: Desk, strategist: Profile) -> None:
    """A later conversation in which nothing was decided does not make the earlier no forgotten."""
    episodes = (
        Episode(conversation="c0", state=State.ANSWERED, ask=Ask.OFFER_GOODS, said=True, declined=NOW),
        Episode(conversation="c1", state=State.NEW, ask=None, said=True),
    )
    assert done(told, strategist, build("opening offer.goods 1"), episodes=episodes).action is Action.REST


@pytest.mark.parametrize(
    "changes",
    [
        {"past": Past(opted_out=True)},
        {"episodes": (Episode(conversation="c0", state=State.RESTING, opted_out=True),)},
        {"episodes": (Episode(conversation="c0", state=State.HANDED, opted_out=True, said=True),)},
    ],
)
def test_an_opt_out_is_for_ever(changes: dict[str, object], told: Desk, strategist: Profile) -> None:
    """Who once asked not to be written to gets no word in any conversation, not even what would be welcome."""
    for text in ("opening offer.goods 1", "opening request.speaking 1", "orientation offer.goods 1"):
        found = done(told, strategist, build(text), **changes)
        assert (found.action, found.state, found.reply) == (Action.REST, State.RESTING, None)


def test_a_reaction_shows_that_the_draft_went_out(told: Desk, strategist: Profile) -> None:
    """Where the sent mail is not among the sources, thanks and questions tell that the drafted no was sent."""
    thread = (build("opening offer.goods 1", days=5), build("orientation offer.goods 1", days=1))
    assert done(told, strategist, *thread, drafted=State.ANSWERED).action is Action.ORIENT
    assert done(told, strategist, *thread).action is Action.DECLINE


@pytest.mark.parametrize(("sure", "action"), [(1.0, Action.ORIENT), (0.9, Action.ORIENT), (0.8, Action.HOLD)])
def test_a_pointer_needs_a_sure_question(sure: float, action: Action, told: Desk, strategist: Profile) -> None:
    """A pointer is given to a question where to turn, and what may be one is left to the owner."""
    play = Play(told, strategist)
    play.say(Turn.OPENING)
    found = play.say(Turn.ORIENTATION, sure=sure)
    assert found.action is action
    assert (found.reply is None) is (action is Action.HOLD)


@pytest.mark.parametrize("act", list(OwnerAct), ids=lambda act: act.value)
def test_the_owners_own_answers(act: OwnerAct, told: Desk, strategist: Profile) -> None:
    """A no, a pointer and a word of the owner's own put a thread where the protocol says."""
    texts = {OwnerAct.NO: "No, thank you.", OwnerAct.POINTER: "Try https://guild.example/", OwnerAct.HAND: "Call me."}
    play = Play(told, strategist)
    play.say(Turn.OPENING, send=False)
    play.own(texts[act])
    assert done(told, strategist, *play.thread).state is owner_spoke(State.NEW, act)
    assert play.say(Turn.ORIENTATION).action is (Action.ORIENT if act is OwnerAct.NO else Action.HOLD)


@pytest.mark.parametrize("language", resources.names("wordings", ".toml"))
def test_a_draft_that_was_sent_is_known(language: str, desk: Desk, told: Desk, strategist: Profile) -> None:
    """A draft of ours that the owner sent, its lines broken anew, is known for what it is in every language."""
    reading = replace(told, reader=ToldReader(language), answers=desk.answers)
    expected = (
        ("opening offer.goods 1", Channel.EMAIL, State.ANSWERED),
        ("opening request.speaking 1", Channel.EMAIL, State.HANDED),
        ("opening offer.goods 1", Channel.INVITATION, State.ANSWERED),
        ("opening request.speaking 1", Channel.INVITATION, State.HANDED),
    )
    for days in range(5, 9):
        for text, channel, state in expected:
            first = build(text, days=days, channel=channel)
            draft = done(reading, strategist, first).reply
            assert draft is not None
            sent = build(broken(draft.body, language), mine=True, days=days - 1, channel=channel)
            assert done(reading, strategist, first, sent).state is state, draft.body
        first, no = build("opening offer.goods 1", days=days), build("No thanks", mine=True, days=days - 1)
        asked = build("orientation offer.goods 1", days=days - 2)
        pointing = replace(reading, answers=PlainAnswers(resources.heads()))
        for groups in (desk.groups, ()):
            draft = done(replace(pointing, groups=groups), strategist, first, no, asked).reply
            assert draft is not None
            sent = build(broken(draft.body, language), mine=True, days=days - 3)
            assert done(pointing, strategist, first, no, asked, sent).state is State.ORIENTED, draft.body


def broken(text: str, language: str) -> str:
    """A text as mail programs send it: lines of at most 72 characters."""
    width = 36 if language in ("zh", "ja") else 72
    return "\n".join(textwrap.fill(line, width) for line in text.split("\n"))


def test_pointers_depend_on_the_need_alone(told: Desk, strategist: Profile, baker: Profile) -> None:
    """Two owners with two address books name the same places to the same question, and none where none fits."""
    thread = (
        build("opening offer.goods 1", days=5),
        build("No, thank you.", mine=True, days=4),
        build("orientation offer.goods 1", days=3),
    )
    other = replace(baker, addresses=("alex@owner.example",))
    private = Private.of(private_terms([Contact(name="Ana Lopes", company="Guild of Goods")]))
    guild = Group(name="Guild of Goods", url="https://guild.example/", purpose="", asks=("offer.goods",))
    desk = replace(told, groups=(guild,))
    pointers = [
        done(desk, owner, *thread, private=book).pointers
        for owner in (strategist, other)
        for book in (Private(), private)
    ]
    assert [[p.name for p in found] for found in pointers] == [["Guild of Goods"]] * 4
    none = done(replace(told, groups=()), strategist, *thread)
    assert (none.action, none.pointers) == (Action.ORIENT, ())
    assert none.reply is not None
    assert "http" not in none.reply.body


def test_a_mail_before_any_of_theirs_is_no_answer(told: Desk, strategist: Profile) -> None:
    """What the owner wrote before they ever wrote answers nothing."""
    thread = (build("No, thank you.", mine=True, days=9), build("opening offer.goods 1", days=3))
    assert done(told, strategist, *thread).action is Action.DECLINE


def test_every_disposition_says_why(desk: Desk, strategist: Profile) -> None:
    """Whatever the desk decides, it gives reasons, each a symbol and a sentence."""
    for thread in THREADS:
        for reason in done(desk, strategist, *thread).reasons:
            assert re.fullmatch(r"[A-Z_]+", reason.name)
            assert reason.text


def test_known_people_are_answered_by_the_owner(desk: Desk, strategist: Profile) -> None:
    """A mail of somebody the owner knows, in answer to the owner's own, is correspondence."""
    message = build("Here are the figures you asked for. See you on Friday!", in_reply_to=("<x@owner.example>",))
    found = done(desk, strategist, message, past=Past(known=True))
    assert (found.kind, found.action, found.reply) == (Kind.CORRESPONDENCE, Action.SKIP, None)


def test_a_thread_counts_as_the_sequence_it_is(told: Desk, strategist: Profile) -> None:
    """The dates decide nothing here: the order of the thread is the caller's."""
    thread: Sequence[Message] = (
        build("opening offer.goods 1", days=1),
        build("No, thank you.", mine=True, days=2),
        build("thanks offer.goods 1", days=3),
    )
    assert done(told, strategist, *thread).state is State.CLOSED
