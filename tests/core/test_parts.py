import email
import gzip
import json
import time
from pathlib import Path

import pytest

from kindregards.core.errors import HeldMessageError
from kindregards.core.headers import body_start, parse_header
from kindregards.core.parts import Part, read_parts

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def parts(raw: bytes) -> Part:
    """The tree of a message."""
    end, start = body_start(raw, 0, len(raw))
    return read_parts(raw, parse_header(raw[:end]), start)


def bodies(raw: bytes) -> list[tuple[str, bytes]]:
    """Media type and decoded body of every leaf."""
    return [(leaf.media_type, leaf.octets(raw, 1_000_000)) for leaf in parts(raw).leaves()]


def multipart(*contents: bytes, kind: bytes = b"mixed", boundary: bytes = b"b") -> bytes:
    """A multipart whose parts are given with their headers."""
    inner = b"".join(b"--" + boundary + b"\n" + content + b"\n" for content in contents)
    return (
        b"Content-Type: multipart/" + kind + b'; boundary="' + boundary + b'"\n\n' + inner + b"--" + boundary + b"--\n"
    )


def test_a_plain_message_is_one_part() -> None:
    """Without a Content-Type a message is plain text."""
    assert bodies(b"Subject: x\n\nhello\n") == [("text/plain", b"hello\n")]


def test_parts_lie_between_their_delimiters() -> None:
    """Preamble, epilogue and the line end before a delimiter belong to no part."""
    raw = multipart(b"\none", b"Content-Type: text/html\n\n<p>two")
    raw = raw.replace(b"\n\n--b", b"\n\npreamble\n--b", 1) + b"epilogue\n"
    assert bodies(raw) == [("text/plain", b"one"), ("text/html", b"<p>two")]
    assert bodies(raw.replace(b"\n", b"\r\n")) == [("text/plain", b"one"), ("text/html", b"<p>two")]


@pytest.mark.parametrize(
    ("encoding", "content", "expected"),
    [
        (b"base64", b"aGVs\nbG8=", b"hello"),
        (b"Quoted-Printable (comment)", b"caf=C3=A9=\n!", b"caf\xc3\xa9!"),
        (b"8bit", b"caf\xc3\xa9", b"caf\xc3\xa9"),
    ],
)
def test_transfer_encodings_are_undone(encoding: bytes, content: bytes, expected: bytes) -> None:
    """The three encodings of RFC 2045 §6 are known, whatever stands behind their name."""
    raw = b"Content-Transfer-Encoding: " + encoding + b"\n\n" + content
    assert bodies(raw) == [("text/plain", expected)]
    assert not parts(raw).odd


def test_nested_boundaries_that_begin_alike_are_told_apart() -> None:
    """A boundary that continues another one delimits only its own parts."""
    inner = multipart(b"\ndeep", kind=b"alternative", boundary=b"bb")
    assert bodies(multipart(inner, b"\nouter")) == [("text/plain", b"deep"), ("text/plain", b"outer")]


def test_an_attached_message_is_a_leaf() -> None:
    """message/rfc822 is not opened, nor are the parts of a digest."""
    raw = multipart(b"Content-Type: message/rfc822\n\n" + multipart(b"\ninner", boundary=b"c"), b"\nouter")
    assert [leaf.media_type for leaf in parts(raw).leaves()] == ["message/rfc822", "text/plain"]
    assert [leaf.media_type for leaf in parts(multipart(b"\nSubject: x\n\ny", kind=b"digest")).leaves()] == [
        "message/rfc822"
    ]


def test_a_missing_end_loses_nothing() -> None:
    """Without a last delimiter the last part goes to the end; without a header a part is plain text."""
    raw = multipart(b"no header here\nsecond line", b"\nlast").removesuffix(b"\n--b--\n")
    assert bodies(raw) == [("text/plain", b"no header here\nsecond line"), ("text/plain", b"last")]


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Transfer-Encoding: x-uuencode\n\nx",
        b"Content-Type: multipart/mixed\n\nx",
        b"Content-Type: multipart/mixed; boundary=b\n\nno delimiter",
        b"Content-Type: text\n\nx",
        multipart(b"\nx").replace(b"\n\n", b"\nContent-Transfer-Encoding: base64\n\n", 1),
    ],
)
def test_odd_forms_are_told(raw: bytes) -> None:
    """What RFC 2045 does not have is odd, and is still read."""
    assert any(part.odd for part in parts(raw).walk())


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b"attachment; filename=offer.pdf", "offer.pdf"),
        (b'attachment; filename="../../etc/offer.pdf"', "offer.pdf"),
        (b'attachment; filename="C:\\\\tmp\\\\offer.pdf"', "offer.pdf"),
        (b"attachment; filename*=utf-8''caf%C3%A9%E2%80%AEfdp.exe", "caféfdp.exe"),
        (b"inline", ""),
    ],
)
def test_file_names_are_names_only(disposition: bytes, name: str) -> None:
    """A path and invisible characters are cut off a file name."""
    part = parts(b"Content-Disposition: " + disposition + b"\n\nx")
    assert part.filename == name
    assert part.attached == bool(name)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (multipart(*[b"\nx"] * 200), "200 parts"),
        (multipart(*[b"\nx"] * 100_000), "200 parts"),
        (b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--bx\n" * 100_000, "told apart"),
        (multipart(*[b"X: " + b"y" * 60_000 + b"\n\nx"] * 5), "256 kB"),
    ],
)
def test_too_many_parts_are_held(raw: bytes, sentence: str) -> None:
    """200 parts, 256 kB of their headers and 2,000 false delimiters are the limits, found out at once."""
    begin = time.process_time()
    with pytest.raises(HeldMessageError, match=sentence):
        parts(raw)
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(("depth", "held"), [(20, False), (21, True), (300, True)])
def test_depth_has_a_limit(depth: int, held: bool) -> None:
    """Twenty multiparts in each other are read, more are held and not a recursion error."""
    raw = b"\nx"
    for number in range(depth):
        raw = multipart(raw, boundary=b"b%d-" % number)
    if held:
        with pytest.raises(HeldMessageError, match="20 deep"):
            parts(raw)
    else:
        assert [leaf.media_type for leaf in parts(raw).leaves()] == ["text/plain"]


def standard(message: email.message.Message) -> list[tuple[str, bytes]]:
    """The leaves as the standard library has them."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        return [leaf for part in message.get_payload() for leaf in standard(part)]  # type: ignore[union-attr]
    return [(message.get_content_type(), message.get_payload(decode=True) or b"")]  # type: ignore[list-item]


@pytest.mark.shared
def test_real_mail_has_the_parts_the_standard_library_finds() -> None:
    """Of 600 real messages at least 598 have the same types and octets as in the standard library."""
    path = SHARED / "data" / "spamassassin" / "dev.jsonl.gz"
    if not path.exists():
        pytest.skip("the SpamAssassin mails do not lie beside the checkout")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        raws = [
            json.loads(line)["raw_latin1"].encode("latin-1") for number, line in enumerate(lines) if number % 5 == 0
        ]

    def folded(leaves: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        return [(kind, octets.replace(b"\r\n", b"\n").strip()) for kind, octets in leaves if kind != "message/rfc822"]

    same = sum(folded(bodies(raw)) == folded(standard(email.message_from_bytes(raw))) for raw in raws)
    assert same >= len(raws) - 4
