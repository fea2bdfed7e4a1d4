import gzip
import json
import time
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kindregards.core import mime
from kindregards.core.errors import HeldMessageError
from kindregards.core.message import Address, Attachment, Message, message_key
from kindregards.core.mime import envelope
from kindregards.core.quoting import QuotingWords

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
HEAD = (
    b"Return-Path: <ana@example.com>\r\nFrom: Ana Lopes <ana@example.com>\r\nTo: Robin <robin@example.org>\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9?=\r\nMessage-ID: <1@example.com>\r\nDate: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
)


@cache
def words() -> QuotingWords:
    """The word lists as shipped."""
    return QuotingWords.load((files("kindregards") / "data" / "quoting.toml").read_text(encoding="utf-8"))


def parse(raw: bytes) -> Message:
    """Parse a mail with the shipped words; what broke the reader and not a limit is raised as it is."""
    try:
        return mime.parse(raw, quoting=words())
    except HeldMessageError as error:
        if error.__cause__ is not None:
            raise error.__cause__ from None
        raise


def test_a_message_holds_what_its_mail_says() -> None:
    """Fields, text and what the source knows arrive in the value."""
    raw = (
        HEAD
        + b"In-Reply-To: <0@example.org>\r\nReferences: <a@x.example>\r\n <b@x.example>\r\n\r\nHello\r\n\r\n> old\r\n"
    )
    message = mime.parse(raw, folder="INBOX", flags=frozenset({"\\Seen"}), quoting=words())
    assert message.sender == Address(name="Ana Lopes", address="ana@example.com")
    assert message.recipients == (Address(name="Robin", address="robin@example.org"),)
    assert (message.subject, message.body, message.text) == ("Café", "Hello\n\n> old", "Hello")
    assert (message.message_id, message.in_reply_to) == ("<1@example.com>", ("<0@example.org>",))
    assert message.references == ("<a@x.example>", "<b@x.example>")
    assert message.date == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (message.return_path, message.folder, message.flags) == ("ana@example.com", "INBOX", frozenset({"\\Seen"}))
    assert message.header("subject") == "Café"
    assert message.warnings == ()


def test_the_key_is_the_same_for_every_copy() -> None:
    """Line ends, added trace fields and an mbox line change nothing; another text does."""
    raw = HEAD + b"\r\nHello\r\n"
    key = parse(raw).key
    assert key == message_key("<1@example.com>", "ana@example.com", "Mon, 02 Mar 2026 09:00:00 +0000", "Hello")
    assert parse(raw.replace(b"\r\n", b"\n")).key == key
    assert parse(b"From ana@example.com Mon Mar  2 09:00:00 2026\nReceived: x\n" + raw).key == key
    assert parse(raw + b"more").key != key


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b"<>", ""),
        (b"< >", ""),
        (b"<bounce+1=x@example.com>", "bounce+1=x@example.com"),
        (b"<MAILER-DAEMON>", "MAILER-DAEMON"),
        (None, None),
    ],
)
def test_the_return_path_is_absent_null_or_an_address(written: bytes | None, expected: str | None) -> None:
    """None means no field, an empty text the null path."""
    field = b"" if written is None else b"Return-Path: " + written + b"\n"
    assert parse(field + b"From: a@example.com\n\nx").return_path == expected


def test_only_address_fields_have_recipients() -> None:
    """To, Cc, Bcc and their Resent forms count; marks of the transport do not."""
    fields = ("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc", "Delivered-To", "X-Original-To")
    raw = "".join(f"{name}: {name.lower()}@example.org\n" for name in fields).encode() + b"From: a@example.com\n\nx"
    assert [one.address for one in parse(raw).recipients] == [f"{name.lower()}@example.org" for name in fields[:6]]


def test_attachments_are_named_and_never_read() -> None:
    """Name, type and size are kept; the content is nowhere."""
    raw = HEAD + (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\nContent-Type: application/pdf\n"
        b'Content-Disposition: attachment; filename="offer.pdf"\n\nsecret\n--b--\n'
    )
    message = parse(raw)
    assert message.attachments == (Attachment(filename="offer.pdf", media_type="application/pdf", size=6),)
    assert message.media_type == "multipart/mixed"
    assert "secret" not in message.body


@pytest.mark.parametrize(
    ("fields", "warning"),
    [
        (b"", mime.NO_FROM),
        (b"From: a@x.example\nFrom: b@y.example\n", mime.TWO_FROM),
        (b"From: a@x.example\nFrom : b@y.example\n", mime.TWO_FROM),
        (b"From: a@x.example\n\x01From: b@y.example\n", mime.TWO_FROM),
        (b"From: a@x.example\nFrom\n : b@y.example\n", mime.TWO_FROM),
        (b" From: b@y.example\nFrom: a@x.example\n", mime.TWO_FROM),
        (b"X-A: b\n From: b@y.example\nFrom: a@x.example\n", mime.TWO_FROM),
        (b"From: a@x.example\n From: b@y.example\n", mime.TWO_FROM),
        (b"From : a@x.example\n", mime.BROKEN_FROM),
        (b"From\n : a@x.example\n", mime.BROKEN_FROM),
        (b"From:\n", mime.BROKEN_FROM),
        (b"From: undisclosed: a@x.example;\n", mime.BROKEN_FROM),
        (b"From: <a@x.example>b@y.example\n", mime.BROKEN_FROM),
        (b"From: a@x.example, b@y.example\n", mime.SEVERAL_AUTHORS),
    ],
)
def test_an_ambiguous_author_is_nobody(fields: bytes, warning: str) -> None:
    """Two programs that read a From field in two ways must not make the desk write to either."""
    message = parse(fields + b"Subject: x\n\nx")
    assert message.senders == ()
    assert warning in message.warnings


def test_a_signed_field_list_is_no_author() -> None:
    """The folded list of signed fields (RFC 6376 §3.5) may hold "from:"."""
    raw = HEAD + b"DKIM-Signature: v=1; h=to:\r\n\tfrom:subject; b=x\r\nReceived: by x\r\n\tfrom y\r\n\r\nHello"
    assert parse(raw).sender.address == "ana@example.com"
    assert parse(raw).warnings == ()


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (b'From: "admin@bank.example" <a@x.example>\n\nx', mime.NAME_HOLDS_ADDRESS),
        (HEAD + b"Reply-To: a@b@c\n\nx", mime.BROKEN_REPLY_TO),
        (HEAD + b"Reply-To: a@x.example\nReply-To: b@x.example\n\nx", mime.BROKEN_REPLY_TO),
        (HEAD + b"Cc: <<x\n\nx", mime.BROKEN_RECIPIENTS),
        (HEAD + b"not a field\n\nx", mime.MALFORMED_HEADER),
        (HEAD + b"X-A: b\rX-B: c\r\n\r\nx", mime.MALFORMED_HEADER),
        (HEAD + b"Subject: again\n\nx", mime.REPEATED_FIELD),
        (HEAD.replace(b"02 Mar", b"42 Mar") + b"\n\nx", mime.UNREADABLE_DATE),
        (HEAD + b"Content-Type: text/html\n\n<p style='display:none'>many secret words<p>x", mime.HIDDEN_TEXT),
        (HEAD + b"\n\n" + "\U000e0041".encode() * 20 + b"x", mime.HIDDEN_TEXT),
        (HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nx", mime.ODD_FORM),
        (HEAD + b"Content-Type: text/plain; charset=rot13\n\nx", mime.UNKNOWN_CHARSET),
        (HEAD + b"Content-Type: text/plain; charset=utf-8\n\n\xff\xff", mime.UNDECODABLE),
        (HEAD.replace(b"Ana", b"An\xe1") + b"\n\nx", mime.UNDECODABLE),
        (HEAD + b"\n" + b"word " * 20_000, mime.CUT_SHORT),
        (HEAD + b"Content-Type: multipart/encrypted; boundary=b\n\n--b\n\nx\n--b--", mime.ENCRYPTED),
        (HEAD + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nx", mime.ENCRYPTED),
        (HEAD + b"\n-----BEGIN PGP MESSAGE-----\nx", mime.ENCRYPTED),
        (HEAD + b'Content-Type: application/zip; name="offer.pdf.EXE"\n\nx', mime.EXECUTABLE),
        (HEAD + b'Content-Type: x/y; name="run.js. "\n\nx', mime.EXECUTABLE),
        (HEAD + b"Content-Type: image/png\n\nx", mime.NO_TEXT),
        (HEAD + b"\n \n", mime.NO_TEXT),
        (b"", mime.NO_FROM),
    ],
)
def test_what_is_odd_is_told_in_a_sentence(raw: bytes, warning: str) -> None:
    """Every oddity has its constant sentence."""
    assert warning in parse(raw).warnings


def test_signed_mail_is_not_encrypted() -> None:
    """S/MIME data that is only signed does not count as encrypted."""
    raw = HEAD + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n\nx"
    assert mime.ENCRYPTED not in parse(raw).warnings


def test_fields_behind_a_byte_order_mark_are_read() -> None:
    """A byte order mark or an mbox line in front hides no field; "From :" is no mbox line."""
    assert parse(b"\xef\xbb\xbfAuto-Submitted: no\n" + HEAD + b"\nx").header("auto-submitted") == "no"
    assert mime.BROKEN_FROM in parse(b"From : a@x.example\nTo: b@x.example\n\nx").warnings


def nested(depth: int) -> bytes:
    """Multiparts in each other."""
    inner = (b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(depth))
    return b"Content-Type: multipart/mixed; boundary=b0\n\n" + b"".join(inner) + b"x"


SIZE = 25 * 1024 * 1024
HOSTILE = {
    "25 MB and one octet": HEAD + b"\n" + b"x" * SIZE,
    "300 multiparts": HEAD + nested(300),
    "2,000 messages": HEAD + b"Content-Type: message/rfc822\n\n" * 2_000,
    "1,000 brackets": HEAD.replace(b"Ana Lopes", b"(" * 1_000) + b"\n\nx",
    "16,000 words": HEAD + b"X-A: " + b"=?utf-8?q?x?= " * 16_000 + b"\n\nx",
    "4,600 words": HEAD + b"X-A: " + b"=?utf-8?q?x?= " * 4_600 + b"\n\nx",
    "16,000 parameters": HEAD + b"Content-Type: text/plain" + b";a=b" * 16_000 + b"\n\nx",
    "100,000 parts": HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 100_000,
    "1,001 fields": b"X: y\n" * 1_001 + b"\nx",
    "a 5 MB header": b"X-F: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 130_000 + HEAD + b"\r\nx",
    "25 MB of lines": (HEAD + nested(19) + b"\n" * SIZE)[:SIZE],
    "25 MB of dashes": (HEAD + nested(19) + b"\n--" * (SIZE // 3))[:SIZE],
    "25 MB of base64": (HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"QUJD\n" * (SIZE // 5))[:SIZE],
    "date": HEAD.replace(b"+0000", b"+99999999999999") + b"\n\nx",
    "id": HEAD.replace(b"<1@example.com>", b"<[x") + b"\n\nx",
    "charset": HEAD + b"Content-Type: text/plain; charset=undefined\n\nx",
    "charset with NUL": HEAD + b'Content-Type: text/plain; charset="\0"\n\nx',
    "codec": HEAD + b"Content-Type: text/plain; charset=zlib_codec\n\n" + b"x" * 1_000,
    "empty": b"",
    "NUL": b"\0" * 1_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_bounded_time(name: str) -> None:
    """Each row of RELIABILITY §7 is read or held within two seconds, and never raises anything else."""
    begin = time.process_time()
    with suppress(HeldMessageError):
        assert isinstance(parse(HOSTILE[name]), Message)
    envelope(HOSTILE[name])
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "name", ["25 MB and one octet", "300 multiparts", "100,000 parts", "1,001 fields", "a 5 MB header"]
)
def test_mail_over_a_limit_is_held(name: str) -> None:
    """The limits of RELIABILITY §7 hold the message with a sentence for the owner."""
    with pytest.raises(HeldMessageError, match=r"^The .*\.$"):
        parse(HOSTILE[name])


def test_a_mistake_of_the_reader_holds_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong inside becomes a held message, so that one mail never stops the desk."""

    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(mime, "read", fail)
    with pytest.raises(HeldMessageError, match="cannot be read"):
        mime.parse(HEAD + b"\nx", quoting=words())


def test_an_envelope_is_what_parsing_finds() -> None:
    """Ids and date are the same, found in the header alone."""
    head = HEAD + b"IN-REPLY-TO : <0@example.org>\r\nReferences: <a@x.example>\r\n\t<b@x.example>\r\n"
    found = envelope(head + b"\r\nMessage-ID: <body@example.com>")
    message = parse(head + b"\r\nx")
    assert (found.message_id, found.date) == (message.message_id, message.date)
    assert found.references == (*message.references, *message.in_reply_to)
    assert envelope(b"").message_id is None


NAMES = st.sampled_from(
    ["From", "from ", "To", "Subject", "Message-ID", "Date", "References", "Content-Type", "Content-Transfer-Encoding",
     "Content-Disposition", "Return-Path", "Reply-To", "X-A", " From", "\ufeffFrom", "junk"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([
        "a@example.com", '"', "(", "=?utf-8?q?=0A?=", "=?x?b?!?=", "<1@example.com>", "Mon, 02 Mar 2026 09:00:00 +0000",
        "multipart/mixed; boundary=b", "multipart/alternative; boundary=b", "text/html; charset=utf-8", "base64",
        "text/plain; format=flowed; charset=utf-16", "quoted-printable", "attachment; filename*0*=x''%", "message/rfc822",
    ]),
    st.text(max_size=30),
)  # fmt: skip
BODIES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["--b\n\nx\n--b--", "--b\nContent-Type: text/html\n\n<p hidden>x\n--b", "--b\n--b\n--b", "> q\n\nx"]
    ),
)
MAILS = st.builds(
    lambda fields, bodies, end: (end.join(f"{n}: {v}" for n, v in fields) + end + end + end.join(bodies)).encode(
        "utf-8", "surrogatepass"
    ),
    st.lists(st.tuples(NAMES, VALUES), max_size=12),
    st.lists(BODIES, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=500), MAILS))
def test_any_octets_are_a_message_or_held(raw: bytes) -> None:
    """Nothing but HeldMessageError leaves the parser, and the envelope never raises."""
    found = envelope(raw)
    try:
        message = parse(raw)
    except HeldMessageError:
        return
    assert found.message_id == message.message_id or message.warnings
    assert len(message.senders) <= 1
    assert "\r" not in message.body


def torture() -> list[tuple[str, bytes]]:
    """The odd messages beside the checkout."""
    folder = SHARED / "data" / "mime_torture" / "dev"
    if not folder.exists():
        pytest.skip("the torture messages do not lie beside the checkout")
    kinds = (".eml", ".msg")
    found = [
        path
        for path in folder.rglob("*")
        if path.is_file() and (path.suffix in kinds or path.parent.name == "messages")
    ]
    return [(path.name, path.read_bytes()) for path in sorted(found)]


@pytest.mark.shared
def test_odd_messages_are_read() -> None:
    """Of the published torture messages, as they are and with CRLF, at most one in fifty is held."""
    held = []
    for name, raw in torture():
        for form in (raw, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")):
            try:
                parse(form)
            except HeldMessageError:
                held.append(name)
    assert len(held) <= len(torture()) / 25, held


@pytest.mark.shared
def test_real_mail_is_read() -> None:
    """None of 600 real messages is held, and nearly all have an author and a text."""
    path = SHARED / "data" / "spamassassin" / "dev.jsonl.gz"
    if not path.exists():
        pytest.skip("the SpamAssassin mails do not lie beside the checkout")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raws = [
            json.loads(line)["raw_latin1"].encode("latin-1") for number, line in enumerate(lines) if number % 5 == 0
        ]
    messages = [parse(raw) for raw in raws]
    assert sum(bool(message.senders) and bool(message.text) for message in messages) >= 0.97 * len(messages)


@pytest.mark.shared
def test_forged_authors_of_the_case_table_are_nobody() -> None:
    """Every case with an ambiguous From yields no sender; every case with raw octets that is fine yields one."""
    path = SHARED / "cases" / "automatons.jsonl"
    if not path.exists():
        pytest.skip("the case table does not lie beside the checkout")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    raws = [row for row in rows if "raw" in row and not row["raw"].startswith("@repeat")]
    assert len(raws) > 10
    for row in raws:
        message = parse(row["raw"].encode("utf-8", "surrogateescape"))
        if row["reason"] == "ambiguous_from":
            assert not message.senders, row["id"]
        if row["reason"] == "ok":
            assert message.sender.address == row["mail_from"], row["id"]
        if row["reason"] == "malformed_headers":
            assert mime.MALFORMED_HEADER in message.warnings, row["id"]
