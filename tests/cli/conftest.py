"""A house of its own for every test of the command line: a home folder, mailboxes, and ways to run the command."""

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from kindregards.__main__ import run
from kindregards.adapters import resources

FIRST = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PITCH = (
    "Dear Mr Moreau,\n\nI run a small translation agency with eleven translators. We translate contracts, reports and\n"
    "brochures from French into English and German, and we would be glad to offer you our translation services.\n"
    "May I send you our prices?\n\nKind regards,\nNora Feld"
)
OWNER = resources.text("demo", "profile.toml")
#: Starts the command with Ctrl-C switched on, which is off for what is started in the background. Not `preexec_fn`:
#: Python warns of it where there are threads.
START = (
    "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL)\n{first}\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'kindregards', *sys.argv[1:]])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a run of the command left behind."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """Standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def mail(text: str = PITCH, **fields: Any) -> bytes:
    """One mail to the owner; `number` makes ids and dates differ, other fields are header fields with underscores."""
    number = fields.pop("number", 0)
    message = EmailMessage()
    names = {
        "From": "Nora Feld <nora@feld-translations.example>",
        "To": "Alex Moreau <alex.moreau@example.org>",
        "Subject": "Translation services",
        "Date": format_datetime(FIRST + timedelta(minutes=number)),
        "Message-ID": f"<{number}@feld-translations.example>",
    }
    names |= {name.replace("_", "-"): value for name, value in fields.items()}
    for name, value in names.items():
        if value is not None:
            message[name] = value
    message.set_content(text)
    return message.as_bytes()


def stranger(number: int) -> bytes:
    """A pitch of somebody of their own."""
    return mail(
        number=number,
        From=f"Nora{number} Feld <nora{number}@feld-{number}.example>",
        Message_ID=f"<{number}@feld-{number}.example>",
    )


def mbox(*mails: bytes) -> bytes:
    """Mails as an mbox file holds them."""
    return b"".join(b"From x@mail.example Fri Nov 20 09:00:00 2026\n" + raw.rstrip(b"\n") + b"\n\n" for raw in mails)


@dataclass(frozen=True, slots=True)
class House:
    """A home folder with the demo owner's profile in it, and the command."""

    home: Path

    @property
    def profile(self) -> Path:
        """Where the profile is looked for."""
        return self.home / ".config" / "kindregards" / "profile.toml"

    @property
    def ledger(self) -> Path:
        """Where the ledger is kept."""
        return self.home / ".local" / "share" / "kindregards" / "ledger.db"

    def put(self, name: str, content: bytes | str) -> Path:
        """Write a file somewhere in the house."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Every file in the house with its bytes and the moment it was changed."""
        paths = (path for path in sorted(self.home.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.home)): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}

    def run(self, *arguments: str | Path, stdin: str = "") -> Ran:
        """Run the command in this process."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        before, sys.stdin = sys.stdin, io.StringIO(stdin)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = run([str(argument) for argument in arguments])
        finally:
            sys.stdin = before
        texts = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
        return Ran(code=code, out=texts[0], err=texts[1])

    def triage(self, *arguments: str | Path) -> list[dict[str, Any]]:
        """Run triage --json, which must go well, and give what it printed."""
        ran = self.run("triage", "--json", *arguments)
        assert (ran.code, ran.err) == (0, "")
        return ran.objects

    def spawn(self, *arguments: str | Path, first: str = "", **options: Any) -> subprocess.Popen[bytes]:
        """Start the command as a process of its own; `first` is Python that runs in it before."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, "-S", "-c", START.format(first=first), *map(str, arguments)]
        return subprocess.Popen(command, **(pipes | options))

    def process(self, *arguments: str | Path, **options: Any) -> Ran:
        """Run the command as a process of its own to its end."""
        with self.spawn(*arguments, **options) as child:
            out, err = child.communicate(timeout=60)
        return Ran(code=child.returncode, out=out.decode(), err=err.decode())


def one_line(ran: Ran, *words: str) -> str:
    """The only line on standard error, which is clear, complete and no traceback."""
    lines = ran.err.splitlines()
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("kindregards: ")
    assert "Traceback" not in lines[0]
    for word in words:
        assert word in lines[0]
    return lines[0]


def outcome(objects: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Which conversations there are and what was decided about each."""
    return sorted((each["conversation"], each["action"]) for each in objects)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """An empty house: a home folder and nothing in it."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    return House(tmp_path)


@pytest.fixture
def house(bare: House) -> House:
    """A house with the profile of the demo's owner in its place."""
    bare.put(".config/kindregards/profile.toml", OWNER)
    return bare
