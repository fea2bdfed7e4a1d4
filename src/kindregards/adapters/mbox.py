"""Mailboxes in one file (RFC 4155 and its cousins mboxo, mboxrd): indexed in one pass, read one by one.

A message begins at a line "From " at the top or after an empty line, if the line holds a time or a header
field follows: prose that begins with "From " and was left unquoted does not cut a message in two.
Content-Length is not believed. Only places and envelopes are kept, so a mailbox may be far larger than the
memory.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Envelope, Message
from kindregards.core.mime import LARGEST_MESSAGE, envelope

BLOCK = 1 << 20
LOOK = 4096  #: bytes of a separator and the line after it that are looked at
HEADS = (
    8 * 1024,
    256 * 1024,
)  #: bytes read for the envelope, the second where the first do not end the header

#: A time of day (RFC 4155: "From", address, asctime), or a header field on the next line.
SEPARATOR = re.compile(rb"From [^\n]*?\d\d?:\d\d[^\n]*\n|From [^\n]*\n>?[!-9;-~]+[ \t]*:")
EMPTY_LINE = (b"\n", b"\n\r")  #: what stands before the line feed that ends an empty line
QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
FIELD = re.compile(
    rb"^(X-Status|Status|X-Mozilla-Status|X-Keywords|X-Gmail-Labels):([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)",
    re.I | re.M,
)
#: Letters of Status and X-Status as mutt, pine and Dovecot write them.
LETTERS = {"R": "\\Seen", "A": "\\Answered", "D": "\\Deleted", "T": "\\Draft", "F": "\\Flagged"}
#: Bits of X-Mozilla-Status (nsMsgMessageFlags).
BITS = {0x1: "\\Seen", 0x2: "\\Answered", 0x4: "\\Flagged", 0x8: "\\Deleted"}
#: Labels that Gmail writes alike in every export; others become keywords as they are.
LABELS = {"spam": "$Junk", "trash": "\\Deleted", "drafts": "\\Draft", "starred": "\\Flagged"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MboxEntry:
    """One message by its place in the file: `offset` of its separator, `length` up to the next one."""

    envelope: Envelope
    offset: int
    length: int
    mbox: "Mbox"

    def load(self) -> Message:
        """Read and parse the message; HeldMessageError where it is too large or the file has changed."""
        where = f"{self.mbox.path}: the message at byte {self.offset:,}"
        if self.length > LARGEST_MESSAGE:
            raise HeldMessageError(f"{where} is larger than 25 MB; it is not read")
        try:
            with self.mbox.path.open("rb", buffering=0) as stream:
                stream.seek(self.offset)
                raw = stream.read(self.length)
        except OSError as why:
            raise HeldMessageError(f"{where} cannot be read ({why.strerror or why})") from None
        if not raw.startswith(b"From "):
            raise HeldMessageError(f"{where} is no longer there; the mailbox changed while it was read")
        raw = QUOTED.sub(rb"\1", _without_separator(raw))
        return self.mbox.parse(raw, self.mbox.folder, flags(raw))


@dataclass(frozen=True, slots=True)
class Mbox:
    """A source of the messages of one mbox file; `folder` is what they lie in, "" for the file's own name."""

    path: Path
    parse: Callable[[bytes, str, frozenset[str]], Message]
    folder: str = ""

    def __post_init__(self) -> None:
        if not self.folder:
            object.__setattr__(self, "folder", self.path.stem)

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def entries(self) -> Iterator[MboxEntry]:
        """Yield the messages in the order of the file; SourceError where it is no mailbox or unreadable."""
        try:
            with self.path.open("rb", buffering=0) as stream, self.path.open("rb", buffering=0) as heads:
                size = os.fstat(stream.fileno()).st_size
                start = _first(self.path, stream)
                for following in separators(stream, start + 1, size):
                    yield self._entry(heads, start, following)
                    start = following
                yield self._entry(heads, start, size)
        except OSError as why:
            raise SourceError(f"{self.path}: cannot be read ({why.strerror or why})") from None

    def _entry(self, stream: BinaryIO, start: int, end: int) -> MboxEntry:
        head = _head(stream, start, end - start)
        return MboxEntry(envelope=envelope(head), offset=start, length=end - start, mbox=self)


def separators(stream: BinaryIO, start: int, size: int) -> Iterator[int]:
    """Yield the offsets of the separators after `start`, reading the file in blocks once."""
    position, window, begin = start, b"", 0
    stream.seek(start)
    while position + len(window) < size:
        block = stream.read(BLOCK)
        if not block:
            return
        window += block
        # A candidate near the end of the window waits for the next block, so that the line after it is there.
        limit = len(window) if position + len(window) >= size else len(window) - LOOK
        found = window.find(b"\nFrom ", begin)
        while 0 <= found < limit:
            if window[max(0, found - 2) : found].endswith(EMPTY_LINE) and SEPARATOR.match(
                window, found + 1, found + 1 + LOOK
            ):
                yield position + found + 1
            found = window.find(b"\nFrom ", found + 1)
        cut = max(0, limit - 2)  # the two bytes before a candidate tell whether an empty line is there
        position, window, begin = position + cut, window[cut:], max(limit, begin) - cut


def flags(raw: bytes) -> frozenset[str]:
    """Read the flags that mail programs keep in the header of a message in an mbox."""
    found: set[str] = set()
    for match in FIELD.finditer(raw, 0, _header_end(raw)):
        field, value = match[1].lower(), match[2].decode("utf-8", "replace").strip()
        if field in (b"status", b"x-status"):
            found.update(LETTERS[letter] for letter in value if letter in LETTERS)
        elif field == b"x-mozilla-status":
            bits = int(value, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", value) else 0
            found.update(flag for bit, flag in BITS.items() if bits & bit)
        elif field == b"x-keywords":
            found.update(re.split(r"[\s,]+", value))
        else:
            found.update(LABELS.get(label.strip().casefold(), "") for label in value.split(","))
    return frozenset(found - {""})


def _first(path: Path, stream: BinaryIO) -> int:
    """Find where the first message begins; SourceError, saying what to do, where the file is no mailbox."""
    top = stream.read(LOOK)
    if not top.strip(b"\0\r\n\t \xef\xbb\xbf"):
        raise SourceError(f"{path}: the mailbox is empty")
    start = len(top) - len(top.lstrip(b"\xef\xbb\xbf\r\n\t "))
    if not top.startswith(b"From ", start):
        raise SourceError(
            f"{path}: not a mailbox; an mbox file begins with a line 'From …', so export the folder as mbox"
        )
    return start


def _head(stream: BinaryIO, start: int, length: int) -> bytes:
    """Read the header of a message, at most the larger of `HEADS`, without separator."""
    head = b""
    for most in HEADS:
        stream.seek(start)
        head = stream.read(min(most, length))
        end = _header_end(head)
        if end < len(head) or len(head) == length:
            return _without_separator(head[:end])
    return _without_separator(head)


def _header_end(raw: bytes) -> int:
    """Find where the header ends, after the line feed of its last field; the length where it does not end."""
    ends = [end + 1 for end in (raw.find(b"\n\n"), raw.find(b"\n\r\n")) if end >= 0]
    return min(ends, default=len(raw))


def _without_separator(raw: bytes) -> bytes:
    # Old programs stack separators: ">From " lines stand under the first one.
    while raw.startswith((b"From ", b">From ")):
        raw = raw.partition(b"\n")[2]
    return raw
