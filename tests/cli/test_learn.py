"""`kindregards learn`: what the owner corrects counts at the next triage, for like cases too, and can be taken back.

The messages of themes.jsonl are about three things that the owner's profile does not speak of: students who ask for an
interview, bees, choirs; ten a theme to teach with and ten unseen ones, each theme in three languages and more.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from kindregards.adapters import resources
from kindregards.adapters.ledger import open_ledger
from kindregards.core.intent import Ask
from kindregards.core.lessons import Correction

from .conftest import House, mail, mbox, one_line, stranger

THEMES = [json.loads(line) for line in (Path(__file__).parent / "themes.jsonl").read_text("utf-8").splitlines()]
LIBRARIAN = """[owner]
name = "Karin Lindqvist"
addresses = ["karin.lindqvist@example.org"]
languages = ["en", "sv"]
headline = "Head librarian"
welcomes = ["publishers who show their new books", "talks about libraries"]
declines = ["search engine optimisation", "loans and investments"]
"""
SAME = {"number": 9, "Message_ID": "<9@feld-translations.example>"}


def letter(number: int, row: dict[str, str]) -> bytes:
    """A message of a theme as a mail to the librarian, its conversation named after its number."""
    return mail(
        row["text"],
        number=number,
        From=f"{row['name']} <writer{number}@house{number}.example>",
        To="Karin Lindqvist <karin.lindqvist@example.org>",
        Subject=row["subject"],
        Message_ID=f"<{number}@house{number}.example>",
    )


def chosen(theme: str, part: str) -> list[tuple[int, dict[str, str]]]:
    """The messages of a part of a theme with their numbers."""
    return [(n, row) for n, row in enumerate(THEMES) if (row["theme"], row["part"]) == (theme, part)]


def ids(theme: str, part: str) -> set[str]:
    """The conversations of a part of a theme."""
    return {f"<{n}@house{n}.example>" for n, _ in chosen(theme, part)}


def share(objects: list[dict[str, Any]], conversations: set[str], action: str) -> float:
    """How many of these conversations are answered so."""
    mine = [each["action"] for each in objects if each["conversation"] in conversations]
    assert len(mine) == len(conversations)
    return mine.count(action) / len(mine)


def reasons(objects: list[dict[str, Any]], conversation: str) -> str:
    """The reasons of one conversation in a line."""
    return "; ".join(next(each["reasons"] for each in objects if each["conversation"] == conversation))


@pytest.fixture
def library(bare: House) -> House:
    """The house of a librarian, with all the messages in her mailbox."""
    bare.put(".config/kindregards/profile.toml", LIBRARIAN)
    bare.put("in.mbox", mbox(*(letter(n, row) for n, row in enumerate(THEMES))))
    return bare


@pytest.fixture
def taught(house: House) -> House:
    """A house with one conversation decided."""
    house.triage(house.put("in.mbox", mbox(mail())))
    return house


def learn(house: House, *arguments: str | Path) -> str:
    """Run learn, which must go well; what it said."""
    ran = house.run("learn", *arguments)
    assert ran.code == 0, ran.err
    return ran.out


@pytest.mark.parametrize(
    ("theme", "action", "gain"),
    [("study", "welcome", 0.5), ("bees", "welcome", 0.3), ("choir", "welcome", 0.3), ("bees", "hold", 0.5)],
)
def test_ten_corrections_lift_unseen_like_cases(library: House, theme: str, action: str, gain: float) -> None:
    """Ten conversations of a theme corrected, far more of ten unseen ones are right; of other things none is touched."""
    box = library.home / "in.mbox"
    before = library.triage(box)
    for number, _ in chosen(theme, "taught"):
        learn(library, f"<{number}@house{number}.example>", "--action", action)
    after = library.triage(box)
    right = [share(objects, ids(theme, "unseen"), action) for objects in (before, after)]
    print(f"{theme}, {action}: {right[0]:.2f} of the unseen right before, {right[1]:.2f} after")
    assert right[1] >= right[0] + gain
    assert share(after, ids(theme, "taught"), action) == 1.0
    others = ids("other", "unseen")
    untouched = [[o["action"] for o in objects if o["conversation"] in others] for objects in (before, after)]
    assert untouched[0] == untouched[1]


def test_one_correction_swings_nobody_else(library: House) -> None:
    """After one correction whatever all others wrote is decided as before, byte for byte."""
    box = library.home / "in.mbox"
    before = library.triage(box)
    number = chosen("bees", "taught")[1][0]
    name = f"<{number}@house{number}.example>"
    learn(library, name, "--action", "welcome")
    after = library.triage(box)
    assert [each for each in after if each["conversation"] != name] == [
        each for each in before if each["conversation"] != name
    ]
    assert "you taught on" in reasons(after, name)
    assert share(after, {name}, "welcome") == 1.0


def test_undo_restores_what_was(library: House) -> None:
    """Lessons taken back, one after the other, leave every result as it was before the first."""
    box = library.home / "in.mbox"
    before = library.triage(box)
    for number, _ in chosen("bees", "taught"):
        learn(library, f"<{number}@house{number}.example>", "--action", "welcome", "--ask", "request.donation")
    assert library.triage(box) != before
    for number in range(1, 11):
        assert f"Lesson {number} is taken back" in learn(library, "--undo", str(number))
    assert library.triage(box) == before


def test_undo_restores_what_follows_from_a_no(house: House) -> None:
    """Where a second conversation rested because the first got a no, teaching and taking back changes both and back."""
    again = mail("I would be glad to offer you our translation services. May I send you our prices?", **SAME)
    box = house.put("in.mbox", mbox(mail(), again))
    before = house.triage(box)
    assert [each["action"] for each in before] == ["decline", "rest"]
    learn(house, "<0@feld-translations.example>", "--action", "welcome")
    assert [each["action"] for each in house.triage(box)] == ["welcome", "welcome"]
    learn(house, "--undo", "1")
    assert house.triage(box) == before


def test_the_senders_next_message_follows(taught: House) -> None:
    """A later mail of the same sender, about something else, is decided as was taught, and says why."""
    learn(taught, "Nora Feld", "--action", "hold")
    later = mail("Dear Mr Moreau, we build web shops too. May I make you an offer?", Subject="Web shops", **SAME)
    first, second = taught.triage(taught.put("more.mbox", mbox(mail(), later)))
    assert (first["action"], second["action"]) == ("hold", "hold")
    assert "hold" in reasons([second], second["conversation"])
    assert (first["confidence"], first["reply"]) == (0.99, None)


def test_what_was_answered_stays(taught: House) -> None:
    """A conversation that the owner has answered is not judged again, and they are told so."""
    answer = mail(
        "Dear Ms Feld, thank you, but I never commission translations.",
        number=5,
        From="Alex Moreau <alex.moreau@example.org>",
        To="Nora Feld <nora@feld-translations.example>",
        Message_ID="<5@example.org>",
        In_Reply_To="<0@feld-translations.example>",
    )
    box = taught.put("in.mbox", mbox(mail(), answer))
    before = taught.triage(box)
    ran = taught.run("learn", "Nora", "--action", "welcome")
    assert ran.code == 0
    assert "stays as it is" in ran.err
    assert taught.triage(box) == before


def test_taught_again_replaces(taught: House) -> None:
    """A conversation has one lesson, the last one, under its first number."""
    assert "Lesson 1: welcome, for Nora Feld" in learn(taught, "Nora", "--action", "welcome")
    assert "Lesson 1: decline, asks offer.training" in learn(
        taught, "Nora", "--action", "decline", "--ask", "offer.training"
    )
    assert learn(taught, "--list").count("Nora Feld") == 1


def test_lessons_are_listed(house: House) -> None:
    """Each with its number, the day, what was taught, and whom and what it was about; nothing is written by looking."""
    house.triage(house.put("in.mbox", mbox(mail(), stranger(3))))
    assert learn(house, "--list") == "Nothing is taught yet.\n"
    learn(house, "Nora3", "--action", "decline", "--ask", "offer.training")
    learn(house, "nora@feld-translations.example", "--action", "skip")
    before = house.files()
    lines = learn(house, "--list").splitlines()
    assert house.files() == before
    assert len(lines) == 4
    assert lines[0].split()[0] == "1"
    assert lines[0].endswith("decline, asks offer.training")
    assert lines[1].strip() == "Nora3 Feld: Translation services"
    assert lines[2].split()[0] == "2"
    assert lines[2].endswith("skip")
    assert lines[3].strip() == "Nora Feld: Translation services"


def test_another_owner_is_not_touched(house: House) -> None:
    """Of two owners in one ledger, what one teaches leaves the other's results and records the same to the byte."""
    other = house.put("other.toml", resources.text("demo", "profile.toml").replace("alex.moreau@", "kim.moreau@"))
    box = house.put("in.mbox", mbox(mail(), stranger(1), stranger(2)))
    theirs = ("--profile", other)
    before = house.run("triage", "--json", box, *theirs).out
    house.triage(box)
    for name in ("Nora1", "Nora2", "nora@feld-translations.example"):
        learn(house, name, "--action", "welcome")
    assert [each["action"] for each in house.triage(box)] == ["welcome"] * 3
    with open_ledger(house.ledger, "kim.moreau@example.org", read_only=True) as ledger:
        kept = ledger.listing(9)
        assert ledger.lessons() == []
    assert house.run("triage", "--json", box, *theirs).out == before
    fresh = house.run("triage", "--json", box, *theirs, "--ledger", house.home / "fresh.db").out
    assert fresh == before
    with open_ledger(house.ledger, "kim.moreau@example.org", read_only=True) as ledger:
        assert ledger.listing(9) == kept
    assert "Nothing is taught yet" in learn(house, "--list", *theirs)


def test_a_dry_run_knows_what_was_taught(taught: House) -> None:
    """Looking without keeping goes by the lessons, and changes nothing."""
    learn(taught, "Nora", "--action", "welcome")
    before = taught.files()
    (found,) = taught.triage("--dry-run", taught.home / "in.mbox")
    assert found["action"] == "welcome"
    assert taught.files() == before


def test_a_wish_for_silence_is_told(house: House) -> None:
    """Who asked not to be written to is never written to, and the owner is told so when they teach otherwise."""
    first = mail()
    answer = mail(
        "Thank you, but I never commission translations.",
        number=5,
        From="Alex Moreau <alex.moreau@example.org>",
        To="Nora Feld <nora@feld-translations.example>",
        Message_ID="<5@example.org>",
        In_Reply_To="<0@feld-translations.example>",
    )
    back = mail("Please do not write to me again and delete my address.", In_Reply_To="<5@example.org>", **SAME)
    box = house.put("in.mbox", mbox(first, answer, back))
    before = house.triage(box)
    ran = house.run("learn", "Nora", "--action", "welcome")
    assert "asked not to be written to" in ran.err
    assert house.triage(box) == before


def test_what_a_gate_stopped_is_told(house: House) -> None:
    """A newsletter stays left alone whatever is taught, and the owner is told so."""
    box = house.put("in.mbox", mbox(mail("News", List_Id="<news.list.example>")))
    before = house.triage(box)
    ran = house.run("learn", "Nora", "--action", "welcome")
    assert "stays stopped" in ran.err
    assert house.triage(box) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["Zoltan", "--action", "decline"], ["Zoltan", "kindregards log --all"]),
        (["Nora", "--action", "sublimate"], ["no action 'sublimate'", *(each.value for each in Correction)]),
        (["Nora", "--action", "close"], ["no action 'close'", "rest"]),
        (["Nora", "--action", "decline", "--ask", "offer.moon"], ["no ask 'offer.moon'", *(ask.value for ask in Ask)]),
        (["Nora", "--action", "skip", "--ask", "offer.goods"], ["without --ask"]),
        (["Nora"], ["--action", "accept-invitation"]),
        ([], ["--action", "--list", "--undo"]),
        (["--action", "decline"], ["one thing"]),
        (["Nora", "--list"], ["one thing"]),
        (["--list", "--undo", "1"], ["one thing"]),
        (["--list", "--action", "decline"], ["need a conversation"]),
        (["--undo", "1"], ["nothing is taught yet"]),
    ],
)
def test_what_cannot_be_learnt_is_one_clear_line(taught: House, arguments: list[str], words: list[str]) -> None:
    """Whatever is wrong is told in one line that says what there is, and nothing is written."""
    before = taught.files()
    ran = taught.run("learn", *arguments)
    assert (ran.code, ran.out) == (2, "")
    one_line(ran, *words)
    assert taught.files() == before


def test_a_number_that_there_is_not_names_those_there_are(taught: House) -> None:
    """Taking back what was never taught names the lessons."""
    learn(taught, "Nora", "--action", "welcome")
    for wanted in ("7", "first", "-1", ""):
        ran = taught.run("learn", f"--undo={wanted}")
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, f"no lesson {wanted}", "there are 1")


def test_the_wrong_profile_is_told(taught: House) -> None:
    """With a profile for which nothing is kept the line says so and what to do; one that is missing is told as ever."""
    other = taught.put("other.toml", resources.text("demo", "profile.toml").replace("alex.moreau@", "kim.moreau@"))
    for arguments in (["Nora", "--action", "welcome"], ["--list"], ["--undo", "1"]):
        ran = taught.run("learn", *arguments, "--profile", other)
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, "nothing is kept for kim.moreau@example.org", "--profile")
        ran = taught.run("learn", *arguments, "--profile", taught.home / "absent.toml")
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, "absent.toml", "kindregards init")


def test_without_a_ledger_the_line_says_how_to_begin_one(house: House) -> None:
    """Before the first run there is nothing to correct, and no ledger is made."""
    before = house.files()
    for arguments in (["Nora", "--action", "welcome"], ["--list"], ["--undo", "1"]):
        ran = house.run("learn", *arguments)
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, "kindregards triage")
    assert house.files() == before


def test_several_that_fit_are_named(house: House) -> None:
    """Where several conversations fit, nothing is taught and the line names them."""
    house.triage(house.put("in.mbox", mbox(stranger(1), stranger(2))))
    ran = house.run("learn", "Feld", "--action", "welcome")
    assert (ran.code, ran.out) == (2, "")
    one_line(ran, "2 conversations fit", "<1@feld-1.example>")
    assert learn(house, "--list") == "Nothing is taught yet.\n"
