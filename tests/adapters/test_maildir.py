"""A Maildir is read where it lies and left as it is."""

from pathlib import Path

import pytest

from kindregards.adapters.maildir import Maildir, decoded
from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Message


def parse(raw: bytes, folder: str, marks: frozenset[str]) -> Message:
    """Keep what the adapter hands over, so that it can be looked at."""
    return Message(key=raw.decode(), folder=folder, flags=marks)


def maildir(path: Path) -> Path:
    """Make an empty Maildir."""
    for place in ("cur", "new", "tmp"):
        (path / place).mkdir(parents=True)
    return path


def put(path: Path, name: str, text: str = "") -> Path:
    """Lay a small message into a Maildir."""
    path = path / name
    path.write_bytes(f"Message-ID: <{text or path.name}@example.com>\n\nHello.\n".encode())
    return path


def test_new_and_cur_but_not_tmp(tmp_path: Path) -> None:
    """Messages that are delivered are read, those on their way in are not."""
    box = maildir(tmp_path)
    put(box, "new/1.a")
    put(box, "cur/2.b:2,S")
    put(box, "tmp/3.c")
    put(box, "cur/.hidden")
    assert [entry.filename for entry in Maildir(box, parse).entries()] == ["1.a", "2.b:2,S"]


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        (":2,", set()),
        (":2,S", {"\\Seen"}),
        (":2,DFPRST", {"\\Draft", "\\Flagged", "$Forwarded", "\\Answered", "\\Seen", "\\Deleted"}),
        (":2,Sab", {"\\Seen"}),
        (";2,R", {"\\Answered"}),
        ("!2,R", {"\\Answered"}),
        (":1,S", set()),
        ("", set()),
    ],
)
def test_flags(tmp_path: Path, info: str, expected: set[str]) -> None:
    """The letters after ":2," are the flags."""
    box = maildir(tmp_path)
    put(box, f"cur/1.host,S=20{info}")
    assert next(Maildir(box, parse).entries()).load().flags == expected


def test_subfolders(tmp_path: Path) -> None:
    """Subfolders come after the inbox, by name, with their names decoded; other directories are left out."""
    box = maildir(tmp_path)
    maildir(tmp_path / ".Sent")
    maildir(tmp_path / ".&AMk-l&AOk-ments envoy&AOk-s")
    (tmp_path / ".notes").mkdir()
    put(box, "cur/1")
    put(box / ".Sent", "cur/2")
    put(box / ".&AMk-l&AOk-ments envoy&AOk-s", "new/3")
    folders = [(entry.folder, entry.filename) for entry in Maildir(box, parse).entries()]
    assert folders == [("INBOX", "1"), ("Éléments envoyés", "3"), ("Sent", "2")]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a&-b", "a&b"),
        ("&ZeVnLIqe-", "日本語"),
        ("&/////w-", "\uffff\uffff"),
        ("&AOk", "&AOk"),
        ("&!!-", "&!!-"),
        ("&AA-", "&AA-"),
    ],
)
def test_folder_names(name: str, plain: str) -> None:
    """Folder names are modified UTF-7, and those that are not stay as they are."""
    assert decoded(name) == plain


def test_flag_changed_meanwhile(tmp_path: Path) -> None:
    """A message that another program marks after it was listed is found under its new name."""
    box = maildir(tmp_path)
    path = put(box, "new/1.a", "x")
    entry = next(Maildir(box, parse).entries())
    path.rename(box / "cur" / "1.a:2,FS")
    assert entry.load().flags == {"\\Flagged", "\\Seen"}


def test_gone_meanwhile(tmp_path: Path) -> None:
    """A message that another program removes after it was listed is held, and the run goes on."""
    box = maildir(tmp_path)
    put(box, "cur/1:2,S").unlink()
    path = put(box, "cur/2:2,S")
    put(box, "cur/3:2,S")
    first, second = Maildir(box, parse).entries()
    path.unlink()
    with pytest.raises(HeldMessageError, match="has gone"):
        first.load()
    assert "3" in second.load().key


def test_gone_while_listing(tmp_path: Path) -> None:
    """A message that vanishes between two looks at its folder is left out."""
    box = maildir(tmp_path)
    put(box, "cur/1")
    path = put(box, "cur/2")
    entries = Maildir(box, parse).entries()
    next(entries)
    path.unlink()
    assert list(entries) == []


def test_too_large(tmp_path: Path) -> None:
    """A file over 25 MB is measured, not read."""
    box = maildir(tmp_path)
    path = put(box, "cur/1")
    with path.open("ab") as stream:
        stream.truncate(27_000_000)
    with pytest.raises(HeldMessageError, match="larger than 25 MB"):
        next(Maildir(box, parse).entries()).load()


def test_links_are_left_out(tmp_path: Path) -> None:
    """A symbolic link among the messages is not followed."""
    box = maildir(tmp_path)
    (box / "cur" / "1").symlink_to("/etc/hostname")
    assert list(Maildir(box, parse).entries()) == []


def test_no_maildir(tmp_path: Path) -> None:
    """A folder without cur and new is refused in one line."""
    with pytest.raises(SourceError, match="'cur' and 'new'"):
        list(Maildir(tmp_path, parse).entries())
