"""Single messages saved as files (RFC 5322), one file or a folder of them with its subfolders.

A file is measured before it is read. Message/rfc822 files in other wrappings (.msg, .emlx) are not read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Envelope, Message
from kindregards.core.mime import LARGEST_MESSAGE, envelope

#: The most of a message that its envelope may need (RELIABILITY §7).
HEAD = 256 * 1024
SUFFIX = ".eml"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmlEntry:
    """One file that holds one message."""

    envelope: Envelope
    path: Path
    folder: str
    parse: Callable[[bytes, str, frozenset[str]], Message]

    def load(self) -> Message:
        """Read and parse the file; HeldMessageError where it is too large, empty or gone."""
        try:
            size = self.path.stat().st_size
            if size > LARGEST_MESSAGE:
                raise HeldMessageError(f"{self.path}: larger than 25 MB; it is not read")
            raw = self.path.read_bytes()
        except OSError as why:
            raise HeldMessageError(f"{self.path}: cannot be read ({why.strerror or why})") from None
        if not raw.strip():
            raise HeldMessageError(f"{self.path}: the file is empty")
        return self.parse(raw, self.folder, frozenset())


@dataclass(frozen=True, slots=True)
class EmlFiles:
    """A source of one .eml file, or of all in a folder and below it, sorted by path."""

    path: Path
    parse: Callable[[bytes, str, frozenset[str]], Message]

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def entries(self) -> Iterator[EmlEntry]:
        """Yield the files; those that vanish or cannot be opened are reported when they are loaded."""
        if self.path.is_dir():
            for path in eml_paths(self.path):
                folder = path.parent.relative_to(self.path).as_posix()
                yield self._entry(path, "" if folder == "." else folder)
        elif self.path.is_file():
            yield self._entry(self.path, "")
        else:
            raise SourceError(f"{self.path}: there is no such file or folder")

    def _entry(self, path: Path, folder: str) -> EmlEntry:
        try:
            with path.open("rb") as stream:
                head = stream.read(HEAD)
        except OSError:
            head = b""
        return EmlEntry(envelope=envelope(head), path=path, folder=folder, parse=self.parse)


def eml_paths(folder: Path) -> list[Path]:
    """List the .eml files in a folder and its subfolders, sorted; links are not followed out of it."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() == SUFFIX and path.is_file())
