import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.errors import HeldMessageError
from kindregards.core.headers import (
    body_start,
    decode_base64,
    decode_words,
    message_id,
    message_ids,
    parse_date,
    parse_header,
    parse_structured,
    unfold,
)


def test_fields_keep_order_and_folds() -> None:
    """A header is cut into names in lower case and values as written."""
    header = parse_header(b"Subject: one\r\n two\r\nX-A : b\r\nX-A: c\r\n")
    assert header.fields == (("subject", " one\n two"), ("x-a", " b"), ("x-a", " c"))
    assert header.all("x-a") == [" b", " c"]
    assert header.first("nothing") == ""
    assert header.spaced == {"x-a"}
    assert not header.junk


def test_fields_behind_junk_still_count() -> None:
    """A line that is no field hides nothing that follows it."""
    header = parse_header(b"From: a@example.com\nthis is not a field\nAuto-Submitted: auto-replied\n")
    assert header.junk
    assert unfold(header.first("auto-submitted")) == "auto-replied"


def test_a_bare_carriage_return_hides_no_field() -> None:
    """A carriage return alone ends a line, and it is told."""
    header = parse_header(b"X-A: b\rAuto-Submitted: auto-replied\r\n")
    assert header.bare_cr
    assert header.first("auto-submitted")
    assert not parse_header(b"X-A: b\r\nX-C: d\r").bare_cr


@pytest.mark.parametrize(
    "block", [b"X: y\n" * 1_001, b"X: " + b"y" * 65_537 + b"\n", (b"X: " + b"y" * 60_000 + b"\n") * 5]
)
def test_headers_over_a_limit_are_held(block: bytes) -> None:
    """1,000 fields, 64 kB a field and 256 kB altogether are the limits."""
    with pytest.raises(HeldMessageError, match="header"):
        parse_header(block)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (b"A: b\n\nbody", (4, 6)),
        (b"A: b\r\n\r\nbody", (5, 8)),
        (b"A: b\r\rbody", (4, 6)),
        (b"A: b\n", (5, 5)),
        (b"\nbody", (0, 1)),
        (b"\r\nbody", (0, 2)),
        (b"A: b\r\r\n\r\r\nbody", (6, 10)),
    ],
)
def test_the_body_begins_after_the_first_empty_line(octets: bytes, expected: tuple[int, int]) -> None:
    """Line ends of all systems are known; without an empty line there is no body."""
    assert body_start(octets, 0, len(octets)) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?caf=C3=A9_noir?=", "café noir"),
        ("=?UTF-8?B?Y2Fmw6k=?= au lait", "café au lait"),
        ("=?iso-8859-1?q?a?=\n =?iso-8859-1?q?b?=", "ab"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8*fr?q?=C3=A9?=", "é"),
        ("=?utf-8?q?with space?=", "with space"),
        ("=?x-unknown-charset?q?abc?=", "abc"),
        ("=?utf-8?b?====?=", ""),
        ("=?utf-8?q?unfinished", "=?utf-8?q?unfinished"),
        ("plain", "plain"),
    ],
)
def test_encoded_words_are_decoded(value: str, text: str) -> None:
    """Encoded words lose the space between them, also where a character is cut in two (RFC 2047 §6.2)."""
    assert decode_words(value) == text


def test_unfolded_values_have_no_line_ends() -> None:
    """A line end smuggled in by an encoded word becomes a space."""
    assert unfold(" a\n b =?utf-8?q?c=0D=0ABcc:_x?=") == "a b c Bcc: x"


def test_encoded_words_are_cut_at_64_kb() -> None:
    """What 16,000 encoded words decode to is bounded."""
    assert len(decode_words("=?utf-8?q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?= " * 16_000)) == 65_536


@pytest.mark.parametrize(
    ("octets", "expected"),
    [(b"YWJj", b"abc"), (b"YW Jj\r\nZGVm", b"abcdef"), (b"YWJjZA", b"abcd"), (b"YWJjZ", b"abc"), (b"!", b"")],
)
def test_broken_base64_gives_what_it_holds(octets: bytes, expected: bytes) -> None:
    """Missing padding and foreign characters do not lose the rest."""
    assert decode_base64(octets) == expected


@pytest.mark.parametrize(
    ("value", "kind", "parameters"),
    [
        ('Text/Plain; charset="UTF-8"', "text/plain", {"charset": "UTF-8"}),
        ("attachment; filename=a b.txt", "attachment", {"filename": "a b.txt"}),
        ("attachment; filename*=utf-8''caf%C3%A9.txt", "attachment", {"filename": "café.txt"}),
        ("a/b; x*0=one; x*1=two", "a/b", {"x": "onetwo"}),
        ("a/b; x*0*=utf-8''%C3; x*1*=%A9", "a/b", {"x": "é"}),
        ('a/b; name="=?utf-8?q?caf=C3=A9?="', "a/b", {"name": "café"}),
        ('a/b; x="q\\"r;s"; y=1', "a/b", {"x": 'q"r;s', "y": "1"}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        ("text", "text", {}),
        ("", "", {}),
    ],
)
def test_structured_values_are_read(value: str, kind: str, parameters: dict[str, str]) -> None:
    """Parameters may be quoted, encoded or in pieces (RFC 2231); the first of a name counts."""
    found = parse_structured(value)
    assert (found.value, dict(found.parameters)) == (kind, parameters)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (" <a.b$c@example.com>", "<a.b$c@example.com>"),
        ("\n <1@[10.0.0.1]> ", "<1@[10.0.0.1]>"),
        ("<a@example.com> (comment)", None),
        ("<a@example.com>\n\t=?utf-8?q?=0ABcc:_x@evil.example?=", None),
        ("<[x", None),
        ("<a b@example.com>", None),
        ('<"a"@example.com>', None),
        ("<a@b@example.com>", None),
        ("a@example.com", None),
        ("<" + "a" * 300 + "@example.com>", None),
        ("", None),
    ],
)
def test_ids_keep_a_strict_pattern(value: str, expected: str | None) -> None:
    """An id that could hold a command, a quote or a second id is none."""
    assert message_id(value) == expected


def test_references_are_a_list_of_ids() -> None:
    """Ids are taken in order, each once, at most the last 200, whatever stands between them."""
    assert message_ids([" <a@x.example>,<b@x.example>\n junk <c@", "<a@x.example>"]) == (
        "<a@x.example>",
        "<b@x.example>",
    )
    many = message_ids([" ".join(f"<{n}@x.example>" for n in range(500))])
    assert (len(many), many[-1]) == (200, "<499@x.example>")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 02 Mar 2026 09:00:00 +0100", datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))),
        ("2 Mar 26 9:00 -0330", datetime(2026, 3, 2, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        ("Mon, 2 Mar 2026 09:00:00 GMT (Greenwich)", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 EST", datetime(2026, 3, 2, 9, tzinfo=timezone(-timedelta(hours=5)))),
        ("Mon, 2 Mar 2026 09:00:00 +0100 CET", datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=1)))),
        ("Mon, 2 Mar 2026 09:00:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Mon Mar  2 09:00:00 2026", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("Wed, 31 Dec 2008 23:59:60 +0000", datetime(2008, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Fri, 9 Aug 102 12:00:00 GMT", datetime(2002, 8, 9, 12, tzinfo=UTC)),
        ("Mon, 2 Mar 2026 09:00:00 +99999999999999", None),
        ("Mon, 2 Mar 2026 09:00:00 +2500", None),
        ("Mon, 31 Feb 2026 09:00:00 +0100", None),
        ("Mon, 2 Mar 0001 09:00:00 +1400", None),
        ("Mon, 2 Mar 9999 23:59:59 -1400", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_dates_are_aware_or_none(value: str, expected: datetime | None) -> None:
    """A date has a zone and a believable year, or there is none."""
    found = parse_date(value)
    assert found == expected
    assert found is None or found.utcoffset() is not None


@given(st.text(alphabet="MonMar 0123456789:+-,()GTZ", max_size=50))
def test_any_date_can_be_converted(value: str) -> None:
    """No text raises, and whatever was read survives a change of zone."""
    found = parse_date(value)
    assert found is None or found.astimezone(UTC).year >= 1969


@given(st.text(max_size=200))
def test_no_value_raises(value: str) -> None:
    """Any text goes through every reader of a value."""
    unfold(value)
    parse_structured(value)
    message_id(value)
    message_ids([value])


@pytest.mark.parametrize(
    "value",
    ["=?utf-8?q?x?= " * 16_000, "a/b" + ";a=b" * 16_000, 'a/b;a="' * 9_000, "<a@" * 20_000, "Mon" + " " * 65_000],
)
def test_large_values_cost_little(value: str) -> None:
    """16,000 encoded words or parameters, for which the standard library needs seconds, take a fraction of one."""
    begin = time.process_time()
    unfold(value)
    parse_structured(value)
    message_ids([value])
    parse_date(value)
    assert time.process_time() - begin < 1
