import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.addresses import parse_mailboxes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ana@example.com", [("", "ana@example.com")]),
        ("<ana@example.com>", [("", "ana@example.com")]),
        ("Ana Lopes <Ana.Lopes@EXAMPLE.com>", [("Ana Lopes", "Ana.Lopes@example.com")]),
        ('"Lopes, Ana" <ana@example.com>', [("Lopes, Ana", "ana@example.com")]),
        ('"Ana \\"L\\" Lopes"\r\n <ana@example.com>', [('Ana "L" Lopes', "ana@example.com")]),
        ("ana@example.com (Ana (the) Lopes)", [("Ana (the) Lopes", "ana@example.com")]),
        ("Dr. A. Lopes [Lingua] <ana@example.com>", [("Dr. A. Lopes [Lingua]", "ana@example.com")]),
        ("=?iso-8859-1?q?J=F6rg?= <joerg@example.com>", [("Jörg", "joerg@example.com")]),
        ('"=?utf-8?q?J=C3=B6rg?=" <joerg@example.com>', [("Jörg", "joerg@example.com")]),
        ('"a b"@example.com', [("", '"a b"@example.com')]),
        ("用户@例子.example", [("", "用户@例子.example")]),
        ("a@example.com, , b@example.org", [("", "a@example.com"), ("", "b@example.org")]),
        ("Team: a@example.com, B <b@example.org>;", [("", "a@example.com"), ("B", "b@example.org")]),
        ("undisclosed-recipients:;", []),
        ("", []),
    ],
)
def test_plain_fields_are_read(value: str, expected: list[tuple[str, str]]) -> None:
    """Names, comments, groups and quoted strings are read as RFC 5322 §3.4 has them."""
    found = parse_mailboxes(value)
    assert not found.broken
    assert [(one.name, one.address) for one in found.addresses] == expected


@pytest.mark.parametrize(
    "value",
    [
        "alice@ok.example)bob@evil.example <c@d.example>",
        "=?utf-8?b?PGFkbWluQGxlZ2l0LmV4YW1wbGU+?=,<b@attack.example>",
        "<@attack.example,@any.example:admin@legit.example>",
        "<admin@legit.example>\\,<b@attack.example>",
        "<a@attack.example>admin@legit.example",
        "admin@legit.example <b@attack.example>",
        "<a@x.example> From: <b@y.example>",
        "<<a@x.example>>",
        "a@x.example (comment",
        '"Ana <ana@example.com>',
        "<a(x)@example.com>",
        "<a @ example.com>",
        "a@b@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a@[127.0.0.1]",
        "a@-example.com",
        "a@example.com.",
        "a@exam_ple.com",
        "=?utf-8?q?a?=@example.com",
        "Ana",
        "<>",
        "a@",
        "@example.com",
        "a@example.com; b@example.org",
        "a: b: c@example.com;;",
        "a" * 65 + "@example.com",
        "(" * 1_000 + "a@example.com",
    ],
)
def test_crooked_fields_give_no_address(value: str) -> None:
    """A field that two programs could read in two ways is broken and yields nothing."""
    found = parse_mailboxes(value)
    assert found.broken
    assert not found.addresses


def test_decoded_text_makes_no_address() -> None:
    """An encoded word is decoded after the structure is known, so it cannot hold an address of its own."""
    found = parse_mailboxes("=?utf-8?q?a=40evil.example=2C?= <b@example.com>")
    assert [one.address for one in found.addresses] == ["b@example.com"]
    assert found.addresses[0].name == "a@evil.example,"


def test_names_lose_what_nobody_sees() -> None:
    """A name keeps no line ends, bidi controls or zero-width characters."""
    found = parse_mailboxes("=?utf-8?q?Ana=0D=0ABcc=3A_x?= <a@example.com>")
    assert found.addresses[0].name == "Ana Bcc: x"
    assert parse_mailboxes('"A\u202ena\u200b" <a@example.com>').addresses[0].name == "Ana"


@given(st.text(alphabet=' ab.@<>()[]:;,\\"=?\n', max_size=60))
def test_any_field_is_read_or_broken(value: str) -> None:
    """No field raises, and every address found has one local part and one domain."""
    for one in parse_mailboxes(value).addresses:
        assert one.address.rpartition("@")[0]
        assert one.domain == one.domain.lower() != ""


@pytest.mark.parametrize("piece", ["a@b.example,", '"', '"\\a"', "<", "(", "(a)", "a ", "a:", "\\", "."])
def test_large_fields_cost_little(piece: str) -> None:
    """64 kB of any one thing are read in much less than a second."""
    begin = time.process_time()
    parse_mailboxes(piece * (65_536 // len(piece)))
    assert time.process_time() - begin < 1
