"""Messages saved as files are read one by one, or folder by folder."""

from pathlib import Path

import pytest

from kindregards.adapters.eml import EmlFiles
from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Message

MAIL = b"Message-ID: <1@example.com>\n\nHello.\n"


def parse(raw: bytes, folder: str, marks: frozenset[str]) -> Message:
    """Keep what the adapter hands over, so that it can be looked at."""
    return Message(key=raw.decode(), folder=folder, flags=marks)


def test_one_file(tmp_path: Path) -> None:
    """One file is one message, whatever it is called."""
    path = tmp_path / "message.txt"
    path.write_bytes(MAIL)
    (entry,) = EmlFiles(path, parse).entries()
    assert (entry.envelope.message_id, entry.load().key) == ("<1@example.com>", MAIL.decode())


def test_folder(tmp_path: Path) -> None:
    """A folder gives its .eml files and those below it, sorted, with the subfolder's name."""
    for name in ("b.eml", "a.EML", "sub/inner/c.eml", "sub/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(MAIL)
    found = [(entry.path.name, entry.load().folder) for entry in EmlFiles(tmp_path, parse).entries()]
    assert found == [("a.EML", ""), ("b.eml", ""), ("c.eml", "sub/inner")]


def test_too_large(tmp_path: Path) -> None:
    """A file over 25 MB is measured, not read."""
    path = tmp_path / "a.eml"
    with path.open("wb") as stream:
        stream.truncate(27_000_000)
    (entry,) = EmlFiles(path, parse).entries()
    with pytest.raises(HeldMessageError, match="larger than 25 MB"):
        entry.load()


def test_empty(tmp_path: Path) -> None:
    """An empty file is held."""
    (tmp_path / "a.eml").write_bytes(b"\n")
    (entry,) = EmlFiles(tmp_path, parse).entries()
    with pytest.raises(HeldMessageError, match="is empty"):
        entry.load()


def test_gone_meanwhile(tmp_path: Path) -> None:
    """A file that vanishes after it was listed is held."""
    (tmp_path / "a.eml").write_bytes(MAIL)
    (entry,) = EmlFiles(tmp_path, parse).entries()
    (tmp_path / "a.eml").unlink()
    with pytest.raises(HeldMessageError, match="cannot be read"):
        entry.load()


def test_absent(tmp_path: Path) -> None:
    """A path that is not there is told as such."""
    with pytest.raises(SourceError, match="no such file"):
        list(EmlFiles(tmp_path / "none", parse).entries())
