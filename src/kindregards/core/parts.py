"""The parts of a message as places in its bytes (RFC 2045, RFC 2046 §5): found, counted, never copied or opened.

Python's own parser walks line by line through every open multipart and needs seconds for 25 MB of short lines; here
delimiters are looked up with one search for each multipart, so that the cost is bounded by size times depth.
`message/rfc822` is a leaf: an attached message is an attachment, and so is the message a report gives back.
"""

import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from kindregards.core.errors import HeldMessageError
from kindregards.core.headers import (
    LARGEST_HEADER,
    MOST_PART_FIELDS,
    Header,
    Structured,
    body_start,
    decode_base64,
    parse_header,
    parse_structured,
)

MOST_PARTS = 200
DEEPEST = 20
#: Lines that begin like a delimiter and are none; more of them only serve to cost time.
_MOST_FALSE_DELIMITERS = 2_000
#: White space that may follow a delimiter on its line (RFC 2046 §5.1.1), generously.
_LONGEST_PADDING = 200
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "quoted-printable", "base64"})
_TEXT = Structured(value="text/plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part: its Content fields and where its body lies in the message, from `start` to before `end`.

    `odd` tells that its form is not that of RFC 2045: an unknown transfer encoding, a multipart without a boundary or
    with an encoding of its own, a Content-Type nobody can read.
    """

    content: Structured
    disposition: Structured
    encoding: str
    start: int
    end: int
    children: tuple["Part", ...] = ()
    odd: bool = False

    @property
    def media_type(self) -> str:
        """Type and subtype in lower case."""
        return self.content.value

    @property
    def filename(self) -> str:
        """The name a sender gave the part, "" where there is none; only the last step of a path (RFC 2183 §2.3)."""
        name = self.disposition.parameters.get("filename") or self.content.parameters.get("name") or ""
        return name.replace("\\", "/").rpartition("/")[2][:255]

    @property
    def attached(self) -> bool:
        """Whether it is meant to be saved, not read."""
        return self.disposition.value == "attachment" or bool(self.filename)

    def leaves(self) -> Iterator["Part"]:
        """Yield the parts that hold no others, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def walk(self) -> Iterator["Part"]:
        """Yield this part and all below it, in order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def octets(self, message: bytes, limit: int) -> bytes:
        """The body with its transfer encoding undone, about `limit` bytes of it at most; never raises."""
        if self.encoding == "base64":
            return decode_base64(message[self.start : min(self.end, self.start + limit * 3 // 2)])[:limit]
        if self.encoding == "quoted-printable":
            return binascii.a2b_qp(message[self.start : min(self.end, self.start + limit * 3)])[:limit]
        return message[self.start : min(self.end, self.start + limit)]


def read_parts(message: bytes, header: Header, start: int) -> Part:
    """Find the parts of a message whose body begins at `start`; HeldMessageError where they are over a limit."""
    return _Reader(message).part(header, start, len(message), 0)


class _Reader:
    """Counts what all parts of one message cost together."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._parts = 0
        self._header_octets = 0

    def part(self, header: Header, start: int, end: int, depth: int, default: Structured = _TEXT) -> Part:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise HeldMessageError("The message has more than 200 parts.")
        if depth > DEEPEST:
            raise HeldMessageError("The parts of the message lie more than 20 deep in each other.")
        written = header.first("content-type")
        content = parse_structured(written) if written else default
        if "/" not in content.value:
            content = Structured(value="text/plain", parameters=content.parameters)
        disposition = header.first("content-disposition")
        encoding = header.first("content-transfer-encoding")
        encoding = encoding.partition("(")[0].partition(";")[0].strip().lower() if encoding else ""
        children: tuple[Part, ...] = ()
        if content.value.startswith("multipart/"):
            children = self._children(content, start, end, depth)
        return Part(
            content=content,
            disposition=parse_structured(disposition) if disposition else Structured(),
            encoding=encoding,
            start=start,
            end=end,
            children=children,
            odd=_odd(content, encoding, written, children),
        )

    def _children(self, content: Structured, start: int, end: int, depth: int) -> tuple[Part, ...]:
        boundary = content.parameters.get("boundary", "").encode("utf-8", "replace").rstrip()
        if not boundary or len(boundary) > 500:
            return ()
        default = Structured(value="message/rfc822") if content.value == "multipart/digest" else _TEXT
        return tuple(self._child(*place, depth + 1, default) for place in self._places(boundary, start, end))

    def _child(self, start: int, end: int, depth: int, default: Structured) -> Part:
        """Read one part between two delimiters; without a header its body begins at once (RFC 2046 §5.1)."""
        line_end = self._message.find(b"\n", start, min(end, start + 1_000))
        line = self._message[start : line_end if line_end >= 0 else min(end, start + 1_000)]
        if line.strip() and b":" not in line:
            return self.part(Header(), start, end, depth, default)
        header_end, begin = body_start(self._message, start, end)
        self._header_octets += header_end - start
        if self._header_octets > LARGEST_HEADER:
            raise HeldMessageError("The headers of the parts of the message are larger than 256 kB.")
        return self.part(
            parse_header(self._message[start:header_end], MOST_PART_FIELDS), min(begin, end), end, depth, default
        )

    def _places(self, boundary: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield begin and end of every part; the line end before a delimiter is the delimiter's (RFC 2046 §5.1.1)."""
        begin = -1
        for at, after, last in self._delimiters(b"--" + boundary, start, end):
            if begin >= 0:
                stop = at - 1 if at > begin else begin
                yield begin, stop - 1 if stop > begin and self._message[stop - 1] == 13 else stop
            begin = after
            if last:
                return
        if begin >= 0:
            yield begin, end

    def _delimiters(self, mark: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Yield where a delimiter line begins, where the next line begins, and whether it is the last of its kind."""
        message, false = self._message, 0
        at = start if message.startswith(mark, start, end) else message.find(b"\n" + mark, start, end) + 1
        while at > 0:
            tail = at + len(mark)
            rest, line_end, _ = message[tail : min(end, tail + _LONGEST_PADDING)].partition(b"\n")
            after = tail + len(rest) + len(line_end)
            if rest.strip() in (b"", b"--") and (line_end or after == end):
                yield at, after, rest.strip() == b"--"
            else:
                false += 1
                if false > _MOST_FALSE_DELIMITERS:
                    raise HeldMessageError("The parts of the message cannot be told apart.")
            at = message.find(b"\n" + mark, after - 1 if line_end else after, end) + 1


def _odd(content: Structured, encoding: str, written: str, children: tuple[Part, ...]) -> bool:
    if encoding not in _ENCODINGS or (written and "/" not in written):
        return True
    if content.value.startswith("multipart/"):
        return not children or encoding in ("quoted-printable", "base64")
    return False
