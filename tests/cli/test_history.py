"""`kindregards log` and `show`: what the desk remembers, found by name, address or id."""

import pytest

from .conftest import PITCH, House, mail, mbox, one_line, stranger


@pytest.fixture
def told(house: House) -> House:
    """A house whose ledger holds four conversations: two of one name, one left alone, one with a history."""
    house.triage(
        house.put(
            "in.mbox",
            mbox(
                mail(number=1, From="Nora Feld <nora@feld-a.example>", Message_ID="<1@feld-a.example>"),
                mail(number=2, From="Nora Feld <nora@feld-b.example>", Message_ID="<2@feld-b.example>"),
                mail("News", number=3, From="News <n@list.example>", Message_ID="<3@list.example>", List_Id="<n>"),
                mail(number=4, From="Nora <n@other.example>", Message_ID="<4@other.example>"),
            ),
        )
    )
    return house


def test_log_lists_what_was_decided_newest_first(told: House) -> None:
    """Everything but what is left alone is listed, --all lists that too, --limit cuts the list."""
    ran = told.run("log")
    assert ran.code == 0
    assert ran.out.count("decline") == 3
    assert "News" not in ran.out
    assert ran.out.index("Nora  ") < ran.out.index("Nora Feld")
    assert "News" in told.run("log", "--all").out
    assert told.run("log", "-n", "1").out.count("decline") == 1


@pytest.mark.parametrize("wanted", ["<1@feld-a.example>", "1@feld-a", "nora@feld-a.example", "FELD-A"])
def test_show_finds_a_conversation_by_id_or_address(told: House, wanted: str) -> None:
    """The id, part of it or of the address, in any case, is enough where only one conversation fits."""
    ran = told.run("show", wanted)
    assert (ran.code, ran.err) == (0, "")
    assert "Nora Feld <nora@feld-a.example>, 2026-11-20 09:01" in ran.out
    assert "subject: Translation services" in ran.out
    assert "desk: decline" in ran.out
    assert "DECLINES" in ran.out
    assert "Alex Moreau" in ran.out
    assert "history: 1 message, 0 of them yours" in ran.out


def test_a_whole_name_comes_before_a_part_of_one(told: House) -> None:
    """Somebody just called "Nora" is found although "Nora Feld" has that name in hers."""
    assert "Nora <n@other.example>" in told.run("show", "nora").out


def test_what_fits_several_conversations_lists_them(told: House) -> None:
    """Where several fit, the line names each with its id, and one of these ids leads on."""
    ran = told.run("show", "Nora Feld")
    assert (ran.code, ran.out) == (2, "")
    one_line(ran, "2 conversations fit", "<1@feld-a.example>", "<2@feld-b.example>")


def test_what_fits_nothing_is_told(told: House) -> None:
    """Where none fits, the line says how to list them."""
    ran = told.run("show", "Zoltan")
    assert (ran.code, ran.out) == (2, "")
    one_line(ran, "Zoltan", "kindregards log --all")


def test_without_a_ledger_the_line_says_how_to_begin_one(house: House) -> None:
    """Before the first run log and show say what begins a ledger, and make none."""
    before = house.files()
    for arguments in (["log"], ["show", "Nora"], ["log", "--ledger", house.home / "absent.db"]):
        ran = house.run(*arguments)
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, "kindregards triage")
    assert house.files() == before


def test_a_ledger_of_nothing_but_newsletters_says_so(house: House) -> None:
    """Where only mail was kept that is left alone, the list is not called empty."""
    house.triage(house.put("in.mbox", mbox(mail("News", List_Id="<n.list.example>"))))
    assert "--all" in house.run("log").out


def test_looking_changes_nothing(told: House) -> None:
    """Log and show write nothing."""
    before = told.files()
    assert told.run("log").code == told.run("show", "feld-a").code == 0
    assert told.files() == before


def test_show_tells_how_a_conversation_came_to_stand(told: House) -> None:
    """Every decision a conversation ever had is listed, with how many messages it holds."""
    again = mail(
        "Dear Mr Moreau, did you see my offer of translations?",
        number=9,
        From="Nora Feld <nora@feld-a.example>",
        Message_ID="<9@feld-a.example>",
        In_Reply_To="<1@feld-a.example>",
    )
    told.triage(
        told.put(
            "more.mbox",
            mbox(mail(PITCH, number=1, From="Nora Feld <nora@feld-a.example>", Message_ID="<1@feld-a.example>"), again),
        )
    )
    ran = told.run("show", "feld-a")
    assert "history: 2 messages" in ran.out
    assert ran.out.partition("history:")[2].count("->") == 2


def test_what_is_no_ledger_is_told(house: House) -> None:
    """A file that is no ledger is named in one line, and left as it is."""
    junk = house.put("junk.db", b"not a database at all " * 100)
    box = house.put("in.mbox", mbox(stranger(1)))
    before = house.files()
    for arguments in (["log"], ["show", "x"], ["triage", box], ["triage", "--dry-run", box]):
        ran = house.run(*arguments, "--ledger", junk)
        assert (ran.code, ran.out) == (2, "")
        one_line(ran, str(junk), "no ledger")
    assert house.files() == before
