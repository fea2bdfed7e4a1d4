"""A path is opened as what it is; and every source keeps the contract of the port."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kindregards.adapters.eml import EmlFiles
from kindregards.adapters.linkedin import LinkedInExport
from kindregards.adapters.maildir import Maildir
from kindregards.adapters.mbox import Mbox
from kindregards.adapters.sources import open_source
from kindregards.core.errors import SourceError
from kindregards.core.message import Message
from kindregards.core.mime import parse as parse_mail
from kindregards.core.quoting import QuotingWords
from kindregards.ports import Source

WORDS = QuotingWords.load("")


def parse(raw: bytes, folder: str, flags: frozenset[str]) -> Message:
    """The real parser, without any word lists."""
    return parse_mail(raw, folder=folder, flags=flags, quoting=WORDS)


def mail(number: int) -> bytes:
    """A small mail."""
    return (
        f"From: Ana <ana@example.com>\nTo: robin@example.org\nMessage-ID: <{number}@example.com>\n"
        f"References: <a{number}@example.com>\nIn-Reply-To: <b{number}@example.com>\n"
        f"Date: Mon, 0{number} Mar 2026 09:00:00 +0100\nSubject: Hello\n\nHello {number}.\n"
    ).encode()


def make_mbox(path: Path) -> Path:
    """An mbox of three mails."""
    path = path / "mail.mbox"
    path.write_bytes(b"".join(b"From a@example.com Mon Mar  2 09:00:00 2026\n" + mail(n) + b"\n" for n in (1, 2, 3)))
    return path


def make_maildir(path: Path) -> Path:
    """A Maildir of three mails."""
    for place in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (path / place).mkdir(parents=True)
    (path / "new" / "1.a").write_bytes(mail(1))
    (path / "cur" / "2.a:2,S").write_bytes(mail(2))
    (path / ".Sent" / "cur" / "3.a:2,S").write_bytes(mail(3))
    return path


def make_eml(path: Path) -> Path:
    """A folder of three mails."""
    (path / "sub").mkdir()
    for name, number in (("1.eml", 1), ("2.EML", 2), ("sub/3.eml", 3)):
        (path / name).write_bytes(mail(number))
    return path


def tables() -> dict[str, str]:
    """The tables of an export of three messages."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ("CONVERSATION ID", "FROM", "SENDER PROFILE URL", "TO", "DATE", "CONTENT"),
            ("2-a", "Ana", "https://www.linkedin.example/in/ana", "Robin Vale", "2026-03-01 09:00:00 UTC", "Hello"),
            ("2-a", "Robin Vale", "https://www.linkedin.example/in/rv", "Ana", "2026-03-02 09:00:00 UTC", "Hello"),
            ("2-b", "Ben", "https://www.linkedin.example/in/ben", "Robin Vale", "2026-03-03 09:00:00 UTC", "Hello"),
        ]
    )
    return {"messages.csv": out.getvalue(), "Profile.csv": "First Name,Last Name\nRobin,Vale\n"}


def make_export(path: Path) -> Path:
    """An unpacked export."""
    for name, content in tables().items():
        (path / name).write_text(content)
    return path


def make_zip(path: Path) -> Path:
    """A zipped export."""
    path = path / "export.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name, content in tables().items():
            target.writestr(name, content)
    return path


SOURCES: dict[str, tuple[Callable[[Path], Path], type]] = {
    "mbox": (make_mbox, Mbox),
    "maildir": (make_maildir, Maildir),
    "eml": (make_eml, EmlFiles),
    "export": (make_export, LinkedInExport),
    "zip": (make_zip, LinkedInExport),
}


@pytest.fixture(params=SOURCES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, type]:
    """One source of each kind: its path and class."""
    make, kind = SOURCES[request.param]
    return make(tmp_path), kind


def state(path: Path) -> dict[str, tuple[str, int]]:
    """Contents and times of all files at a path."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return {str(each): (hashlib.sha256(each.read_bytes()).hexdigest(), each.stat().st_mtime_ns) for each in files}


class TestContract:
    """What every source promises (`ports.Source`); each has three messages here."""

    def test_recognised(self, made: tuple[Path, type]) -> None:
        """A path is opened as the kind of source that it is."""
        path, kind = made
        assert type(open_source(path, parse)) is kind

    def test_named_after_path(self, made: tuple[Path, type]) -> None:
        """A source is called by the path the user gave."""
        path, _ = made
        source: Source = open_source(path, parse)
        assert source.name == str(path)

    def test_every_message_once(self, made: tuple[Path, type]) -> None:
        """Every message comes, each with a key of its own."""
        keys = [entry.load().key for entry in open_source(made[0], parse).entries()]
        assert len(keys) == len(set(keys)) == 3

    def test_envelope_agrees(self, made: tuple[Path, type]) -> None:
        """The envelope tells the same as the message that is loaded afterwards."""
        for entry in open_source(made[0], parse).entries():
            message = entry.load()
            assert entry.envelope.message_id == message.message_id
            assert set(entry.envelope.references) == {*message.references, *message.in_reply_to}
            assert entry.envelope.thread_id == message.thread_id
            assert entry.envelope.date == message.date
            assert message.date is not None

    def test_twice_the_same(self, made: tuple[Path, type]) -> None:
        """Reading again, in whatever order the entries are loaded, gives the same."""
        source = open_source(made[0], parse)
        entries = list(source.entries())
        backwards = [entry.load() for entry in reversed(entries)]
        assert backwards[::-1] == [entry.load() for entry in source.entries()]

    def test_never_changed(self, made: tuple[Path, type]) -> None:
        """Nothing in the source is changed, made or removed by reading it."""
        before = state(made[0])
        for entry in open_source(made[0], parse).entries():
            entry.load()
        assert state(made[0]) == before


class TestOtherPaths:
    """What else a user may name."""

    def test_single_message(self, tmp_path: Path) -> None:
        """A file that begins with header fields is a message, also without its suffix."""
        for name in ("a.eml", "1699.host"):
            (tmp_path / name).write_bytes(mail(1))
            assert type(open_source(tmp_path / name, parse)) is EmlFiles

    def test_apple_mailbox(self, tmp_path: Path) -> None:
        """A folder NAME.mbox with a file mbox in it is that mailbox, called NAME."""
        folder = tmp_path / "Sent.mbox"
        folder.mkdir()
        make_mbox(folder).rename(folder / "mbox")
        assert next(open_source(folder, parse).entries()).load().folder == "Sent"

    def test_zip_in_a_folder_of_its_own(self, tmp_path: Path) -> None:
        """An export that was unpacked and zipped again, one folder deeper, is one still."""
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as target:
            for name, content in tables().items():
                target.writestr("export/" + name, content)
        assert len(list(open_source(path, parse).entries())) == 3

    def test_owner_is_passed_on(self, tmp_path: Path) -> None:
        """The owner's name reaches an export that does not tell it."""
        (tmp_path / "messages.csv").write_text(tables()["messages.csv"])
        loaded = [entry.load() for entry in open_source(tmp_path, parse, owner="Robin Vale").entries()]
        assert [message.outgoing for message in loaded] == [False, True, False]

    @pytest.mark.parametrize(
        ("name", "content", "say"),
        [
            ("a.pst", b"!BDN....", "Outlook data file"),
            ("a.msg", b"\xd0\xcf\x11\xe0....", "save the message as .eml"),
            ("a.mbox.gz", b"\x1f\x8b....", "unpack it first"),
            ("a.pdf", b"%PDF-1.7", "a PDF document"),
            ("messages.csv", b"CONVERSATION ID,FROM\n", "name the folder or the .zip"),
            ("notes.txt", b"Dear diary\n", "neither a mailbox nor an export"),
            ("a.bin", bytes(range(256)), "neither a mailbox nor an export"),
            ("a.zip", b"PK\x03\x04....", "not a whole zip archive"),
        ],
    )
    def test_refused_files(self, tmp_path: Path, name: str, content: bytes, say: str) -> None:
        """What is no source is refused with one line that says what it looks like."""
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(SourceError) as caught:
            open_source(path, parse)
        assert say in str(caught.value)
        assert str(caught.value).startswith(f"{path}: ")
        assert "\n" not in str(caught.value)

    def test_other_zip(self, tmp_path: Path) -> None:
        """A zip archive of something else is refused."""
        path = tmp_path / "a.zip"
        with zipfile.ZipFile(path, "w") as target:
            target.writestr("photo.jpg", b"x")
        with pytest.raises(SourceError, match=r"without messages\.csv"):
            open_source(path, parse)

    def test_empty_folder(self, tmp_path: Path) -> None:
        """A folder without mail is refused."""
        with pytest.raises(SourceError, match="without mail"):
            open_source(tmp_path, parse)

    def test_folder_of_mailboxes(self, tmp_path: Path) -> None:
        """A folder of mailboxes is refused with the name of one."""
        path = make_mbox(tmp_path)
        with pytest.raises(SourceError, match=f"one by one, such as {path}"):
            open_source(tmp_path, parse)

    def test_absent(self, tmp_path: Path) -> None:
        """A path that is not there is told as such."""
        with pytest.raises(SourceError, match="no such file or folder"):
            open_source(tmp_path / "none", parse)

    def test_empty_file(self, tmp_path: Path) -> None:
        """An empty file is an empty mailbox, which is told when it is read."""
        (tmp_path / "a").touch()
        with pytest.raises(SourceError, match="the mailbox is empty"):
            list(open_source(tmp_path / "a", parse).entries())
