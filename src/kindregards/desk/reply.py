"""Replies: chosen and composed out of wording files, one language a file (DESIGN §6, RELIABILITY §4).

Every piece of a reply says where it comes from: PUBLIC (shipped wordings, lexicon, groups), OWNER (the owner's own
profile and wordings) or SENDER (nothing but the name in the salutation). Which variant is taken follows from the
message's key alone, so the same message always gets the same words. No text of the message goes in.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from kindregards.core.groups import Pointer
from kindregards.core.intent import CATCH_ALL, Ask, Intent, Turn
from kindregards.core.message import Message
from kindregards.core.profile import Profile
from kindregards.core.relevance import Judgement
from kindregards.desk.conversation import Action
from kindregards.desk.salutation import Names, salutation
from kindregards.desk.wording import Fields, Register, Wording

#: At most so many code points of a subject (RELIABILITY §4).
SUBJECT_LENGTH = 256
#: At most so many words between salutation and closing, which add up to ten (DESIGN §6: 90 words in all).
LONGEST = 80
#: So many signs of a script without blanks count as one word.
_SIGNS_A_WORD = 2.4
_ATTEMPTS = 9
#: An ask that is less likely than this is not called by its name.
SURE_ENOUGH = 0.33
_PREFIX = re.compile(
    r"^\s*(?:(?:re|aw|sv|vs|antw|odp|rép|rif|ynt|vá|回复|答复|返信|رد)(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]+")


class Label(Enum):
    """Where a piece of text comes from; discretion treats each differently."""

    PUBLIC = "public"  #: shipped with the program
    OWNER = "owner"  #: written by the owner
    SENDER = "sender"  #: the name the sender goes by


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text with its label."""

    text: str
    label: Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A courteous answer, plain text, ready to be looked over by `desk.discretion`.

    `to` is one mail address, or "" where the network has to carry it (text to paste); `subject` is "" there too.
    """

    to: str
    subject: str
    body: str
    language: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    sender: str = ""  #: the owner's address the message came to
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stationery:
    """What every reply is written on: the wording files by language, the words for fields of work, for names."""

    wordings: Mapping[str, Wording]
    fields: Fields
    names: Names

    def wording(self, language: str, profile: Profile) -> Wording:
        """The wording of a language, else of the first language of the owner's that has one, else English."""
        for tag in (language, *profile.languages, "en"):
            found = self.wordings.get(tag) or self.wordings.get(tag.partition("-")[0])
            if found:
                return found
        return self.wordings["en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """All that a reply is about."""

    message: Message
    action: Action
    intent: Intent
    judgement: Judgement
    profile: Profile
    pointers: tuple[Pointer, ...] = ()
    again: bool = False  #: earlier messages of theirs had no answer


def _named(intent: Intent) -> Ask:
    """What to call the ask in a reply: itself where the reader is sure enough, else only an offer or a request.

    Thanks for what was never asked would be worse than thanks in general; the topic still names it.
    """
    if intent.ask and intent.asks.get(intent.ask, 0.0) >= SURE_ENOUGH:
        return intent.ask
    offers = sum(value for ask, value in intent.asks.items() if ask.value.startswith("offer."))
    return Ask.OFFER_OTHER if offers > 0.5 else Ask.REQUEST_OTHER


class _Pen:
    """Writes one reply: picks variants, fills slots, remembers where each piece came from."""

    def __init__(self, occasion: Occasion, wording: Wording, register: Register, field: str) -> None:
        self.occasion, self.wording, self.register = occasion, wording, register
        self.ask = _named(occasion.intent)
        self.field = field
        self.origin = Label.OWNER if wording.own else Label.PUBLIC
        self.attempt = 0

    def pick(self, name: str, /, **slots: str) -> str:
        """One variant of a list with its slots filled."""
        variants = self.register.texts[name]
        seed = f"{self.occasion.message.key}\0{name}{self.attempt or ''}".encode()
        variant = variants[int.from_bytes(hashlib.sha256(seed).digest()[:4], "big") % len(variants)]
        return variant.format(**slots)

    def topic(self, said: str = "") -> str:
        """The sender's words for what is asked, as far as they are not said already."""
        fresh = [topic for topic in self.occasion.intent.topic if topic.casefold() not in said.casefold()]
        return self.wording.comma.join(fresh[: 2 if self.ask is self.occasion.intent.ask else 3])

    def thanks(self) -> str:
        """Thanks for what was asked, in the sender's words where the lexicon knows them."""
        about = self.wording.about(self.ask, self.register.name)
        topic = self.topic(about)
        if topic:
            return self.pick("thanks_topic", about=about, topic=topic)
        return self.pick("thanks", about=about)

    def reason(self) -> str:
        """Why not, out of the profile: what the owner does, and what of this they never take up."""
        judged = self.occasion.judgement
        if judged.welcomed or not judged.ruled_out or self.ask is not self.occasion.intent.ask:
            return self.pick("reason_fit")
        no = self.wording.no(self.ask, self.register.name)
        if self.field:
            return self.pick("reason_field", field=self.wording.field(self.field), no=no)
        return self.pick("reason", no=no)

    def pointing(self) -> list[list[str]]:
        """Where to turn instead, an address a paragraph, so that it can be clicked and copied."""
        found = self.occasion.pointers
        if not found:
            return [[self.pick("orient_none")]]
        topic = self.topic() if self.ask in CATCH_ALL else self.wording.label(self.ask)
        about = [[self.pick("orient_about", topic=topic)]] if topic else []
        first = [*about, [self.pick("orient", pointer=found[0].name, url=found[0].url)]]
        return first + [[self.pick("orient_second", pointer=p.name, url=p.url)] for p in found[1:2]]


def _decline(pen: _Pen) -> list[list[str]]:
    opening = [pen.pick("again")] if pen.occasion.again else []
    middle = [[pen.pick("pointer", pointer=p.name, url=p.url)] for p in pen.occasion.pointers[:1]]
    return [[*opening, pen.thanks(), pen.reason(), pen.pick("refusal")], *middle, [pen.pick("wishes")]]


def _orient(pen: _Pen) -> list[list[str]]:
    if pen.occasion.intent.turn is Turn.ORIENTATION:
        return [[pen.pick("orient_thanks")], *pen.pointing(), [pen.pick("wishes")]]
    return [[pen.thanks(), pen.reason(), pen.pick("refusal")], *pen.pointing(), [pen.pick("wishes")]]


def _welcome(pen: _Pen) -> list[list[str]]:
    opening = [pen.pick("again")] if pen.occasion.again else []
    return [[*opening, pen.thanks(), pen.pick("welcome")]]


def _decline_invitation(pen: _Pen) -> list[list[str]]:
    # Thanks for the invitation are said already: the note is thanked for only where it can be named.
    named = pen.topic() if pen.ask in CATCH_ALL else pen.ask is not Ask.REQUEST_CONNECTION
    note = [pen.thanks()] if named else []
    return [[pen.pick("invitation_thanks"), *note], [pen.reason(), pen.pick("invitation_no")], [pen.pick("wishes")]]


def _accept_invitation(pen: _Pen) -> list[list[str]]:
    return [[pen.pick("invitation_thanks"), pen.pick("invitation_yes")]]


_BODIES = {
    Action.DECLINE: _decline,
    Action.ORIENT: _orient,
    Action.WELCOME: _welcome,
    Action.DECLINE_INVITATION: _decline_invitation,
    Action.ACCEPT_INVITATION: _accept_invitation,
}
#: The actions that say something.
SPEAKING = frozenset(_BODIES)


def compose(occasion: Occasion, stationery: Stationery) -> Reply | None:
    """Write the reply to a message, None where the action says nothing (hold, rest, close, skip)."""
    write = _BODIES.get(occasion.action)
    if write is None:
        return None
    message, profile = occasion.message, occasion.profile
    wording = stationery.wording(occasion.intent.language, profile)
    register = wording.register_for(message.text)
    pen = _Pen(occasion, wording, register, stationery.fields.of(profile))
    called = salutation(message.sender.name, profile.name, stationery.names, whole=wording.whole_name(register.name))
    pieces = [*_greeting(pen, called), *_paragraphs(_fitting(write, pen), pen)]
    pieces.append(Piece(text=f"\n\n{pen.pick('closing')}\n", label=pen.origin))
    pieces.append(Piece(text=profile.name, label=Label.SENDER))
    return Reply(
        to=message.sender.address if message.is_mail else "",
        subject=reply_subject(message.subject) if message.is_mail else "",
        body="".join(piece.text for piece in pieces),
        language=wording.language,
        in_reply_to=message.message_id,
        references=(*message.references, message.message_id) if message.message_id else message.references,
        sender=_addressed(message, profile),
        pieces=tuple(pieces),
    )


def _fitting(write: Callable[[_Pen], list[list[str]]], pen: _Pen) -> list[list[str]]:
    """Write the paragraphs, with other variants where the first ones make too long a letter."""
    tried: list[tuple[float, int]] = []
    for pen.attempt in range(_ATTEMPTS):
        paragraphs = write(pen)
        tried.append((_words(paragraphs, pen.wording.separator), pen.attempt))
        if tried[-1][0] <= LONGEST:
            return paragraphs
    _, pen.attempt = min(tried)
    return write(pen)


def _words(paragraphs: list[list[str]], separator: str) -> float:
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    return sum(len(s.split()) if separator else len(s) / _SIGNS_A_WORD for s in sentences)


def _greeting(pen: _Pen, called: str) -> list[Piece]:
    if not called:
        return [Piece(text=pen.pick("greeting_plain") + "\n\n", label=pen.origin)]
    before, named, after = pen.pick("greeting", name="\0").partition("\0")
    if not named:
        return [Piece(text=before + "\n\n", label=pen.origin)]
    return [
        Piece(text=before, label=pen.origin),
        Piece(text=called, label=Label.SENDER),
        Piece(text=after + "\n\n", label=pen.origin),
    ]


def _paragraphs(paragraphs: list[list[str]], pen: _Pen) -> list[Piece]:
    """Join sentences to paragraphs.

    Only the very first keeps a small letter, after the salutation's comma, and names of places are left as they are.
    """
    names = tuple(pointer.name for pointer in pen.occasion.pointers)
    texts: list[str] = []
    for sentences in paragraphs:
        begun = [
            s if (n == 0 and not texts) or s.startswith(names) else s[:1].upper() + s[1:]
            for n, s in enumerate(sentences)
        ]
        texts.append(pen.wording.separator.join(begun))
    return [Piece(text="\n\n".join(texts), label=pen.origin)]


def reply_subject(subject: str) -> str:
    """'Re: ' once before the original subject, one line, at most `SUBJECT_LENGTH` code points."""
    plain = " ".join(_CONTROL.sub(" ", _PREFIX.sub("", subject)).split())
    whole = f"Re: {plain}" if plain else "Re:"
    return whole if len(whole) <= SUBJECT_LENGTH else whole[: SUBJECT_LENGTH - 1] + "…"


def _addressed(message: Message, profile: Profile) -> str:
    """The owner's address the message came to, without a +tag's secret being lost: as written there."""
    return next((a.address for a in message.recipients if profile.owns(a.address)), profile.addresses[0])
