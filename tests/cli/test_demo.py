"""`kindregards demo` and the help: what somebody sees who has never heard of any of it."""

import re

import pytest

from kindregards import __version__

from .conftest import House, mail, mbox


def test_the_demo_needs_nothing_and_leaves_nothing(bare: House) -> None:
    """Without profile, mailbox or ledger the demo shows decisions and whole drafts, and makes no file."""
    ran = bare.run("demo")
    assert (ran.code, ran.err) == (0, "")
    assert "Independent strategist in Lyon" in ran.out
    assert "nothing sent" in ran.out
    assert "kindregards init" in ran.out
    assert len(re.findall(r"╭─ to .* · [a-z-]+ · [a-z]{2} ", ran.out)) >= 8
    assert ran.out.count("weeks old") < 5  # it is looked at a few days after its last mail, whatever the day is
    assert bare.files() == {}


def test_the_demo_does_not_look_at_what_is_the_owners(house: House) -> None:
    """A profile and a ledger of the owner's change nothing in the demo and are not changed by it."""
    shown = house.run("demo").out
    house.triage(house.put("in.mbox", mbox(mail())))
    before = house.files()
    assert house.run("demo").out == shown
    assert house.files() == before


@pytest.mark.parametrize("command", ["", "init", "triage", "log", "show", "learn", "demo"])
def test_help_is_for_people(bare: House, command: str) -> None:
    """Every command's help fits 80 columns, says what it does, and its options name no programmer's types."""
    ran = bare.run(*filter(None, [command, "--help"]))
    assert (ran.code, ran.err) == (0, "")
    assert "Usage: kindregards" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    options = [
        line for line in ran.out.splitlines() if " --" in line and not re.search("--help|completion|--version", line)
    ]
    assert not re.search(r"<\w+", "\n".join(options))


def test_triage_help_answers_the_first_questions(bare: House) -> None:
    """Is something sent, is my mail changed, what may be read, where do the drafts go: the help says it."""
    help_text = " ".join(re.sub("[│╭╮╰╯─]", " ", bare.run("triage", "--help").out).split())
    for words in ("Nothing is ever sent", "mbox", "Maildir", ".eml", "LinkedIn", "FOLDER", "--dry-run"):
        assert words in help_text


def test_the_command_alone_shows_its_help(bare: House) -> None:
    """Called without anything it shows the verbs, and no error."""
    ran = bare.run()
    assert ran.err == ""
    assert "triage" in ran.out


def test_the_version_is_told(bare: House) -> None:
    """--version names the version and leaves."""
    ran = bare.process("--version")
    assert (ran.code, ran.out) == (0, f"kindregards {__version__}\n")
