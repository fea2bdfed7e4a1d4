"""Whatever goes wrong: one clear line on standard error, exit code 0, 1 or 2 (DESIGN §6), nothing lost, no traceback."""

import io
import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import kindregards

from .conftest import OWNER, House, Ran, mail, mbox, one_line, outcome, stranger

#: Enough conversations to be interrupted in the middle.
MANY = 300
ROOT = os.geteuid() == 0
MEGABYTE = 1 << 20


def zipped(**files: str) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_csv", ".csv"), text)
    return stream.getvalue()


def locked(raw: bytes) -> bytes:
    """The same archive with the mark of encryption on every entry (APPNOTE §4.4.4)."""
    for begin, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = raw.index(begin) + flags
        raw = raw[:place] + b"\x01" + raw[place + 1 :]
    return raw


CHATS = "CONVERSATION ID;FROM;TO;DATE;SUBJECT;CONTENT;FOLDER\n1;Zoë Feld;Alex Moreau;18.11.2026 14:03;;{text};INBOX\n"
OFFER = "My agency offers translation services. May I send you our prices?"

Make = Callable[[House], Path]

#: What is no mailbox, and words that the line about it must hold.
NO_SOURCES: dict[str, tuple[Make, str]] = {
    "a text": (lambda h: h.put("notes.txt", "Dear diary\n"), "neither a mailbox nor an export"),
    "an empty file": (lambda h: h.put("empty.mbox", ""), "empty"),
    "a folder without mail": (lambda h: h.put("docs/readme.txt", "hello").parent, "without mail"),
    "a folder of mailboxes": (lambda h: h.put("Mail/in.mbox", mbox(mail())).parent, "one by one"),
    "nothing": (lambda h: h.home / "absent.mbox", "no such file"),
    "some zip": (lambda h: h.put("a.zip", zipped(readme="hello")), "zip archive without messages.csv"),
    "a cut zip": (lambda h: h.put("a.zip", zipped(messages_csv=CHATS)[:90]), "download it again"),
    "a locked zip": (lambda h: h.put("a.zip", locked(zipped(messages_csv=CHATS))), "password"),
    "a single table": (lambda h: h.put("messages.csv", CHATS), "name the folder"),
    "a table without columns": (lambda h: h.put("x/messages.csv", "A,B\n1,2\n3,4\n").parent, "lacks the column"),
    "a table of another character set": (
        lambda h: h.put("x/messages.csv", CHATS.format(text="für").encode("cp1252")).parent,
        "not in UTF-8",
    ),
    "an Outlook file": (lambda h: h.put("o.pst", b"!BDN" + bytes(600)), "Outlook"),
    "a program": (lambda h: h.put("x", Path(sys.executable).read_bytes()[:9000]), "neither a mailbox nor an export"),
}


@pytest.mark.parametrize("kind", NO_SOURCES)
def test_what_is_no_mailbox_is_named_and_the_rest_is_done(house: House, kind: str) -> None:
    """A source that cannot be read is named in one line that says what to do, exit code 1; the others are done."""
    make, words = NO_SOURCES[kind]
    path, good = make(house), house.put("good/in.mbox", mbox(mail()))
    ran = house.run("triage", "--json", path, good)
    assert (ran.code, len(ran.objects)) == (1, 1)
    one_line(ran, str(path), words)
    assert house.run("triage", path).code == 1


def test_a_table_of_another_locale_is_read(house: House) -> None:
    """An export that a spreadsheet saved again, with semicolons and days first, is read."""
    path = house.put("x/messages.csv", CHATS.format(text=OFFER)).parent
    (found,) = house.triage(path)
    assert (found["from"]["name"], found["action"]) == ("Zoë Feld", "decline")


def test_a_cut_mailbox_is_read_to_its_end(house: House) -> None:
    """Of an mbox file that was cut in the middle of a message nothing before the cut is lost."""
    whole = mbox(stranger(1), stranger(2), stranger(3))
    for cut in (1, 200, len(whole) // 3 + 20):
        found = house.triage("--dry-run", house.put("in.mbox", whole[:-cut]))
        assert {"<1@feld-1.example>"} <= {each["conversation"] for each in found}
        assert len(found) >= 2


#: Runs what follows as a child of a small process, which tells the child's peak: told by the tests themselves it would
#: begin with their own size.
METER = """
child = os.fork()
if child:
    _, status, usage = os.wait4(child, 0)
    sys.stderr.write(f"peak {usage.ru_maxrss}")
    sys.stderr.flush()
    os._exit(os.waitstatus_to_exitcode(status))
"""


def test_an_attachment_of_a_gigabyte_takes_no_memory(house: House) -> None:
    """A mail of 1 GB is held with the reason, its neighbours are done, and memory stays below 400 MB."""
    huge = mail("see attached", number=9).replace(b"text/plain", b"application/octet-stream")
    box = house.put("in.mbox", mbox(mail()) + mbox(huge)[:-2])
    with box.open("r+b") as file:
        file.truncate(box.stat().st_size + 1024 * MEGABYTE)  # sparse: zeros that take no room on the disk
        file.seek(0, 2)
        file.write(b"\n\n" + mbox(stranger(3)))
    with house.spawn("triage", "--json", box, first=METER) as child:
        out, told = (stream.decode() for stream in child.communicate(timeout=120))
    most = int(told.rpartition("peak ")[2])
    found = {each["message_id"]: each for each in map(json.loads, out.splitlines())}
    assert (child.returncode, len(found)) == (0, 3)
    assert found["<9@feld-translations.example>"]["action"] == "hold"
    assert "25 MB" in found["<9@feld-translations.example>"]["reasons"][0]
    assert 20 * 1024 < most < 400 * 1024  # kB


PROFILES = {
    "no TOML": ("[owner\nname = 1", "not valid TOML"),
    "no owner": ("x = 1", "no [owner] table"),
    "an unknown key": (OWNER.replace("headline", "hedline"), "unknown key 'hedline'"),
    "a wrong type": (OWNER.replace('["fr", "en"]', '"fr"'), "'languages' must be a list"),
    "a number for a name": (OWNER.replace('"Alex Moreau"', "7"), "'name' must be a text"),
    "no language tag": (OWNER.replace('"fr", "en"', '"French"'), "'French' in 'languages' is not a language tag"),
    "no time zone": (OWNER.replace("Europe/Paris", "Paris time"), "'Paris time' in 'timezone'"),
    "no address": (OWNER.replace("alex.moreau@example.org", "alex"), "'alex' in 'addresses' is not a mail address"),
    "no year": (OWNER.replace("from = 2014", 'from = "2014"'), "must be a year"),
    "no UTF-8": (OWNER.replace("Alex", "Zoë").encode("latin-1"), "not UTF-8"),
    "nothing": ("", "no [owner] table"),
}


@pytest.mark.parametrize("kind", PROFILES)
def test_a_wrong_profile_is_named_with_what_to_change(house: House, kind: str) -> None:
    """A profile that cannot be used ends the run with exit code 2 before anything is read or written."""
    content, words = PROFILES[kind]
    path, box = house.put("my.toml", content), house.put("in.mbox", mbox(mail()))
    before = house.files()
    for command in (("triage", box), ("log",), ("show", "Nora")):
        ran = house.run(*command, "--profile", path)
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, str(path), words)
    assert house.files() == before


def test_a_missing_profile_says_how_to_make_one(bare: House) -> None:
    """Without a profile the line names the place that was looked at and the command that makes one."""
    ran = bare.run("triage", bare.put("in.mbox", mbox(mail())))
    assert ran.code == 2
    one_line(ran, str(bare.profile), "kindregards init")
    assert bare.run("triage", bare.home / "in.mbox", "--profile", bare.home).code == 2


def test_a_profile_with_a_byte_order_mark_is_read(house: House) -> None:
    """A profile that an editor saved with a byte order mark is the same profile."""
    house.put(".config/kindregards/profile.toml", b"\xef\xbb\xbf" + OWNER.encode())
    assert len(house.triage(house.put("in.mbox", mbox(mail())))) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["triage"], "Missing argument"),
        (["triage", "x", "--foo"], "--foo"),
        (["triage", "x", "--profile"], "--profile"),
        (["log", "--limit", "0"], "--limit"),
        (["show"], "Missing argument"),
        (["--foo"], "--foo"),
    ],
)
def test_wrong_usage_is_one_line(house: House, arguments: list[str], words: str) -> None:
    """A wrong command line is told in one line that names the help, exit code 2."""
    ran = house.run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    one_line(ran, words, "--help")


def test_an_address_that_no_reply_can_carry_stops_nothing(house: House) -> None:
    """A sender whose address is legal but not plain gets no file; the line says so, and the others get theirs."""
    odd = mail(number=1).replace(b"<nora@", b'<"nora feld"@')
    ran = house.run("triage", house.put("in.mbox", mbox(odd, stranger(2))), "--out", house.home / "drafts")
    assert ran.code == 0
    assert len(list((house.home / "drafts").iterdir())) == 1
    assert "Traceback" not in ran.err


# Processes: interrupted, with nobody reading, on a full disk, without the right to


@pytest.fixture
def many(house: House) -> Path:
    """A mailbox that takes a while."""
    return house.put("many.mbox", mbox(*map(stranger, range(MANY))))


def kept(ledger: Path) -> set[str]:
    """The conversations in a ledger, which must be sound."""
    with closing(sqlite3.connect(ledger)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return {row[0] for row in connection.execute("SELECT id FROM conversations")}


def test_ctrl_c_loses_nothing_and_a_second_run_goes_on(house: House, many: Path) -> None:
    """What was printed before Ctrl-C is kept, and after another run all is as if nothing had happened."""
    with house.spawn("triage", "--json", many) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        printed = [json.loads(child.stdout.readline()) for _ in range(110)]
        child.send_signal(signal.SIGINT)
        printed += map(json.loads, child.stdout.read().splitlines())
        err = child.stderr.read().decode()
    assert child.returncode == 130
    one_line(Ran(code=130, out="", err=err), "interrupted", "run the same command again")
    assert len(printed) < MANY
    assert {each["conversation"] for each in printed} <= kept(house.ledger)
    whole = house.triage("--ledger", house.home / "undisturbed.db", many)
    assert outcome(house.triage(many)) == outcome(whole)
    assert kept(house.ledger) == kept(house.home / "undisturbed.db")


def test_a_reader_who_stops_reading_is_no_error(house: House, many: Path) -> None:
    """Piped into head -1 the command ends quietly with exit code 0, and what it decided is kept."""
    for arguments in (["triage", "--json", many], ["demo"]):
        with house.spawn(*arguments) as child:
            assert child.stdout is not None
            assert child.stderr is not None
            first = child.stdout.readline()
            child.stdout.close()
            err = child.stderr.read().decode()
        assert child.returncode == 0
        assert "kindregards: " not in err
        assert "Error" not in err
        assert first.strip()
    assert kept(house.ledger)


def test_output_that_cannot_be_written_is_told(house: House) -> None:
    """With standard output on a full disk the line says so, exit code 2, and the ledger has what was decided."""
    box = house.put("in.mbox", mbox(mail()))
    for arguments in (["triage", "--json", box], ["triage", box]):
        with Path("/dev/full").open("wb") as full, house.spawn(*arguments, stdout=full) as child:
            _, err = child.communicate()
        assert child.returncode == 2
        one_line(Ran(code=2, out="", err=err.decode()), "No space left on device")
    assert len(kept(house.ledger)) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A disk of a given size, which can be made larger by asking again; only root can mount one."""
    if not ROOT:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = []

    def make(size: str) -> Path:
        options = f"size={size}" + (",remount" if mounted else "")
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "kr", folder], capture_output=True, check=False)
        if done.returncode:
            why = f"root may not mount here: {done.stderr.decode().strip()}"
            pytest.fail(why) if os.environ.get("CI") else pytest.skip(why)
        mounted.append(size)
        return folder

    yield make
    if mounted:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("size", ["4k", "320k"])
def test_a_full_disk_for_the_ledger_loses_nothing(
    house: House, many: Path, small_disk: Callable[[str], Path], size: str
) -> None:
    """On a full disk the ledger says so in one line, exit code 2; with room again a second run completes it."""
    ledger = small_disk(size) / "ledger.db"
    ran = house.run("triage", "--json", many, "--ledger", ledger)
    assert ran.code == 2
    one_line(ran, str(ledger), "full" if size != "4k" else "")
    small_disk("8m")
    assert len(house.triage(many, "--ledger", ledger)) == MANY
    assert len(kept(ledger)) == MANY


def test_a_full_disk_for_drafts_leaves_no_half_written_draft(
    house: House, many: Path, small_disk: Callable[[str], Path]
) -> None:
    """On a full disk the drafts that are there are whole; with room again a second run writes the others."""
    drafts = small_disk("100k") / "drafts"
    ran = house.run("triage", "--json", many, "--out", drafts)
    assert ran.code == 2
    one_line(ran, str(drafts), "No space left on device", "run it again")
    some = list(drafts.iterdir())
    assert 0 < len(some) < MANY
    assert all(path.suffix == ".eml" and path.read_bytes().endswith(b"Alex Moreau\r\n") for path in some)
    small_disk("8m")
    found = house.triage(many, "--out", drafts)
    assert len(list(drafts.iterdir())) == sum(bool(each["reply"]) for each in found) > len(some)


#: Gives up root's right to read and write whatever it likes (capabilities(7), prctl(2)); of effect after the next exec.
GIVE_UP = """
import ctypes
for capability in (CAP_DAC_OVERRIDE := 1, CAP_DAC_READ_SEARCH := 2):
    if ctypes.CDLL(None).prctl(PR_CAPBSET_DROP := 24, capability, 0, 0, 0):
        sys.exit("capabilities cannot be dropped here")
"""


def as_guest(house: House, *arguments: str | Path) -> Ran:
    """Run the command without root's rights."""
    return house.process(*arguments, first=GIVE_UP if ROOT else "")


def test_without_the_right_to_write_or_read_the_line_says_where(house: House) -> None:
    """Ledger, drafts and profile that may not be touched end in exit code 2, a mailbox in 1; each is named."""
    box, secret = house.put("in.mbox", mbox(mail())), house.put("secret.mbox", mbox(mail()))
    hidden, closed = house.put("hidden.toml", OWNER), house.put("closed/x", "").parent
    resume = house.put("r.json", '{"basics": {"name": "Alex", "email": "a@example.org"}}')
    for path, mode in ((closed, 0o555), (secret, 0), (hidden, 0)):
        path.chmod(mode)
    tries: list[tuple[int, Path, str, tuple[str | Path, ...]]] = [
        (2, closed / "l.db", "you may not write there", ("triage", box, "--ledger", closed / "l.db")),
        (2, closed / "drafts", "Permission denied", ("triage", "--json", box, "--out", closed / "drafts")),
        (1, secret, "Permission denied", ("triage", "--json", "--dry-run", secret, box)),
        (2, hidden, "Permission denied", ("triage", box, "--profile", hidden)),
        (
            2,
            closed / "p.toml",
            "Permission denied",
            ("init", "-y", "--json-resume", resume, "--output", closed / "p.toml"),
        ),
    ]
    for code, path, words, arguments in tries:
        ran = as_guest(house, *arguments)
        assert ran.code == code, ran
        one_line(ran, str(path), words)
    assert len(kept(house.ledger)) == 1  # what could not be written as a file is kept all the same
    closed.chmod(0o755)


# Terminals


def on_terminal(house: House, arguments: list[str], **options: object) -> tuple[int, str]:
    """Run a Python command with standard output and error on a terminal; give its exit code and what it showed."""
    leader, follower = pty.openpty()
    env = {"HOME": str(house.home), "TERM": "xterm-256color", "COLUMNS": "80", "PATH": os.defpath}
    env["PYTHONPATH"] = str(Path(kindregards.__file__).parents[1])
    env |= {key: str(value) for key, value in options.items()}
    child = subprocess.Popen([sys.executable, *arguments], stdout=follower, stderr=follower, stdin=follower, env=env)
    os.close(follower)
    shown, end = b"", time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([leader], [], [], 0.2)[0]:
            try:
                shown += os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
        elif child.poll() is not None:
            break
    os.close(leader)
    return child.wait(timeout=10), shown.decode(errors="replace")


#: The command with the bar shown at once.
IMPATIENT = (
    "import kindregards.cli.triage as t; t.PATIENCE = 0.0; from kindregards.__main__ import main; main({arguments})"
)


def test_a_progress_bar_is_for_terminals_only(house: House) -> None:
    """A bar with its rate is shown on a terminal and taken away; a file or pipe gets none."""
    box = house.put("in.mbox", mbox(*map(stranger, range(60))))
    script = IMPATIENT.format(arguments=["triage", "--dry-run", str(box)])
    code, shown = on_terminal(house, ["-c", script])
    assert code == 0
    assert "messages/s" in shown
    assert "60 conversations for Alex Moreau" in shown
    piped = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "messages/s" not in piped.stdout + piped.stderr


def test_no_color_is_respected(house: House) -> None:
    """On a terminal there is colour, with NO_COLOR there is none; in a pipe there are no escape sequences at all."""
    box = house.put("in.mbox", mbox(mail()))
    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7])(?:;\d+)*m")
    arguments = ["-m", "kindregards", "triage", "--dry-run", str(box)]
    assert colour.search(on_terminal(house, arguments)[1])
    assert not colour.search(on_terminal(house, arguments, NO_COLOR=1)[1])
    ran = house.run("triage", "--dry-run", box)
    assert "\x1b" not in ran.out + ran.err
