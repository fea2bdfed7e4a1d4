"""Exports from outside, zipped (APPNOTE §4.3) or unpacked, opened under limits: their files, their tables.

The central directory is measured before `zipfile` reads it (§4.3.14, §4.3.16), and the extents of the entries
in the file are compared, because overlapping ones are how a small archive grows without end (CVE-2024-0450).
Nothing is ever written to disk, links are refused, and an archive within an archive is left closed. Tables
(CSV, RFC 4180) are read as their writers really make them: with notes above the header, or saved again by a
spreadsheet of another locale.
"""

import csv
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from kindregards.core.errors import SourceError

MOST_ENTRIES = 200
MOST_RATIO = 100  #: uncompressed to compressed, for entries over `RATIO_FROM`
RATIO_FROM = 1_000_000
MOST_BYTES = 2_000_000_000  #: all entries together, unpacked
MOST_DIRECTORY = 1_000_000  #: bytes of the central directory

END = b"PK\x05\x06"  #: end of central directory record, §4.3.16
END64 = b"PK\x06\x06"  #: its Zip64 form, §4.3.14
LOCATOR64 = b"PK\x06\x07"  #: §4.3.15
END_LENGTH = 22
LONGEST_COMMENT = 0xFFFF
LOCAL_LENGTH = 30
LOCKED = 0x1  #: general purpose bit 0: the entry is encrypted, §4.4.4
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError)

MOST_CELL = 1_000_000  #: characters of one field of a table
DELIMITERS = ",;\t"
TOP = 65_536  #: bytes of a table in which its header stands
NOTES = 12  #: rows that may stand above the header


class Shelf(Protocol):
    """Where the files of an export lie."""

    @property
    def path(self) -> Path:
        """What the user named."""

    @property
    def names(self) -> tuple[str, ...]:
        """The files, with "/" between the parts."""

    def stream(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open one file as a stream of bytes; SourceError where that fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """An unpacked export; links and subfolders are left alone."""

    path: Path
    names: tuple[str, ...]

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """Open one file as a stream of bytes; SourceError where that fails."""
        try:
            with (self.path / name).open("rb") as stream:
                yield stream
        except OSError as why:
            raise SourceError(f"{self.path / name}: cannot be read ({why.strerror or why})") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A zip file whose directory kept every limit when it was looked at; `names` are its files."""

    path: Path
    names: tuple[str, ...]

    @contextmanager
    def stream(self, name: str) -> Iterator[IO[bytes]]:
        """Open one file as a stream of bytes; SourceError where it is damaged, locked or packed oddly."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                entry = archive.getinfo(name)
                _readable(self.path, entry)
                with archive.open(entry) as stream:
                    yield stream
        except KeyError:
            raise SourceError(f"{self.path}: {_shown(name)} has gone from the archive while it was read") from None
        except OSError as why:
            raise SourceError(f"{self.path}: cannot be read ({why.strerror or why})") from None
        except BROKEN as why:
            raise SourceError(
                f"{self.path}: {_shown(name)} is damaged ({_shown(str(why))}); download the archive again"
            ) from None


def open_folder(path: Path) -> Folder:
    """List an unpacked export; SourceError where the folder cannot be read."""
    try:
        names = sorted(entry.name for entry in path.iterdir() if entry.is_file() and not entry.is_symlink())
    except OSError as why:
        raise SourceError(f"{path}: cannot be read ({why.strerror or why})") from None
    return Folder(path=path, names=tuple(names))


def open_archive(path: Path) -> Archive:
    """Look at a zip file's directory; SourceError, one line, where it breaks a limit or is no zip file."""
    try:
        with path.open("rb") as stream:
            _measure(path, stream)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _count(path, len(entries))
            for entry in entries:
                _look(path, entry)
            _weigh(path, entries)
            with path.open("rb") as stream:
                _apart(path, stream, entries, archive.start_dir)
    except OSError as why:
        raise SourceError(f"{path}: cannot be read ({why.strerror or why})") from None
    except (*BROKEN, ValueError) as why:
        raise SourceError(f"{path}: not a whole zip archive ({_shown(str(why))}); download it again") from None
    return Archive(path=path, names=tuple(entry.filename for entry in entries if not entry.is_dir()))


def _measure(path: Path, stream: BinaryIO) -> None:
    """Refuse a directory that is too long before anything parses it."""
    size = stream.seek(0, 2)
    start = max(0, size - END_LENGTH - LONGEST_COMMENT)
    stream.seek(start)
    tail = stream.read()
    # zipfile takes a record without a comment first, then the last one that it can find; so does this.
    at = len(tail) - END_LENGTH if tail[-END_LENGTH:].startswith(END) else tail.rfind(END)
    if at < 0 or len(tail) < at + END_LENGTH:
        raise zipfile.BadZipFile("its directory is missing")
    count, length = struct.unpack_from("<HL", tail, at + 10)
    if tail[max(0, at - 20) : at].startswith(LOCATOR64):
        stream.seek(struct.unpack_from("<Q", tail, at - 12)[0])
        record = stream.read(56)
        if record.startswith(END64):
            count, length = struct.unpack_from("<QQ", record, 32)
    _count(path, count)
    if length > MOST_DIRECTORY:
        raise SourceError(f"{path}: the archive's directory is longer than {MOST_DIRECTORY:,} bytes; it is not read")


def _count(path: Path, entries: int) -> None:
    if entries > MOST_ENTRIES:
        raise SourceError(
            f"{path}: the archive holds more than {MOST_ENTRIES} files; unpack it and name the folder instead"
        )


def _look(path: Path, entry: zipfile.ZipInfo) -> None:
    """Refuse names that lead out of the archive, and links."""
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith(("/", "\\")) or ".." in parts or "\0" in name or name[1:2] == ":":
        raise SourceError(
            f"{path}: the archive holds a file name that leads out of it ({_shown(name)}); it is not read"
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise SourceError(f"{path}: the archive holds a link ({_shown(name)}); it is not read")


def _weigh(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that unpacks to too much."""
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise SourceError(f"{path}: the archive unpacks to more than {MOST_BYTES // 10**9} GB; it is not read")
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * entry.compress_size:
            raise SourceError(
                f"{path}: {_shown(entry.filename)} unpacks to over {MOST_RATIO} times its size; it is not read"
            )


def _apart(path: Path, stream: BinaryIO, entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Refuse entries that share bytes: each ends, by its local header, before the next or the directory."""
    extents = sorted((entry.header_offset, entry.compress_size) for entry in entries)
    for (offset, length), (following, _) in pairwise([*extents, (directory, 0)]):
        stream.seek(offset)
        header = stream.read(LOCAL_LENGTH)
        name, extra = struct.unpack_from("<HH", header, 26)
        if offset < 0 or offset + LOCAL_LENGTH + name + extra + length > following:
            raise SourceError(f"{path}: files in the archive overlap, as in a zip bomb; it is not read")


def _readable(path: Path, entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & LOCKED:
        raise SourceError(f"{path}: the archive is locked with a password; unpack it and name the folder instead")
    if entry.compress_type not in METHODS:
        raise SourceError(
            f"{path}: {_shown(entry.filename)} is packed in an odd way; pack it again as a plain zip archive"
        )


def table(shelf: Shelf, name: str, required: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file as mappings of folded column name to cell, stripped.

    Absent cells are absent keys. SourceError names required columns that are missing, and tells where a field
    is too long or the encoding odd. A file of one line that is no header ("No conversations found") has no
    rows.
    """
    with shelf.stream(name) as stream:
        top = stream.read(TOP)
    encoding = _encoding(top)
    start = _header(f"{shelf.path}: {_shown(name)}", top.decode(encoding, "replace"), required)
    if start is None:
        return
    delimiter, above = start
    csv.field_size_limit(MOST_CELL)
    with shelf.stream(name) as stream:
        rows = csv.reader(io.TextIOWrapper(stream, encoding, newline=""), delimiter=delimiter)
        try:
            columns = [folded(cell) for cell in next(islice(rows, above, None))]
            for row in rows:
                if any(row):
                    yield {column: cell.strip() for column, cell in zip(columns, row, strict=False)}
        except csv.Error as why:
            raise SourceError(
                f"{shelf.path}: {_shown(name)}, line {rows.line_num}: {why}; download the export again"
            ) from None
        except UnicodeError:
            raise SourceError(
                f"{shelf.path}: {_shown(name)} is not in UTF-8; use the download, not what a spreadsheet made of it"
            ) from None


def _shown(text: str) -> str:
    """Make a text out of a file fit for one line of a terminal."""
    return "'" + "".join(letter if letter.isprintable() else "?" for letter in text[:80]) + "'"


def folded(name: str) -> str:
    """Fold the name of a file or column: case, spaces and underscores vary from export to export."""
    return "".join(letter for letter in name.casefold() if letter not in " _\ufeff")


def _encoding(top: bytes) -> str:
    if top.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in top[:2]:
        return "utf-16-be" if top[:1] == b"\0" else "utf-16-le"
    return "utf-8-sig"


def _header(where: str, top: str, required: Sequence[str]) -> tuple[str, int] | None:
    """Find the delimiter and the number of rows above the header; None where the file holds no table."""
    wanted = {folded(column) for column in required}
    best: set[str] = set()
    for delimiter in DELIMITERS:
        for above, row in enumerate(islice(csv.reader(io.StringIO(top, newline=""), delimiter=delimiter), NOTES)):
            found = {folded(cell) for cell in row} & wanted
            if found == wanted:
                return delimiter, above
            best = max(best, found, key=len)
    if not best and len(top.split("\n", 2)) <= 2:
        return None
    missing = ", ".join(column for column in required if folded(column) not in best)
    raise SourceError(f"{where} lacks the column {missing}; use the export as it was downloaded")
