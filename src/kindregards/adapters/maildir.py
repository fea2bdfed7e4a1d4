"""A Maildir with its subfolders (maildir(5); Maildir++ for the folders): `new` and `cur`, never `tmp`.

Nothing is renamed and no flag is set. The part of a file name before the flags is the message's name for
ever, so a file that another program renames while we look is found again. Folder names are decoded from
modified UTF-7 (RFC 3501 §5.1.3).
"""

import base64
import binascii
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Envelope, Message
from kindregards.core.mime import LARGEST_MESSAGE, envelope

HEAD = 256 * 1024
PLACES = ("new", "cur")
#: Letters after ":2," (maildir(5)) as IMAP flags (RFC 9051 §2.3.2); some systems write ";" or "!" for ":".
INFO = re.compile(r"[:;!]2,([A-Za-z]*)$")
FLAGS = {
    "S": "\\Seen",
    "R": "\\Answered",
    "T": "\\Deleted",
    "D": "\\Draft",
    "F": "\\Flagged",
    "P": "$Forwarded",
}
SHIFTED = re.compile(r"&([^-]*)-")


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirEntry:
    """One message file, by the folder it lies in and the name it had when the folder was listed."""

    envelope: Envelope
    box: Path
    place: str
    filename: str
    folder: str
    parse: Callable[[bytes, str, frozenset[str]], Message]

    def load(self) -> Message:
        """Read and parse the file, flags as they are now; HeldMessageError where it is too large or gone."""
        path = self.box / self.place / self.filename
        try:
            if not path.exists():
                path = self._renamed()
            if path.stat().st_size > LARGEST_MESSAGE:
                raise HeldMessageError(f"{path}: larger than 25 MB; it is not read")
            raw = path.read_bytes()
        except OSError as why:
            raise HeldMessageError(f"{path}: cannot be read ({why.strerror or why})") from None
        return self.parse(raw, self.folder, _flags(path.name))

    def _renamed(self) -> Path:
        unique = INFO.sub("", self.filename)
        for place in PLACES:
            for name in _names(self.box / place):
                if INFO.sub("", name) == unique:
                    return self.box / place / name
        raise HeldMessageError(f"{self.box / self.place / self.filename}: the message has gone since it was listed")


@dataclass(frozen=True, slots=True)
class Maildir:
    """A source of the messages of one Maildir: the inbox first, then the subfolders by name."""

    path: Path
    parse: Callable[[bytes, str, frozenset[str]], Message]

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def entries(self) -> Iterator[MaildirEntry]:
        """Yield new messages, then the others, folder by folder; files that vanish meanwhile are left out."""
        if not is_maildir(self.path):
            raise SourceError(f"{self.path}: not a Maildir; it should hold the folders 'cur' and 'new'")
        for box, folder in _boxes(self.path):
            for place in PLACES:
                for filename in _names(box / place):
                    try:
                        with (box / place / filename).open("rb") as stream:
                            head = stream.read(HEAD)
                    except FileNotFoundError:
                        continue
                    except OSError:
                        head = b""  # loading it tells why
                    yield MaildirEntry(
                        envelope=envelope(head),
                        box=box,
                        place=place,
                        filename=filename,
                        folder=folder,
                        parse=self.parse,
                    )


def is_maildir(path: Path) -> bool:
    """Whether a folder looks like a Maildir."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _boxes(path: Path) -> Iterator[tuple[Path, str]]:
    yield path, "INBOX"
    try:
        inner = sorted(entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False))
    except OSError as why:
        raise SourceError(f"{path}: cannot be read ({why.strerror or why})") from None
    for name in inner:
        if is_maildir(path / name):
            yield path / name, decoded(name.removeprefix("."))


def _names(place: Path) -> list[str]:
    """List the message files of `new` or `cur`, sorted; an absent folder holds none."""
    try:
        with os.scandir(place) as found:
            return sorted(
                entry.name for entry in found if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
            )
    except FileNotFoundError:
        return []
    except OSError as why:
        raise SourceError(f"{place}: cannot be read ({why.strerror or why})") from None


def _flags(filename: str) -> frozenset[str]:
    info = INFO.search(filename)
    return frozenset(FLAGS[letter] for letter in info[1] if letter in FLAGS) if info else frozenset()


def decoded(name: str) -> str:
    """Decode a folder name from modified UTF-7; a name that is none stays as it is."""

    def shifted(found: re.Match[str]) -> str:
        if not found[1]:
            return "&"
        packed = found[1].replace(",", "/")
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True).decode("utf-16-be")

    try:
        return SHIFTED.sub(shifted, name)
    except (binascii.Error, UnicodeDecodeError):
        return name
