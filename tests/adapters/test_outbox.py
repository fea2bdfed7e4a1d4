"""The outbox: what a draft looks like, and that nothing a stranger wrote can change its form."""

import json
import mailbox
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindregards.adapters.outbox import MOST_REFERENCES, as_sent, check, new_message_id, serialize
from kindregards.core.errors import DiscretionError
from kindregards.desk.marks import ID_DOMAIN
from kindregards.desk.reply import SUBJECT_LENGTH, Reply

CASES = Path(__file__).resolve().parents[2].parent / "shared" / "cases" / "automatons.jsonl"
WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone(timedelta(hours=5, minutes=45)))
OURS = new_message_id("me@example.org key no")
ALWAYS = ["From", "To", "Subject", "Date", "Message-ID"]
FIXED = ["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "X-Unsent"]
REPLY = Reply(
    to="ada@example.com",
    subject="Re: Offer",
    body="Dear Ada,\n\nthank you, but no.\n\nKind regards\nMe",
    language="en",
    in_reply_to="<2@example.com>",
    references=("<1@example.com>",),
    sender="me@example.org",
)


def write(author_name: str = "Me Myself", **changes: object) -> bytes:
    """The draft of `REPLY` with some fields changed."""
    return serialize(replace(REPLY, **changes), author_name=author_name, message_id=OURS, date=WHEN)  # type: ignore[arg-type]


def field(raw: bytes, name: str) -> str:
    """The decoded value of a field by the standard library's older parser."""
    found = message_from_bytes(raw, policy=policy.compat32).get_all(name)
    assert found is not None
    assert len(found) == 1
    return str(make_header(decode_header(re.sub(r"\r\n(?=[ \t])", "", found[0]))))


def text(raw: bytes) -> str:
    """The text of the body by the standard library's older parser."""
    payload = message_from_bytes(raw, policy=policy.compat32).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8").replace("\r\n", "\n")


def test_a_draft_is_these_bytes() -> None:
    """A plain reply is written exactly so."""
    assert write().decode().split("\r\n") == [
        "From: Me Myself <me@example.org>",
        "To: ada@example.com",
        "Subject: Re: Offer",
        "Date: Mon, 06 May 2024 07:08:09 +0545",
        f"Message-ID: {OURS}",
        "In-Reply-To: <2@example.com>",
        "References: <1@example.com> <2@example.com>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "X-Unsent: 1",
        "",
        "Dear Ada,",
        "",
        "thank you, but no.",
        "",
        "Kind regards",
        "Me",
        "",
    ]


def test_the_same_reply_is_the_same_bytes() -> None:
    """Nothing in a draft is left to chance or to the clock."""
    assert write(subject="Grüße", body="ä" * 99) == write(subject="Grüße", body="ä" * 99)


def test_a_message_id_tells_nothing() -> None:
    """It follows from its seed alone, differs with it, and holds neither host nor user nor seed."""
    one, other = new_message_id("me@example.org k1 no"), new_message_id("me@example.org k1 pointer")
    assert one == new_message_id("me@example.org k1 no") != other
    assert re.fullmatch(rf"<[0-9a-f]{{40}}@{re.escape(ID_DOMAIN)}>", one)
    assert ID_DOMAIN.endswith(".invalid")
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", new_message_id("\ud800\r\n<>"))


@pytest.mark.parametrize(
    ("subject", "written"),
    [
        ("Offer", "Re: Offer"),
        ("Re: Offer", "Re: Offer"),
        ("RE: AW: SV: Offer", "Re: Offer"),
        ("Rép : Offre", "Re: Offre"),
        ("回复：你好", "Re: 你好"),
        ("\u202eRe: Offer", "Re: Offer"),
        ("Reorganisation: now", "Re: Reorganisation: now"),
        ("", "Re:"),
        ("re:", "Re:"),
        ("  many\t blanks\r\n here ", "Re: many blanks here"),
    ],
)
def test_a_subject_has_re_once(subject: str, written: str) -> None:
    """'Re: ' stands before the subject once, whatever the program of the sender put there."""
    assert field(write(subject=subject), "Subject") == written


@pytest.mark.parametrize("letter", ["x", "é", "漢", "💩"])
def test_a_long_subject_is_cut_between_characters(letter: str) -> None:
    """At most 256 code points, the last one an ellipsis, in lines of at most 76 columns."""
    raw = write(subject=letter * 5000)
    assert field(raw, "Subject") == "Re: " + letter * (SUBJECT_LENGTH - 5) + "…"
    assert max(len(line) for line in raw.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 76


@given(subject=st.text(st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=300, deadline=None)
def test_every_encoded_word_is_whole_characters(subject: str) -> None:
    """Each encoded word decodes by itself and is at most 75 long (RFC 2047 §2, §5)."""
    head = write(subject=f"é{subject}").partition(b"\r\n\r\n")[0]
    words = re.findall(rb"=\?\S+\?=", head)
    assert words
    for word in words:
        assert len(word) <= 75
        assert all(charset == "utf-8" for _, charset in decode_header(word.decode()))
        make_header(decode_header(word.decode()))


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Me Myself", b"From: Me Myself <me@example.org>"),
        ("Dr. M. Me", b'From: "Dr. M. Me" <me@example.org>'),
        ('Me, "M" \\', b'From: "Me, \\"M\\" \\\\" <me@example.org>'),
        ("Zoë", b"From: =?utf-8?B?Wm/Dqw==?= <me@example.org>"),
        ("", b"From: <me@example.org>"),
        ("\r\nBcc: eve@evil.example", b'From: "Bcc: eve@evil.example" <me@example.org>'),
        ("=?utf-8?Q?=0ABcc:_x?=", b"From: =?utf-8?B?PT91dGYtOD9RPz0wQUJjYzpfeD89?= <me@example.org>"),
    ],
)
def test_a_name_is_atoms_a_quoted_string_or_encoded(name: str, written: bytes) -> None:
    """The author's name is written in the plainest form that holds it."""
    assert write(author_name=name).split(b"\r\n")[0] == written


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@localhost",
        "ada@example.com ",
        " ada@example.com",
        "ada@example.com\n",
        "ada@example.com,eve@evil.example",
        "ada@example.com>,<eve@evil.example",
        "Ada <ada@example.com>",
        "ada@example.com\r\nBcc: eve@evil.example",
        '"ada lovelace"@example.com',
        "ada(x)@example.com",
        ".ada@example.com",
        "ada..l@example.com",
        "ada@example..com",
        "ada@-example.com",
        "ada@[192.0.2.1]",
        "ada@192.0.2.1",
        "ada@bob@example.com",
        "adä@example.com",
        "ada@exämple.com",
        "ada@example.com\u202e",
        "=?utf-8?q?=0A?=@example.com",
        "a" * 65 + "@example.com",
        "ada@" + "a." * 130 + "com",
    ],
)
def test_only_one_plain_address_is_written(address: str) -> None:
    """Anything but one dot-atom at one host name is refused, as recipient and as sender."""
    with pytest.raises(DiscretionError, match="recipient"):
        write(to=address)
    with pytest.raises(DiscretionError, match="sender"):
        write(sender=address)


def test_unusual_plain_addresses_are_written() -> None:
    """Addresses that are unusual and valid are not refused."""
    for address in ("o'hara+news@mail.example.com", "a_b-c.d=e@xn--exmple-cua.example", "1@2.example"):
        assert field(write(to=address, sender=address), "To") == address


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "2@example.com",
        "<2>",
        "<@>",
        "<2@example.com",
        "<a b@example.com>",
        "<2@example.com> (added)",
        "<2@example.com>\r\nBcc: x",
        "<=?utf-8?q?=0A?=@x>",
        "<2@exämple.com>",
        "<" + "x" * 300 + "@x>",
        '<"a"@example.com>',
    ],
)
def test_an_id_that_is_none_is_passed_over(bad: str) -> None:
    """Without a valid id In-Reply-To and References are absent; a bad one among good ones is left out."""
    names = message_from_bytes(write(in_reply_to=bad, references=(bad, bad))).keys()
    assert names == ALWAYS + FIXED
    raw = write(in_reply_to=bad, references=("<1@example.com>", bad, "<3@example.com>"))
    assert message_from_bytes(raw).keys() == [*ALWAYS, "References", *FIXED]
    assert field(raw, "References") == "<1@example.com> <3@example.com>"


def test_references_are_the_first_and_the_last() -> None:
    """Of a long thread the first id and the last nineteen are named, the parent last and only once."""
    ids = tuple(f"<{number}@example.com>" for number in range(50))
    found = field(write(in_reply_to=ids[7], references=ids), "References").split()
    assert found == [ids[0], *ids[32:], ids[7]]
    assert len(found) == MOST_REFERENCES
    assert field(write(in_reply_to=ids[0], references=ids[:1]), "References") == ids[0]
    longest = tuple(f"<{'x' * 200}{number}@{'y' * 40}>" for number in range(30))
    assert max(map(len, write(references=longest).split(b"\r\n"))) <= 998


def test_a_date_without_a_zone_is_refused() -> None:
    """A draft says when it was written, with the zone; odd zones of old times are written as UTC."""
    with pytest.raises(DiscretionError, match="zone"):
        serialize(REPLY, author_name="", message_id=OURS, date=datetime(2024, 5, 6))
    odd = datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=9, seconds=21)))
    raw = serialize(REPLY, author_name="", message_id=OURS, date=odd)
    assert field(raw, "Date") == "Sun, 31 Dec 1899 23:50:39 +0000"


def test_a_message_id_that_is_none_is_refused() -> None:
    """The caller's own Message-ID has to be one."""
    for bad in ("", "x@y", "<x@y>\r\nBcc: z"):
        with pytest.raises(DiscretionError, match="Message-ID"):
            serialize(REPLY, author_name="", message_id=bad, date=WHEN)


def test_a_body_survives_what_transports_do(tmp_path: Path) -> None:
    """Long lines, dots, "From ", blanks at the ends of lines and any script come back from an mbox file."""
    body = "\n".join(
        [
            "x" * 5000,
            ".",
            "..",
            "From here",
            "blank ",
            "tab\t",
            "",
            "=3D",
            "漢字" * 400,
            "Ünï",
            " From",
            "a" * 75 + "From b",
            "b" * 75 + ".",
        ]
    )
    raw = write(body=body)
    box = mailbox.mbox(tmp_path / "box", create=True)
    number = box.add(raw)
    box.flush()
    payload = box[number].get_payload(decode=True)
    box.close()
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n") == as_sent(body) == body + "\n"
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not any(line.startswith((b".", b"From ")) for line in lines)


def test_what_nobody_sees_is_not_sent() -> None:
    """Controls, tag characters and turns of direction leave the body; marks that scripts need stay."""
    assert as_sent("a\0b\x1b[0m\u202ec\U000e0041\ufeff\ud800\r\nd\re\u200d\u200f\n\n\n") == "ab[0mc\nd\ne\u200d\u200f\n"


SPLINTERS = [
    "\r\nBcc: eve@evil.example",
    "\nTo: eve@evil.example\n\n",
    "\rCc: eve@evil.example\r",
    "=?utf-8?Q?=0D=0ABcc:_eve@evil.example?=",
    "=?utf-8?B?Cg==?=",
    "<eve@evil.example>",
    ", eve@evil.example",
    "eve@evil.example",
    "\r\n\r\n",
    "\r\n .\r\n",
    "\r\n.\r\nMAIL FROM:<x>\r\n",
    "From ",
    "\0",
    "\x85",
    "\u2028",
    "\u202e",
    "\u200b",
    "\U000e0042",
    "\ud83d",
    "\udca9",
    "💩",
    "漢字",
    "é",
    "e\u0301",
    '"',
    "\\",
    "(",
    ")",
    ";",
    ":",
    "=",
    "=3D",
    " ",
    "\t",
    " " * 90,
    "x" * 1100,
    "Re: ",
    "AW:",
    "<1@example.com>",
    "ada@example.com",
]
HOSTILE = st.lists(st.one_of(st.sampled_from(SPLINTERS), st.text(max_size=8)), max_size=12).map("".join)
IDS = st.one_of(HOSTILE, st.integers(0, 99).map("<{}@example.com>".format))


@given(
    subject=HOSTILE,
    name=HOSTILE,
    body=HOSTILE,
    parent=st.none() | IDS,
    references=st.lists(IDS, max_size=30).map(tuple),
)
@settings(max_examples=2000, deadline=None)
def test_nothing_hostile_changes_the_form(
    subject: str, name: str, body: str, parent: str | None, references: tuple[str, ...]
) -> None:
    """Whatever strangers wrote, the fields, the recipient and the text are those that were meant, by two parsers."""
    raw = write(author_name=name, subject=subject, body=body, in_reply_to=parent, references=references)
    old, new = message_from_bytes(raw, policy=policy.compat32), message_from_bytes(raw, policy=policy.default)
    names = old.keys()
    assert names == new.keys()
    assert [one for one in names if one not in ("In-Reply-To", "References")] == ALWAYS + FIXED
    assert len(names) == len(set(names))
    assert getaddresses(old.get_all("To", [])) == [("", "ada@example.com")]
    assert [one.addr_spec for one in new["To"].addresses] == ["ada@example.com"]
    assert [one.addr_spec for one in new["From"].addresses] == ["me@example.org"]
    assert not old.defects
    assert parsedate_to_datetime(str(old["Date"])) == WHEN
    shown = field(raw, "Subject")
    assert shown == "Re:" or shown.startswith("Re: ")
    assert len(shown) <= SUBJECT_LENGTH
    assert not re.search(
        "[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown + field(raw, "From")
    )
    assert text(raw) == as_sent(body)
    assert all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in raw)
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")


@given(to=st.one_of(HOSTILE, HOSTILE.map("ada@example.com{}".format), HOSTILE.map("{}ada@example.com".format)))
@settings(max_examples=500, deadline=None)
def test_a_hostile_recipient_is_refused_or_one(to: str) -> None:
    """A recipient is either refused or the one and only recipient, letter by letter."""
    try:
        raw = write(to=to)
    except DiscretionError:
        return
    assert getaddresses([field(raw, "To")]) == [("", to)]
    assert re.fullmatch(r"[!-~]+@[0-9A-Za-z.-]+", to)


@given(body=st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf"], include_characters="\n\t"), max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_text_arrives_letter_by_letter(body: str) -> None:
    """A body of whatever can be seen comes back unchanged but for the end of its last line."""
    assert text(write(body=body)) == body.rstrip("\n") + "\n"


def _alter(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda raw: raw.replace(old, new, 1)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_alter(b"To: ada", b"Bcc: eve@evil.example\r\nTo: ada"), "fields"),
        (_alter(b"To: ada@example.com\r\n", b"To: ada@example.com\r\nTo: ada@example.com\r\n"), "fields"),
        (_alter(b"To: ada@example.com\r\n", b""), "fields"),
        (_alter(b"To: ada", b"to: ada"), "fields"),
        (_alter(b"X-Unsent: 1", b"X-Unsent : 1"), "fields"),
        (_alter(b"From: ", b" From: "), "fields"),
        (_alter(b"ada@example.com", b"ada@example.com, eve@evil.example"), "To"),
        (_alter(b"ada@example.com", b"eve@evil.example"), "To"),
        (_alter(b"To: ada", b"To:\r\n ada"), "fields"),
        (_alter(b"<me@example.org>", b"<eve@evil.example>"), "From"),
        (_alter(b"<me@example.org>", b"<me@example.org>, <eve@evil.example>"), "From"),
        (_alter(b"Me Myself", b"Me <eve@evil.example>,"), "From"),
        (_alter(b"Me Myself", b"Me, Myself"), "From"),
        (_alter(b"Offer", b"=?utf-8?B?Cg==?="), "Subject"),
        (_alter(b"Offer", b"=?utf-8?B?4oCu?="), "Subject"),
        (_alter(b"Offer", b"=?utf-8?B?w6?="), "Subject"),
        (_alter(b"Offer", b"=?utf-8?B?ww==?= =?utf-8?B?qQ==?="), "Subject"),
        (_alter(b"Offer", b"=?utf-8?Q?x?="), "Subject"),
        (_alter(b"<2@example.com>\r\n", b"<2@example.com> <3@example.com>\r\n"), "In-Reply-To"),
        (_alter(b"<1@example.com>", b"<1@example.com> " * 20), "References"),
        (_alter(b"Mon, 06", b"Mon, six"), "Date"),
        (_alter(b"charset=utf-8", b"charset=utf-8; x=1"), "Content-Type"),
        (_alter(b"X-Unsent: 1", b"X-Unsent: 0"), "X-Unsent"),
        (_alter(b"Offer", b"Off\ner"), "bare"),
        (_alter(b"Offer", b"Off\rer"), "bare"),
        (_alter(b"Offer", b"Off\0er"), "ASCII"),
        (_alter(b"Offer", "Öffer".encode()), "ASCII"),
        (_alter(b"Offer", b"x" * 999), "998"),
        (_alter(b"Offer", b"Offer\r\n \r\n x"), "blanks"),
        (_alter(b"\r\n\r\n", b"\r\n"), "body|blanks|fields"),
        (_alter(b"thank you", b"thanks"), "text"),
        (_alter(b"thank you", b"thank=zz"), "text"),
        (_alter(b"thank you", b"thank=00you"), "text"),
        (_alter(b"thank you", b"x" * 77), "text"),
        (lambda raw: raw[:-2], "bare"),
        (lambda raw: b"", "bare|body"),
    ],
)
def test_the_gate_refuses_what_was_altered(spoil: Callable[[bytes], bytes], why: str) -> None:
    """`check` passes the draft as it was written and names what is odd in any other."""
    names = [*ALWAYS, "In-Reply-To", "References", *FIXED]
    raw, body = write(), as_sent(REPLY.body)
    check(raw, names=names, sender="me@example.org", recipient="ada@example.com", text=body)
    assert spoil(raw) != raw
    with pytest.raises(DiscretionError, match=why):
        check(spoil(raw), names=names, sender="me@example.org", recipient="ada@example.com", text=body)


@pytest.mark.shared
def test_the_cases_about_the_form_of_a_reply() -> None:
    """Replies to the case file's crafted messages have the exact fields, no others, and lines that fit."""
    if not CASES.exists():
        pytest.skip("the case files do not lie beside the checkout")
    cases = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    seen = 0
    for case in cases:
        headers = {name.lower(): value for name, value in case.get("headers", [])}
        if case["group"] != "RF" and "subject" not in headers:
            continue
        parent = headers.get("message-id", "")
        references = tuple(headers.get("references", "").split())
        raw = write(
            subject=headers.get("subject", ""),
            in_reply_to=parent,
            references=references,
            body=case.get("body") or "x",
        )
        names = [name for name in message_from_bytes(raw).keys() if name not in ("In-Reply-To", "References")]  # noqa: SIM118
        assert names == ALWAYS + FIXED
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        seen += 1
    assert seen > 100
