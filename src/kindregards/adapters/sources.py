"""What kind of source a path is, found out by looking at it; suffixes help only where the content is mute.

Nothing is guessed: what is no mailbox and no export is refused with a line that says what it looks like.
"""

import re
from collections.abc import Callable
from pathlib import Path

from kindregards.adapters.archive import open_archive
from kindregards.adapters.eml import SUFFIX, EmlFiles, eml_paths
from kindregards.adapters.linkedin import LinkedInExport, export_tables
from kindregards.adapters.maildir import Maildir, is_maildir
from kindregards.adapters.mbox import Mbox
from kindregards.core.errors import SourceError
from kindregards.core.message import Message
from kindregards.ports import Source

Parse = Callable[[bytes, str, frozenset[str]], Message]

ACCEPTED = (
    "accepted are an mbox file, a Maildir folder, .eml files or a folder of them, "
    "and a LinkedIn data export (.zip or folder)"
)
ZIP = b"PK"
HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")  #: a header field (RFC 5322 §2.2)
#: How files that are not read begin, and what to say about them.
STRANGERS = {
    b"!BDN": "an Outlook data file (.pst); export the folder from Outlook as mbox or .eml files",
    b"\xd0\xcf\x11\xe0": "an Outlook message (.msg) or an old Office file; save the message as .eml",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
    b"BZh": "compressed with bzip2; unpack it first",
    b"\xfd7zXZ": "compressed with xz; unpack it first",
    b"7z\xbc\xaf": "a 7z archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"SQLite format 3": "a database",
    b"%PDF": "a PDF document",
}


def open_source(path: Path, parse: Parse, *, owner: str = "") -> Source:
    """Open whatever lies at a path; SourceError, one line, where it is nothing that is read.

    `parse` makes a message of bytes, folder and flags; `owner` is the owner's name, for exports without it.
    """
    try:
        if path.is_dir():
            return _folder(path, parse, owner)
        if path.is_file():
            return _file(path, parse, owner)
    except OSError as why:
        raise SourceError(f"{path}: cannot be read ({why.strerror or why})") from None
    raise SourceError(f"{path}: there is no such file or folder")


def _folder(path: Path, parse: Parse, owner: str) -> Source:
    if is_maildir(path):
        return Maildir(path, parse)
    names = [entry.name for entry in path.iterdir()]
    if export_tables(names):
        return LinkedInExport(path, owner)
    # Apple Mail exports a mailbox as a folder NAME.mbox with the mailbox and an index in it.
    if path.suffix == ".mbox" and (path / "mbox").is_file():
        return Mbox(path / "mbox", parse, folder=path.stem)
    if eml_paths(path):
        return EmlFiles(path, parse)
    boxes = sorted(entry.name for entry in path.iterdir() if entry.is_file() and _is_mbox(entry))
    if boxes:
        raise SourceError(f"{path}: a folder of mailboxes; name them one by one, such as {path / boxes[0]}")
    raise SourceError(f"{path}: a folder without mail in it; {ACCEPTED}")


def _file(path: Path, parse: Parse, owner: str) -> Source:
    with path.open("rb") as stream:
        top = stream.read(4096)
    if path.suffix.lower() == SUFFIX:
        return EmlFiles(path, parse)
    if top.startswith(ZIP):
        if export_tables(open_archive(path).names):
            return LinkedInExport(path, owner)
        raise SourceError(f"{path}: a zip archive without messages.csv or Connections.csv; {ACCEPTED}")
    stranger = next((what for begin, what in STRANGERS.items() if top.startswith(begin)), "")
    if stranger:
        raise SourceError(f"{path}: {stranger}; {ACCEPTED}")
    if _is_mbox(path) or not top.strip():
        return Mbox(path, parse)
    if path.suffix.lower() == ".csv":
        raise SourceError(f"{path}: a single table; name the folder or the .zip that it comes from")
    if HEADER.match(top) and b"\nfrom:" in b"\n" + top.lower():
        return EmlFiles(path, parse)
    raise SourceError(f"{path}: neither a mailbox nor an export; {ACCEPTED}")


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(256).lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"From ")
