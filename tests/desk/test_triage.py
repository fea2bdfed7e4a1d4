"""Who may be answered: the gates one by one, and what holds for every message."""

import random
import re
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core import mime
from kindregards.core.errors import WordingError
from kindregards.core.intent import Kind
from kindregards.core.message import Address, Attachment, Channel, Message
from kindregards.core.profile import Profile
from kindregards.desk import marks, triage
from kindregards.desk.marks import Words
from kindregards.desk.triage import Clearance, Leave, Past, clear

TEXT = (Path(__file__).resolve().parents[2] / "src/kindregards/data/triage.toml").read_text(encoding="utf-8")
WORDS = Words.load(TEXT)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWNER = Profile(
    name="Robin Sample",
    addresses=("robin@owner.example", "info@studio.example"),
    authserv_id="mx.owner.example",
)
TIMO = Address(name="Timo", address="timo@firm.example")
PASSED = ("authentication-results", "mx.owner.example; dmarc=pass header.from=firm.example")


def letter(*headers: tuple[str, str], **changes: object) -> Message:
    """A person's mail that passes every gate, with header fields added and values changed."""
    given_names = {name for name, _ in headers}
    plain = (("from", "Timo <timo@firm.example>"), ("to", "robin@owner.example"), PASSED)
    message = Message(
        key="1",
        message_id="<1@firm.example>",
        senders=(TIMO,),
        recipients=(Address(address="robin@owner.example"),),
        return_path="timo@firm.example",
        date=NOW - timedelta(hours=1),
        subject="Translations",
        headers=tuple(field for field in plain if field[0] not in given_names) + headers,
        body="Hello, we translate into 40 languages. May I call you?",
        text="Hello, we translate into 40 languages. May I call you?",
    )
    return replace(message, **changes)  # type: ignore[arg-type]


def of(author: str, name: str = "Timo") -> Message:
    """The same mail from another address."""
    return letter(
        ("from", f"{name} <{author}>"),
        ("authentication-results", f"mx.owner.example; dmarc=pass header.from={author.rpartition('@')[2]}"),
        senders=(Address(name=name, address=author),),
        return_path=author,
    )


def asked(message: Message, past: Past | None = None, profile: Profile = OWNER) -> Clearance:
    """What triage says."""
    return clear(message, profile, past or Past(), NOW, WORDS)


def names(found: Clearance) -> set[str]:
    """The symbols of the reasons."""
    return {reason.name for reason in found.reasons}


def test_a_plain_letter_may_be_answered_in_every_way() -> None:
    """A genuine personal mail to the owner meets no gate."""
    assert asked(letter()) == Clearance(draft=Leave.YES, auto=Leave.YES)


def test_a_letter_without_trace_fields_is_never_refused() -> None:
    """No Return-Path, no results and no lists are a warning, as exported mailboxes have none of them."""
    bare = letter(return_path=None, headers=(("from", "Timo <timo@firm.example>"), ("to", "robin@owner.example")))
    assert asked(bare).draft is Leave.WARN
    assert names(asked(bare)) == {"NO_RETURN_PATH", "UNPROVEN"}


REFUSED = [
    (letter(("auto-submitted", "auto-replied")), "AUTO_SUBMITTED", Kind.AUTOMATIC),
    (
        letter(("auto-submitted", "(so it is (really)) auto-generated; why=x")),
        "AUTO_SUBMITTED",
        Kind.AUTOMATIC,
    ),
    (letter(("auto-submitted", "no"), ("auto-submitted", "auto-notified")), "AUTO_SUBMITTED", Kind.AUTOMATIC),
    (
        letter(("auto-submitted", "auto-generated"), ("list-id", "<n.firm.example>")),
        "AUTO_SUBMITTED",
        Kind.BULK,
    ),
    (letter(("list-unsubscribe-post", "List-Unsubscribe=One-Click")), "LIST_HEADER", Kind.BULK),
    (letter(("precedence", "Bulk (a few thousand)")), "PRECEDENCE", Kind.BULK),
    (letter(("precedence", "auto_reply")), "PRECEDENCE", Kind.AUTOMATIC),
    (letter(("x-campaign-id", "7")), "CAMPAIGN", Kind.BULK),
    (letter(("x-auto-response-suppress", "DR, AutoReply")), "SUPPRESS", Kind.AUTOMATIC),
    (letter(("x-ack", "No")), "ASKED_NOT", Kind.AUTOMATIC),
    (letter(("x-autorespond", "yes")), "AUTO_HEADER", Kind.AUTOMATIC),
    (letter(("delivered-to", "Autoresponder")), "AUTO_HEADER", Kind.AUTOMATIC),
    (letter(("x-delivery-agent", "TMDA/1.1.12 (Macallan)")), "AUTO_HEADER", Kind.AUTOMATIC),
    (letter(("x-mailer", "Vacation 1.2")), "AUTO_HEADER", Kind.AUTOMATIC),
    (letter(("x-loop", "anything")), "LOOP_HEADER", Kind.AUTOMATIC),
    (letter(*[("received", "by somewhere")] * 51), "HOPS", Kind.AUTOMATIC),
    (letter(("x-spam-status", "Yes, score=9.1 required=5.0")), "SPAM_MARK", None),
    (letter(("x-linkedin-class", "EMAIL-DEFAULT")), "PLATFORM", Kind.PLATFORM),
    (letter(return_path=""), "NULL_PATH", Kind.AUTOMATIC),
    (letter(return_path="list-request@firm.example"), "SYSTEM_NAME", Kind.AUTOMATIC),
    (letter(return_path="a" * 65 + "@firm.example"), "BAD_PATH", None),
    (letter(("from", " "), senders=()), "NO_AUTHOR", None),
    (letter(outgoing=True), "OWN_ADDRESS", None),
    (letter(("from", "x <a@firm.example>, <robin@owner.example>"), senders=()), "OWN_ADDRESS", None),
    (letter(("from", "News &lt;no-reply@firm.example&gt;"), senders=()), "NO_REPLY", Kind.AUTOMATIC),
    (of("Robin+list@OWNER.example"), "OWN_ADDRESS", None),
    (letter(message_id="<77@kr.owner.example>"), "OWN_ID", Kind.AUTOMATIC),
    (letter(media_type="multipart/report"), "REPORT", Kind.AUTOMATIC),
    (letter(media_type="text/calendar"), "CALENDAR", Kind.AUTOMATIC),
    (letter(flags=frozenset({"\\Answered"})), "ANSWERED", None),
    (letter(flags=frozenset({"$KRClaim"})), "CLAIMED", None),
    (letter(folder="INBOX.Junk"), "JUNK", None),
    (letter(folder="[Gmail]/Spam"), "JUNK", None),
    (letter(folder="Brouillons"), "PUT_AWAY", None),
    (letter(text="Bitte antworten Sie nicht auf diese E-Mail."), "DO_NOT_REPLY", Kind.AUTOMATIC),
    (letter(text="We have received your message. Your case number: 4711."), "TICKET", Kind.AUTOMATIC),
    (letter(text="Your message is being held until you prove who you are."), "CHALLENGE", Kind.AUTOMATIC),
    (
        letter(text="I am out of the office until Monday.", in_reply_to=("<9@owner.example>",)),
        "ABSENT",
        Kind.AUTOMATIC,
    ),
    (letter(subject="Undeliverable: Translations"), "BOUNCE_SUBJECT", Kind.AUTOMATIC),
    (of("jobalerts-noreply@svc.example"), "NO_REPLY", Kind.AUTOMATIC),
    (of("sam@noreply.svc.example"), "NO_REPLY", Kind.AUTOMATIC),
    (of("mail@svc.example", "Do Not Reply"), "NO_REPLY", Kind.AUTOMATIC),
    (letter(reply_to=(Address(address="no-reply@firm.example"),)), "NO_REPLY", Kind.AUTOMATIC),
    (of("www-data@svc.example"), "ROBOT_NAME", Kind.AUTOMATIC),
    (of("newsletter@svc.example"), "NEWSLETTER_NAME", Kind.BULK),
    (of("jobs@linkedin.example"), "PLATFORM", Kind.PLATFORM),
    (of("anything@mail.linkedin.example"), "PLATFORM", Kind.PLATFORM),
    (of("security@firm.example", "LinkedIn"), "MASK", Kind.FRAUD),
    (letter(channel=Channel.NOTIFICATION), "PLATFORM", Kind.PLATFORM),
]


@pytest.mark.parametrize(
    ("message", "name", "kind"), REFUSED, ids=[f"{n}-{name}" for n, (_, name, _) in enumerate(REFUSED)]
)
def test_what_no_person_wrote_to_be_answered_is_refused(message: Message, name: str, kind: Kind | None) -> None:
    """Robots, lists, networks and what is done are refused, with one reason and the kind where it is plain."""
    found = asked(message)
    assert (found.draft, found.auto, found.kind) == (Leave.NO, Leave.NO, kind)
    assert [reason.name for reason in found.reasons] == [name]


def test_every_platform_of_the_list_is_left_alone() -> None:
    """Whatever a network's own domain sends is the network's."""
    for domain in sorted(WORDS.lists["platforms.domains"]):
        assert asked(of(f"anna.adams@mail.{domain}")).kind is Kind.PLATFORM


def test_a_forged_network_is_fraud() -> None:
    """A network's address whose DMARC fails is somebody else's."""
    forged = letter(
        ("from", "LinkedIn <jobs@linkedin.example>"),
        ("authentication-results", "mx.owner.example; dmarc=fail header.from=linkedin.example"),
        senders=(Address(name="LinkedIn", address="jobs@linkedin.example"),),
    )
    assert asked(forged).kind is Kind.FRAUD
    assert asked(forged).draft is Leave.NO


WARNED = [
    (letter(("x-sg-eid", "abc")), "RELAY"),
    (letter(recipients=(Address(address="all@owner.example"),)), "NOT_ADDRESSED"),
    (letter(recipients=(Address(address="x-robin@owner.example"),)), "NOT_ADDRESSED"),
    (
        letter(
            recipients=tuple(
                Address(address=a) for a in ("robin@owner.example", *map("p{}@some.example".format, range(10)))
            )
        ),
        "MANY_RECIPIENTS",
    ),
    (letter(("sender", "Assistant <a@firm.example>")), "SENDER_DIFFERS"),
    (letter(return_path="bounce-1@esp.example"), "PATH_DIFFERS"),
    (letter(return_path="SRS0=ab=cd=firm.example=timo@forward.example"), "FORWARDED_PATH"),
    (letter(return_path="timo"), "LOCAL_PATH"),
    (letter(reply_to=(Address(address="victim@other.example"),)), "REPLY_TO_DIFFERS"),
    (letter(warnings=(mime.BROKEN_REPLY_TO,)), "REPLY_TO_BROKEN"),
    (letter(senders=(), warnings=(mime.TWO_FROM,)), "ODD_AUTHOR"),
    (letter(senders=(), warnings=(mime.BROKEN_FROM,)), "ODD_AUTHOR"),
    (letter(senders=()), "ODD_AUTHOR"),
    (letter(senders=(TIMO, Address(address="ann@firm.example"))), "ODD_AUTHOR"),
    (letter(warnings=(mime.NAME_HOLDS_ADDRESS,)), "ODD_AUTHOR"),
    (of("timo@ex\u0430mple.example"), "LOOKALIKE"),
    (of("timo@xn--exmple-4nf.example"), "LOOKALIKE"),
    (of("postmaster@firm.example"), "POSTMASTER"),
    (letter(("authentication-results", "mx.owner.example; dmarc=none")), "UNPROVEN"),
    (letter(("authentication-results", "mx.firm.example; dmarc=pass header.from=firm.example")), "UNPROVEN"),
    (
        letter(("authentication-results", "mx.owner.example; dmarc=pass header.from=other.example")),
        "OTHER_DOMAIN",
    ),
    (letter(("authentication-results", "mx.owner.example; spf=fail smtp.mailfrom=firm.example")), "FORGED"),
    (
        letter(attachments=(Attachment(filename="offer.pdf.EXE", media_type="application/pdf", size=9),)),
        "EXECUTABLE",
    ),
    (letter(media_type="application/pkcs7-mime"), "ENCRYPTED"),
    (letter(warnings=(mime.ENCRYPTED,)), "ENCRYPTED"),
    (letter(text="", body=""), "NO_TEXT"),
    (letter(media_type="image/png"), "NO_TEXT"),
    (letter(warnings=("There is hidden text.",)), "ODD_FORM"),
    (letter(text="I am out of the office until Monday, but may I send you an offer?"), "ABSENT"),
]


@pytest.mark.parametrize(("message", "name"), WARNED, ids=[f"{n}-{name}" for n, (_, name) in enumerate(WARNED)])
def test_what_is_not_quite_right_needs_a_person(message: Message, name: str) -> None:
    """A draft comes with a warning and nothing goes out unattended."""
    found = asked(message)
    assert found.draft is Leave.WARN
    assert found.auto is not Leave.YES
    assert name in {reason.name for reason in found.reasons if reason.warning}


PEOPLE = [
    letter(("auto-submitted", "(a person) no; x-why=test")),
    letter(("precedence", "first-class")),
    letter(("x-auto-response-suppress", "DR, RN, NRN")),
    letter(("x-auto-response-suppress", "None")),
    letter(("x-ignorevacation", "no")),
    letter(("x-autoreply", "no")),
    letter(("x-spam-status", "No, score=-1.2")),
    letter(message_id="<1@kr.owner.example.evil.example>"),
    letter(recipients=(Address(address="Robin+news@OWNER.example"),)),
    letter(reply_to=(Address(address="TIMO@firm.example"),)),
    letter(return_path="prvs=12ab=timo@firm.example"),
    letter(text="Would you mind a call? Please reply to this email."),
    letter(subject="Re: Automatic reply: Translations"),
    letter(subject="Automatic replies for your team"),
    letter(subject="Automobile: new offers"),
    letter(subject="På ferie til fjells?"),
    letter(folder="Spam-free"),
    of("noreply.smith@firm.example"),
    of("robert.noreply-jones@firm.example"),
    of("ownership@firm.example"),
]


@pytest.mark.parametrize("message", PEOPLE)
def test_what_only_looks_like_a_robot_is_a_person(message: Message) -> None:
    """Marks that say "a person", near misses of names and of subjects do not stop an answer."""
    assert asked(message).draft is Leave.YES


def test_shared_accounts_are_answered_by_hand_only() -> None:
    """A role address may be a person, so a draft is fine and an unattended reply is not."""
    found = asked(of("vertrieb@firm.example"))
    assert (found.draft, found.auto, names(found)) == (Leave.YES, Leave.WARN, {"ROLE"})


def test_a_failed_check_of_the_sender_is_never_answered_unattended() -> None:
    """A failing DMARC leaves a draft with a warning and forbids the rest."""
    found = asked(letter(("authentication-results", "mx.owner.example; dmarc=fail header.from=firm.example")))
    assert (found.draft, found.auto) == (Leave.WARN, Leave.NO)


def test_results_of_strangers_are_not_believed() -> None:
    """A pass that another receiver wrote, above or below, changes nothing."""
    ours, theirs = (
        "mx.owner.example; dmarc=fail header.from=firm.example",
        "evil.example; dmarc=pass header.from=firm.example",
    )
    for order in ((ours, theirs), (theirs, ours)):
        assert "FORGED" in names(asked(letter(*[("authentication-results", value) for value in order])))


def test_without_a_named_receiver_only_the_topmost_result_is_looked_at() -> None:
    """A pass lets a draft go without warning if it can be the owner's receiver's, and nothing goes out unattended."""
    unset = replace(OWNER, authserv_id="")
    assert asked(letter(), profile=unset).draft is Leave.YES
    assert asked(letter(), profile=unset).auto is Leave.WARN
    foreign = ("authentication-results", "evil.example; dmarc=pass header.from=firm.example")
    assert names(asked(letter(foreign), profile=unset)) == {"FOREIGN_RESULT"}
    topmost = ("authentication-results", "mx.owner.example; dmarc=fail header.from=firm.example")
    assert "FORGED" in names(asked(letter(topmost, PASSED), profile=unset))
    provider = ("authentication-results", "mx.google.com; dmarc=pass (p=NONE) header.from=firm.example")
    assert asked(letter(provider), profile=unset).draft is Leave.YES


@pytest.mark.parametrize(
    ("past", "name"),
    [
        (Past(duplicate=True), "DUPLICATE"),
        (Past(replied=True), "REPLIED"),
        (Past(opted_out=True), "OPTED_OUT"),
        (Past(blocked=True), "BLOCKED"),
        (Past(answered_at=NOW - timedelta(hours=1, seconds=4)), "FAST_ANSWER"),
    ],
)
def test_what_the_past_forbids_is_refused(past: Past, name: str) -> None:
    """Handled, answered, blocked, asked off, and answered within seconds by a robot."""
    assert (asked(letter(), past).draft, names(asked(letter(), past))) == (Leave.NO, {name})


@pytest.mark.parametrize("seconds", [20, 3600, 10**7, -60])
def test_an_answer_that_took_a_while_is_a_persons(seconds: int) -> None:
    """Neither a slow answer nor a mail older than ours is taken for a robot's."""
    past = Past(answered_at=NOW - timedelta(hours=1) - timedelta(seconds=seconds))
    assert asked(letter(), past).draft is Leave.YES


@pytest.mark.parametrize("past", [Past(today=50), Past(hour_domain=3), Past(arrivals=500), Past(paused=True)])
def test_caps_bind_unattended_replies_only(past: Past) -> None:
    """A cap, a flood and the pause leave a draft without a warning."""
    assert (asked(letter(), past).draft, asked(letter(), past).auto) == (Leave.YES, Leave.WARN)


def test_an_answer_of_somebody_the_owner_wrote_to_is_correspondence() -> None:
    """Known people are left to the owner; their answer to the owner's own mail is no solicitation."""
    answer = letter(in_reply_to=("<5@owner.example>",))
    assert asked(answer, Past(known=True)).kind is Kind.CORRESPONDENCE
    assert asked(answer, Past(known=True, answered_at=NOW - timedelta(days=9))).kind is None
    assert asked(letter(), Past(known=True)).draft is Leave.WARN


def test_colleagues_are_of_the_owners_domain_but_not_of_a_providers() -> None:
    """Sharing a company's domain makes a colleague, sharing a mailbox provider's does not."""
    assert "COLLEAGUE" in names(asked(of("bob@owner.example")))
    for provider in sorted(WORDS.lists["origin.providers"]):
        webmail = replace(OWNER, addresses=(f"robin@{provider}",))
        assert "COLLEAGUE" not in names(asked(of(f"bob@{provider}"), profile=webmail))


def test_old_mail_is_not_answered_unattended() -> None:
    """A first look over an old mailbox makes drafts only."""
    found = asked(letter(date=NOW - timedelta(days=15)))
    assert (found.draft, found.auto, names(found)) == (Leave.YES, Leave.WARN, {"OLD"})


@pytest.mark.parametrize("channel", [Channel.MESSAGE, Channel.INMAIL, Channel.INVITATION])
def test_a_networks_messages_meet_no_mail_gate(channel: Channel) -> None:
    """A member's message has no header: only what the ledger knows stops it, and its answer is pasted by hand."""
    message = Message(key="1", channel=channel, senders=(Address(name="Timo", url="https://network.example/in/timo"),))
    assert (asked(message).draft, asked(message).auto) == (Leave.YES, Leave.WARN)
    for past in (Past(duplicate=True), Past(opted_out=True), Past(blocked=True)):
        assert asked(message, past).draft is Leave.NO


def test_a_gate_that_fails_says_review(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error inside a gate is a warning; the others are asked all the same."""

    def broken(case: triage.Case) -> object:
        raise RuntimeError(case)

    monkeypatch.setattr(triage, "GATES", (broken, *triage.GATES))
    assert (asked(letter()).draft, asked(letter()).auto, names(asked(letter()))) == (
        Leave.WARN,
        Leave.WARN,
        {"GATE_ERROR"},
    )
    assert asked(letter(return_path="")).draft is Leave.NO


def test_a_date_without_a_zone_is_a_reason_to_look_and_no_crash() -> None:
    """Values that cannot be compared end in a warning."""
    assert "GATE_ERROR" in names(asked(letter(date=datetime(2026, 3, 2, 8, 0))))


TABLES = tomllib.loads(TEXT)


@pytest.mark.parametrize(("language", "phrases"), TABLES["subjects"]["automatic"].items())
def test_automatic_subjects_are_known_in_every_language(language: str, phrases: list[str]) -> None:
    """Each phrase is found before a colon, in capitals and behind a dash, and the languages are many."""
    assert len(TABLES["subjects"]["automatic"]) >= 20
    for phrase in (made for written in phrases for made in marks.readings(written)):
        for subject in (
            f"{phrase}: Translations",
            f"[{phrase.upper()}] Translations",
            f"Translations - {phrase}",
        ):
            assert marks.automatic_subject(subject, WORDS), (language, subject)


@pytest.mark.parametrize(("language", "locals_"), TABLES["names"]["no_reply"].items())
def test_no_reply_names_are_known_in_every_language(language: str, locals_: list[str]) -> None:
    """Each name is found with any joint, a prefix or a number."""
    assert len(TABLES["names"]["no_reply"]) >= 8
    for local in locals_:
        for made in (
            local,
            local.replace("-", ""),
            local.replace("-", "_"),
            f"shop-{local}",
            f"{local}2",
            f"{local}+x1",
        ):
            assert marks.refuses(Address(address=f"{made}@svc.example"), WORDS), (language, made)


def test_an_absence_needs_an_end_of_its_phrase() -> None:
    """A phrase with an end or a time behind it is an absence, one that goes on as a sentence is not."""
    assert marks.automatic_subject("Out of office until Monday", WORDS)
    assert marks.automatic_subject("Out of office from 5 May", WORDS)
    assert not marks.automatic_subject("Out of office chairs?", WORDS)
    assert not marks.automatic_subject("On vacation from routine", WORDS)


def test_every_reason_is_a_symbol_and_a_sentence() -> None:
    """What the owner reads is one plain sentence, what programs read a stable name."""
    for message in [entry[0] for entry in REFUSED + WARNED]:
        for reason in asked(message).reasons:
            assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", reason.name)
            assert re.fullmatch(r"[A-Z][^\n]{10,110}\.", reason.text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[headers",
        TEXT.replace("loop = [", "loops = ["),
        TEXT.replace('loop = ["x-loop"', 'loop = [1, "x-loop"'),
    ],
)
def test_a_damaged_word_list_is_reported_at_once(text: str) -> None:
    """Nothing starts with a list missing."""
    with pytest.raises(WordingError, match="word list"):
        Words.load(text)


FIELDS = st.tuples(
    st.sampled_from(
        ["auto-submitted", "precedence", "x-auto-response-suppress", "x-autoreply", "sender", "reply-to", "cc", "x-sg-eid",
         "x-spam-status", "x-ack", "subject", "feedback-id", "x-loop", "delivered-to", "from", "authentication-results"]
    ),
    st.one_of(
        st.sampled_from(["no", "yes", "bulk", "auto-replied", "OOF", "Ann <ann@some.example>", "(", "\\", "None", '"@" <x@y.example>',
                         "mx.owner.example; dmarc=fail"]),
        st.text(max_size=40),
    ),
)  # fmt: skip
ADDRESSES = st.builds(
    Address, name=st.text(max_size=12), address=st.one_of(st.text(max_size=20), st.just("timo@firm.example"))
)
MESSAGES = st.builds(
    letter,
    senders=st.lists(ADDRESSES, max_size=2).map(tuple),
    reply_to=st.lists(ADDRESSES, max_size=2).map(tuple),
    recipients=st.lists(ADDRESSES, max_size=3).map(tuple),
    return_path=st.one_of(st.none(), st.text(max_size=30), st.just("timo@firm.example")),
    date=st.one_of(st.none(), st.datetimes(), st.datetimes(timezones=st.just(UTC))),
    subject=st.text(max_size=40),
    text=st.text(max_size=60),
    media_type=st.one_of(st.just("text/plain"), st.text(max_size=12)),
    folder=st.text(max_size=12),
    flags=st.frozensets(st.sampled_from(["\\Seen", "\\Answered", "junk", "x"]), max_size=2),
    message_id=st.one_of(st.none(), st.text(max_size=20)),
    headers=st.lists(FIELDS, max_size=8).map(tuple),
    channel=st.sampled_from(Channel),
)


@given(MESSAGES, st.booleans(), st.booleans())
def test_triage_never_raises_and_always_says_why(message: Message, known: bool, paused: bool) -> None:
    """Whatever comes, there is an answer, unattended is never easier than attended, and a no is never without reason."""
    found = asked(message, Past(known=known, paused=paused))
    assert found.auto.least(found.draft) is found.auto
    assert found.reasons or found == Clearance(draft=Leave.YES, auto=Leave.YES)
    assert any(reason.warning for reason in found.reasons) is (found.draft is Leave.WARN)


@given(MESSAGES, st.randoms(use_true_random=False))
def test_the_order_of_header_fields_decides_nothing(message: Message, chance: random.Random) -> None:
    """Fields of different names may stand in any order; those of one name keep theirs, as trace fields must."""
    slots = [name for name, _ in message.headers]
    chance.shuffle(slots)
    values = {name: iter(message.all(name)) for name in slots}
    shuffled = replace(message, headers=tuple((name, next(values[name])) for name in slots))
    assert asked(shuffled) == asked(message)


@given(MESSAGES)
def test_a_list_field_never_makes_an_answer_easier(message: Message) -> None:
    """With a List-Id a mail is refused, whatever it was before."""
    listed = replace(message, headers=(*message.headers, ("list-id", "<news.firm.example>")))
    assert asked(listed).draft.least(asked(message).draft) is asked(listed).draft
    if message.is_mail:
        assert asked(listed).draft is Leave.NO


@given(
    MESSAGES,
    st.sampled_from([field.name for field in fields(Past) if field.name not in ("answered_at", "known")]),
)
def test_a_darker_past_never_makes_an_answer_easier(message: Message, name: str) -> None:
    """What the ledger holds against an answer can only tighten."""
    past = replace(Past(), **{name: 1000 if name in ("today", "hour_domain", "arrivals") else True})
    before, after = asked(message), asked(message, past)
    assert before.draft.least(after.draft) is after.draft
    assert before.auto.least(after.auto) is after.auto


@given(st.text(max_size=300))
def test_folding_twice_changes_nothing(text: str) -> None:
    """The folded form is a fixed point, so lists and mail meet in one form."""
    assert marks.fold(marks.fold(text)) == marks.fold(text)


def test_a_draft_of_ours_that_comes_back_is_a_loop() -> None:
    """A message under one of our own Message-IDs is never answered, from whatever address it comes."""
    looped = replace(letter(), message_id=f"<{'0' * 40}@{marks.ID_DOMAIN}>")
    found = clear(looped, OWNER, Past(), NOW, WORDS)
    assert found.draft is Leave.NO
    assert [reason.name for reason in found.reasons] == ["OWN_ID"]
