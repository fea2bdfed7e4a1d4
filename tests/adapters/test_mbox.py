"""An mbox is indexed in one pass and read message by message, whatever is in it."""

import mailbox
import os
import tracemalloc
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kindregards.adapters import mbox as adapter
from kindregards.adapters.mbox import Mbox, flags
from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Message

SEPARATOR = b"From ana@example.com Mon Mar  2 09:00:00 2026\n"


def parse(raw: bytes, folder: str, marks: frozenset[str]) -> Message:
    """Keep what the adapter hands over, so that it can be looked at."""
    return Message(key="", body=raw.decode("utf-8", "surrogateescape"), folder=folder, flags=marks)


def mail(number: int, body: str = "Hello.\n") -> bytes:
    """A small mail."""
    return (
        f"From: Ana <ana@example.com>\nMessage-ID: <{number}@example.com>\n"
        f"Date: Mon, 02 Mar 2026 09:00:00 +0100\nSubject: {number}\n\n{body}"
    ).encode()


def box(path: Path, *mails: bytes) -> Mbox:
    """Write mails into an mbox."""
    path.write_bytes(b"".join(SEPARATOR + each + b"\n" for each in mails))
    return Mbox(path, parse)


def bodies(source: Mbox) -> list[str]:
    """What the parser is given for every message."""
    return [entry.load().body.rstrip("\n") for entry in source.entries()]


def test_messages_in_order(tmp_path: Path) -> None:
    """Every message comes once, in the order of the file, with its envelope."""
    source = box(tmp_path / "Inbox.mbox", mail(1), mail(2), mail(3))
    assert [entry.envelope.message_id for entry in source.entries()] == [f"<{n}@example.com>" for n in (1, 2, 3)]
    assert bodies(source) == [mail(n).decode().rstrip("\n") for n in (1, 2, 3)]


def test_folder_is_the_files_name(tmp_path: Path) -> None:
    """Messages lie in a folder that is called like the file."""
    assert next(box(tmp_path / "Junk.mbox", mail(1)).entries()).load().folder == "Junk"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_block_borders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: bytes) -> None:
    """Wherever the blocks of reading begin, inside a separator or beside one, makes no difference."""
    source = box(tmp_path / "a", *(mail(n, "x" * (n * 37 % 400) + "\n") for n in range(60)))
    source.path.write_bytes(source.path.read_bytes().replace(b"\n", ending))
    places = [entry.offset for entry in source.entries()]
    assert len(places) == 60
    for block in range(4097, 4097 + 500):
        monkeypatch.setattr(adapter, "BLOCK", block)
        assert [entry.offset for entry in source.entries()] == places


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("F>rom \n.ä:", max_size=60), min_size=1, max_size=6), st.integers(4097, 4200))
def test_what_python_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], block: int
) -> None:
    """Whatever body the standard library files into an mbox comes back, one message each."""
    path = tmp_path_factory.mktemp("mbox") / "a.mbox"
    library = mailbox.mbox(path)
    for number, text in enumerate(texts):
        message = EmailMessage()
        message["Message-ID"] = f"<{number}@example.com>"
        message.set_content(text + "\n", cte="8bit")
        library.add(message)
    library.close()
    before = adapter.BLOCK
    adapter.BLOCK = block
    try:
        found = list(Mbox(path, parse).entries())
    finally:
        adapter.BLOCK = before
    assert [entry.envelope.message_id for entry in found] == [f"<{n}@example.com>" for n in range(len(texts))]


def test_quoted_from(tmp_path: Path) -> None:
    """A quoted "From " at the start of a line loses one mark (mboxrd), and only there."""
    found = bodies(box(tmp_path / "a", mail(1, ">From here on\n>>From there\nsay >From\n")))
    assert found[0].endswith("\nFrom here on\n>From there\nsay >From")


def test_unquoted_prose(tmp_path: Path) -> None:
    """A paragraph that begins with "From " and was left unquoted does not cut the message in two."""
    source = box(tmp_path / "a", mail(1, "Dear Robin,\n\nFrom our side everything is ready.\n"), mail(2))
    assert len(bodies(source)) == 2


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Mon Mar  2 09:00:00 2026\n",
        b"From 1725309480123456789@xxx Mon Mar 02 08:00:00 +0000 2026\n",
        b"From MAILER-DAEMON Mon Mar  2 09:00 2026\n",
        b"From nobody\n",
        b'From "Ana Lopes"@example.com  Mon Mar  2 09:00:00 2026 remote from host\r\n',
    ],
)
def test_separators(tmp_path: Path, separator: bytes) -> None:
    """Separators of other programs are known by their time, or by the header field below."""
    path = tmp_path / "a"
    path.write_bytes(SEPARATOR + mail(1) + b"\n" + separator + mail(2) + b"\n" + separator + mail(3))
    assert len(bodies(Mbox(path, parse))) == 3


def test_no_separator_without_empty_line(tmp_path: Path) -> None:
    """A separator in the middle of a paragraph is text."""
    source = box(tmp_path / "a", mail(1, "text\n" + SEPARATOR.decode() + "more\n"))
    assert len(bodies(source)) == 1


def test_crlf(tmp_path: Path) -> None:
    """Lines may end in CR LF."""
    path = tmp_path / "a"
    path.write_bytes(b"".join(SEPARATOR + mail(n) + b"\n" for n in (1, 2)).replace(b"\n", b"\r\n"))
    source = Mbox(path, parse)
    assert [entry.envelope.message_id for entry in source.entries()] == ["<1@example.com>", "<2@example.com>"]


def test_stacked_separators(tmp_path: Path) -> None:
    """A quoted separator below the first one is no header field."""
    source = box(tmp_path / "a", b">From relay@example.org Mon Mar  2 08:00:00 2026\n" + mail(1))
    assert bodies(source)[0].startswith("From: Ana")


def test_leading_blank_lines(tmp_path: Path) -> None:
    """A byte order mark or empty lines may stand above the first separator."""
    path = tmp_path / "a"
    path.write_bytes(b"\xef\xbb\xbf\n\n" + SEPARATOR + mail(1))
    assert len(bodies(Mbox(path, parse))) == 1


def test_last_message_cut_short(tmp_path: Path) -> None:
    """A last message that is cut short, even inside its header, is still a message."""
    path = tmp_path / "a"
    path.write_bytes(SEPARATOR + mail(1) + b"\n" + SEPARATOR + b"From: Ana <ana@exam")
    assert bodies(Mbox(path, parse))[1] == "From: Ana <ana@exam"


@pytest.mark.parametrize(
    ("content", "say"),
    [
        (b"", "the mailbox is empty"),
        (b"\n \r\n\n", "the mailbox is empty"),
        (b"\0" * 5000, "the mailbox is empty"),
        (bytes(range(256)) * 40, "not a mailbox"),
        (b"Dear diary, From now on ...\n", "not a mailbox"),
        (mail(1), "not a mailbox"),
    ],
)
def test_no_mailbox(tmp_path: Path, content: bytes, say: str) -> None:
    """What is no mailbox is refused with one line that names the file."""
    path = tmp_path / "a"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        list(Mbox(path, parse).entries())
    assert str(caught.value).startswith(f"{path}: {say}")
    assert "\n" not in str(caught.value)


def test_absent(tmp_path: Path) -> None:
    """A file that is not there is told as such."""
    with pytest.raises(SourceError, match="cannot be read"):
        list(Mbox(tmp_path / "none", parse).entries())


def test_too_large(tmp_path: Path) -> None:
    """A message over 25 MB is held without being read, and the others are not touched by it."""
    path = tmp_path / "a"
    with path.open("wb") as stream:
        stream.write(SEPARATOR + mail(1) + b"\n" + SEPARATOR + mail(2))
        stream.seek(30_000_000, os.SEEK_CUR)
        stream.write(b"\n\n" + SEPARATOR + mail(3))
    first, second, third = Mbox(path, parse).entries()
    tracemalloc.start()
    with pytest.raises(HeldMessageError, match="larger than 25 MB"):
        second.load()
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert first.load().body.startswith("From: Ana")
    assert third.envelope.message_id == "<3@example.com>"


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Reading the index of a large mailbox takes a few blocks of memory."""
    path = tmp_path / "a"
    with path.open("wb") as stream:
        for number in range(400):
            stream.write(SEPARATOR + mail(number, "x" * 100_000 + "\n") + b"\n")
    tracemalloc.start()
    assert sum(1 for _ in Mbox(path, parse).entries()) == 400
    assert tracemalloc.get_traced_memory()[1] < 8 * adapter.BLOCK
    tracemalloc.stop()


def test_mailbox_changed(tmp_path: Path) -> None:
    """A message whose place holds something else by now is held, not misread."""
    source = box(tmp_path / "a", mail(1), mail(2))
    last = list(source.entries())[1]
    box(tmp_path / "a", mail(3, "longer than before\n"))
    with pytest.raises(HeldMessageError, match="changed"):
        last.load()


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Status: RO\n", {"\\Seen"}),
        (b"Status: O\nX-Status: AF\n", {"\\Answered", "\\Flagged"}),
        (b"X-Status: DT\n", {"\\Deleted", "\\Draft"}),
        (b"X-Keywords: $KRAnswered work\n", {"$KRAnswered", "work"}),
        (b"X-Mozilla-Status: 000b\n", {"\\Seen", "\\Answered", "\\Deleted"}),
        (b"X-Mozilla-Status: zz\n", set()),
        (b"X-Gmail-Labels: Spam,Unread\n", {"$Junk"}),
        (b"x-gmail-labels: Starred,\n Trash\n", {"\\Flagged", "\\Deleted"}),
        (b"Subject: x\n\nStatus: RO\n", set()),
        (b"Not-Status: RO\n", set()),
    ],
)
def test_flags(header: bytes, expected: set[str]) -> None:
    """Marks of mail programs in the header, and only there, become flags."""
    assert flags(b"From: a@example.com\n" + header + b"\nbody\n") == expected


def test_flags_reach_the_message(tmp_path: Path) -> None:
    """The flags of a message are handed to the parser."""
    source = box(tmp_path / "a", b"Status: RO\nX-Status: A\n" + mail(1))
    assert next(source.entries()).load().flags == {"\\Seen", "\\Answered"}
