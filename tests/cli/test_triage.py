"""`kindregards triage`: what it prints, what it keeps, what it writes, and that a second run changes nothing."""

import base64
import re
import sqlite3
from contextlib import closing
from email import policy
from email.parser import BytesParser
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.cells import cell_len

from kindregards.adapters import resources
from kindregards.cli import console
from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.message import Address
from kindregards.core.reasons import Reason
from kindregards.desk.conversation import Action, State
from kindregards.desk.handle import Disposition

from .conftest import OWNER, PITCH, House, mail, mbox, one_line, outcome, stranger

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SAMPLE = resources.text("demo", "mail.mbox").encode()

TEXT, MAYBE = {str}, {str, type(None)}
#: The fields of DESIGN §6 in their order, and the types that each may have.
FIELDS: dict[str, set[type]] = {
    "conversation": TEXT,
    "message_id": MAYBE,
    "from": {dict},
    "kind": TEXT,
    "ask": MAYBE,
    "turn": TEXT,
    "relevant": {bool, type(None)},
    "action": TEXT,
    "confidence": {float},
    "language": TEXT,
    "state": TEXT,
    "reasons": {list},
    "pointers": {list},
    "reply": {dict, type(None)},
}
INVITATIONS = """From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl
Ines Rocha,Alex Moreau,"11/19/26, 2:37 PM",Our agency offers translation services. Can we connect?,INCOMING,\
https://www.linkedin.com/in/ines-rocha,https://www.linkedin.com/in/alex-moreau
"""
MESSAGES = """CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER
2-abc==,,Theo Brandt,https://www.linkedin.com/in/theo-brandt,Alex Moreau,https://www.linkedin.com/in/alex-moreau,\
2026-11-18 14:03:22 UTC,,"Hello Alex, my agency offers translation services into German. May I send you our prices?",INBOX
"""


def shaped(found: dict[str, Any]) -> None:
    """Fail where an object is not exactly as DESIGN §6 says."""
    assert list(found) == list(FIELDS)
    for name, value in found.items():
        assert type(value) in FIELDS[name], (name, value)
    assert {key: type(value) for key, value in found["from"].items()} == dict.fromkeys(("name", "address", "url"), str)
    assert all(type(reason) is str and reason for reason in found["reasons"])
    assert all(list(pointer) == ["name", "url"] for pointer in found["pointers"])
    assert 0.0 <= found["confidence"] <= 1.0
    assert found["kind"] in {kind.value for kind in Kind}
    assert found["ask"] is None or found["ask"] in {ask.value for ask in Ask}
    assert found["turn"] in {turn.value for turn in Turn}
    assert found["action"] in {action.value for action in Action}
    assert found["state"] in {state.value for state in State}
    if found["reply"]:
        assert list(found["reply"]) == ["to", "subject", "body", "language"]
        assert all(type(value) is str for value in found["reply"].values())


def export(house: House) -> Path:
    """A small LinkedIn export."""
    house.put("export/Profile.csv", "First Name,Last Name,Headline\nAlex,Moreau,Strategist\n")
    house.put("export/Invitations.csv", INVITATIONS)
    return house.put("export/messages.csv", MESSAGES).parent


def rows(path: Path) -> list[tuple[Any, ...]]:
    """Every row of every table of a ledger that nobody has open, without making a file beside it."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        tables = ("conversations", "messages", "dispositions", "drafts")
        return [(table, *row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]


def thread(*texts: str, mine: tuple[int, ...] = ()) -> list[bytes]:
    """A conversation; `mine` are the places of the owner's own messages."""
    ids = [f"<{n}@feld-translations.example>" for n in range(len(texts))]
    people = ("Nora Feld <nora@feld-translations.example>", "Alex Moreau <alex.moreau@example.org>")
    return [
        mail(
            text,
            number=n,
            From=people[n in mine],
            To=people[n not in mine],
            Subject="Translation services" if n == 0 else "Re: Translation services",
            In_Reply_To=ids[n - 1] if n else None,
            References=" ".join(ids[:n]) if n else None,
        )
        for n, text in enumerate(texts)
    ]


# What is printed


def test_a_translation_agency_gets_a_courteous_no(house: House) -> None:
    """The pitch of a translation agency to an owner who declines translations is declined by a draft to its author."""
    (found,) = house.triage(house.put("in.mbox", mbox(mail())))
    assert (found["action"], found["relevant"]) == ("decline", False)
    assert found["from"] == {"name": "Nora Feld", "address": "nora@feld-translations.example", "url": ""}
    assert found["reply"]["to"] == "nora@feld-translations.example"
    assert found["reply"]["subject"] == "Re: Translation services"
    assert found["reply"]["body"].rstrip().endswith("Alex Moreau")


def test_json_is_one_object_a_conversation_with_exactly_the_promised_fields(house: House) -> None:
    """Over a mailbox of all kinds each conversation is one object of DESIGN §6, and none comes twice."""
    found = house.triage(house.put("in.mbox", SAMPLE), "--dry-run")
    for each in found:
        shaped(each)
    names = [each["conversation"] for each in found]
    assert len(names) == len(set(names)) == 70


def test_json_has_standard_output_to_itself(house: House) -> None:
    """With a source that fails and a message that is held, standard output still is JSON and nothing else."""
    hostile = b"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n\n" * 3000
    box = house.put("in.mbox", mbox(mail(), hostile))
    ran = house.run("triage", "--json", "--verbose", box, house.home / "absent.mbox")
    assert ran.code == 1
    one_line(ran, "absent.mbox")
    assert sorted(each["action"] for each in ran.objects) == ["decline", "hold"]
    for each in ran.objects:
        shaped(each)


def test_json_is_utf_8_whatever_the_terminal_speaks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON is written in UTF-8 (RFC 8259 §8.1) also where the terminal is said to know ASCII only."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    box = house.put("in.mbox", mbox(mail(From="Zoë Łąka <nora@feld-translations.example>")))
    ran = house.process("triage", "--json", "--dry-run", box)
    assert (ran.code, ran.objects[0]["from"]["name"]) == (0, "Zoë Łąka")
    shown = house.process("triage", "--dry-run", box)
    assert shown.code == 0
    assert "Zo? ??ka" in shown.out


def test_a_file_name_that_is_no_text_is_no_trouble(house: House) -> None:
    """A message file with a name of broken UTF-8 is reported like any other."""
    folder = house.put("mails/ok.eml", mail()).parent
    Path(str(folder) + "/\udcff.eml").write_bytes(b"  \n")
    found = house.triage(folder)
    assert sorted(each["action"] for each in found) == ["decline", "hold"]
    assert house.run("triage", folder).code == 0


def test_a_network_is_reported_by_profile_address(house: House) -> None:
    """A LinkedIn message keeps its conversation id and has no message id; people are known by `from.url`."""
    invited, asked = sorted(house.triage(export(house)), key=lambda each: str(each["kind"]))
    shaped(invited)
    shaped(asked)
    assert (asked["conversation"], asked["message_id"]) == ("2-abc==", None)
    assert asked["from"] == {"name": "Theo Brandt", "address": "", "url": "https://www.linkedin.com/in/theo-brandt"}
    assert (asked["action"], asked["reply"]["to"], asked["reply"]["subject"]) == ("decline", "", "")
    assert (invited["kind"], invited["from"]["url"]) == ("invitation", "https://www.linkedin.com/in/ines-rocha")


def test_an_export_without_profile_is_read_with_the_name_of_the_profile(house: House) -> None:
    """Where the export does not tell who its owner is, the profile does."""
    house.put("export/messages.csv", MESSAGES)
    assert len(house.triage(house.home / "export")) == 1


@pytest.mark.shared
def test_real_export_layouts_are_read(house: House) -> None:
    """Exports of every layout since 2020 that lie beside the checkout are read to the end."""
    folder = SHARED / "data" / "linkedin_export" / "real-structure-fictional-content"
    if not folder.is_dir():
        pytest.skip("the sample exports do not lie beside the checkout")
    for layout in sorted(path for path in folder.iterdir() if path.is_dir()):
        for each in house.triage("--dry-run", layout):
            shaped(each)


def test_what_the_owner_answered_is_closed(house: House) -> None:
    """A solicitation whose last message is the owner's is reported as closed, once, and nothing is drafted."""
    box = house.put("in.mbox", mbox(*thread(PITCH, "Thank you, but I never commission translations.", mine=(1,))))
    (found,) = house.triage(box)
    assert (found["action"], found["reply"]) == ("close", None)
    assert found["message_id"] == "<0@feld-translations.example>"


def test_what_the_owner_only_began_is_not_reported(house: House) -> None:
    """A mail of the owner's that nobody answered is no conversation to report."""
    assert house.triage(house.put("sent.mbox", mbox(*thread("Dear Nora, shall we meet on Friday?", mine=(0,))))) == []


# What is kept


def test_a_second_run_changes_nothing(house: House) -> None:
    """The same mailbox again: the same output, the ledger the same to the byte, no draft written again."""
    box = house.put("in.mbox", SAMPLE)
    first = house.run("triage", "--json", box, "--out", house.home / "drafts")
    before, kept = house.files(), rows(house.ledger)
    again = house.run("triage", "--json", box, "--out", house.home / "drafts")
    assert (again.out, again.code) == (first.out, 0)
    assert rows(house.ledger) == kept
    assert house.files() == before
    drafts = [row for row in kept if row[0] == "drafts"]
    assert len(drafts) == sum(bool(each["reply"]) for each in first.objects) > 20


def test_a_changed_profile_judges_again_what_nobody_released(house: House) -> None:
    """After the owner changed their profile the unreleased draft is a new one, still one for the conversation."""
    box = house.put("in.mbox", mbox(mail(), *thread(PITCH, "No, thank you.", mine=(1,))[1:], stranger(7)))
    house.triage(box, "--out", house.home / "drafts")
    house.put(".config/kindregards/profile.toml", OWNER.replace('name = "Alex Moreau"', 'name = "Alexandra M."'))
    found = {each["from"]["name"]: each for each in house.triage(box, "--out", house.home / "drafts")}
    assert found["Nora7 Feld"]["reply"]["body"].rstrip().endswith("Alexandra M.")
    assert found["Nora Feld"]["action"] == "close"
    (draft,) = (house.home / "drafts").iterdir()
    assert b"Alexandra M." in draft.read_bytes()
    assert [row[0] for row in rows(house.ledger)].count("drafts") == 1


def test_a_follow_up_replaces_the_draft_that_nobody_released(house: House) -> None:
    """When they write again before a draft went out, one draft answers both, in the ledger and in the folder."""
    drafts, messages = house.home / "drafts", thread(PITCH, "Dear Mr Moreau, did you see my offer of translations?")
    (before,) = house.triage(house.put("in.mbox", mbox(messages[0])), "--out", drafts)
    (after,) = house.triage(house.put("in.mbox", mbox(*messages)), "--out", drafts)
    assert (before["conversation"], before["action"]) == (after["conversation"], after["action"])
    assert after["message_id"] == "<1@feld-translations.example>"
    assert [row[0] for row in rows(house.ledger)].count("drafts") == 1
    (draft,) = drafts.iterdir()
    assert b"In-Reply-To: <1@feld-translations.example>" in draft.read_bytes()


def test_an_earlier_message_that_turns_up_late_makes_no_second_conversation(house: House) -> None:
    """A conversation keeps its id and its one draft when the message it began with is found in another mailbox."""
    messages = thread(PITCH, "Dear Mr Moreau, did you see my offer of translations?")
    (before,) = house.triage(house.put("in.mbox", mbox(messages[1])))
    (after,) = house.triage(house.home / "in.mbox", house.put("archive.mbox", mbox(messages[0])))
    assert after["conversation"] == before["conversation"]
    assert [row[0] for row in rows(house.ledger)].count("drafts") == 1


def test_a_mailbox_that_lost_a_message_changes_nothing(house: House) -> None:
    """When an old message of a conversation was deleted, nothing is judged and nothing is written again."""
    messages = thread(PITCH, "Dear Mr Moreau, did you see my offer of translations?")
    house.triage(house.put("in.mbox", mbox(*messages)))
    kept = rows(house.ledger)
    house.triage(house.put("in.mbox", mbox(messages[1])))
    assert rows(house.ledger) == kept


def test_a_later_letter_does_not_silence_an_earlier_one_when_judged_again(house: House) -> None:
    """Judged again after a change of the profile, two letters of one person get what they got at first."""
    box = house.put(
        "in.mbox", mbox(mail(), mail("We also sell gym memberships. Any interest?", number=9, Subject="Gym"))
    )
    first = house.triage(box)
    house.put(".config/kindregards/profile.toml", OWNER.replace("Europe/Paris", "Europe/Berlin"))
    assert outcome(house.triage(box)) == outcome(first)


@pytest.mark.parametrize("message_id", ["<0@feld-translations.example>", None])
def test_copies_of_a_message_are_one_outcome(house: House, message_id: str | None) -> None:
    """The same message in two mailboxes, a Maildir and an .eml file is one conversation with one draft."""
    raw = mail(Message_ID=message_id)
    sources = [
        house.put("in.mbox", mbox(raw)),
        house.put("all.mbox", mbox(raw, stranger(7))),
        house.put("Mail/cur/1.host:2,S", raw.replace(b"\n", b"\r\n")).parents[1],
        house.put("one.eml", raw),
    ]
    (house.home / "Mail" / "new").mkdir()
    found = house.triage(*sources, "--out", house.home / "drafts")
    assert [each["action"] for each in found] == ["decline", "decline"]
    assert len(list((house.home / "drafts").iterdir())) == 2
    assert outcome(house.triage(*reversed(sources))) == outcome(found)


def test_the_order_of_the_messages_in_a_mailbox_does_not_matter(house: House) -> None:
    """A mailbox whose messages stand in any other order gives the same output to the byte."""
    mails = [b"From " + part for part in re.split(rb"(?m)^From ", SAMPLE) if part]
    printed = set()
    for seed in range(3):
        Random(seed).shuffle(mails)
        printed.add(house.run("triage", "--json", "--dry-run", house.put(f"{seed}.mbox", b"".join(mails))).out)
    assert len(printed) == 1


def test_the_order_of_messages_of_one_second_does_not_matter(house: House) -> None:
    """Messages with the same date stand in the order of their references, wherever they lie in the mailbox."""
    messages = [
        re.sub(rb"(?m)^Date: .*$", b"Date: Fri, 20 Nov 2026 09:00:00 +0000", raw)
        for raw in thread(PITCH, "Did you see it?", "I ask again: translations?")
    ]
    printed = [house.triage(house.put("in.mbox", mbox(*some)), "--dry-run") for some in (messages, reversed(messages))]
    assert printed[0] == printed[1]
    assert printed[0][0]["message_id"] == "<2@feld-translations.example>"


def test_a_dry_run_leaves_no_trace(house: House) -> None:
    """With --dry-run no file is made and none is changed, with or without a ledger, whatever else is asked for."""
    box = house.put("in.mbox", mbox(mail()))
    before = house.files()
    assert house.run("triage", "--dry-run", box, "--out", house.home / "drafts").code == 0
    assert (house.files(), (house.home / "drafts").exists()) == (before, False)
    house.triage(box)
    before = house.files()
    found = house.triage("--dry-run", house.put("in.mbox", mbox(mail(), stranger(5))))
    assert len(found) == 2
    assert house.files() == before | {"in.mbox": house.files()["in.mbox"]}


def test_the_ledger_lies_where_it_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """--ledger names the file, else $XDG_DATA_HOME does, else it lies in the home folder; it is private."""
    box = house.put("in.mbox", mbox(mail()))
    house.triage(box)
    assert house.ledger.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("XDG_DATA_HOME", str(house.home / "elsewhere"))
    house.triage(box)
    assert (house.home / "elsewhere" / "kindregards" / "ledger.db").is_file()
    house.triage(box, "--ledger", house.home / "new" / "my.db")
    assert (house.home / "new" / "my.db").is_file()
    monkeypatch.setenv("XDG_DATA_HOME", "relative")  # to be ignored, says the specification
    before = house.files()
    house.triage(box)
    assert house.files() == before


# What is written


def test_drafts_are_mails_as_they_should_be(house: House) -> None:
    """A draft read back by Python's own parser has exactly the right header fields and the body that was shown."""
    raw = mail(
        To='"Moreau, Alex" <a.moreau@strategie-moreau.example>',
        Subject="Übersetzungen: ein Angebot",
        References="<root@x.example>",
    )
    (found,) = house.triage(house.put("in.mbox", mbox(raw)), "--out", house.home / "drafts")
    (path,) = (house.home / "drafts").iterdir()
    draft = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert (path.suffix, path.stat().st_mode & 0o777) == (".eml", 0o600)
    assert sorted(draft.keys()) == sorted([
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "X-Unsent",
    ])  # fmt: skip
    assert draft["From"] == "Alex Moreau <a.moreau@strategie-moreau.example>"
    assert draft["To"] == "nora@feld-translations.example"
    assert draft["Subject"] == "Re: Übersetzungen: ein Angebot"
    assert draft["In-Reply-To"] == "<0@feld-translations.example>"
    assert draft["References"] == "<root@x.example> <0@feld-translations.example>"
    assert draft.get_content().splitlines() == found["reply"]["body"].splitlines()


def test_an_answer_for_a_network_is_text_to_paste(house: House) -> None:
    """Drafts for a network are .txt files with nothing in them but the text."""
    found = [each for each in house.triage(export(house), "--out", house.home / "drafts") if each["reply"]]
    texts = {path.read_text(encoding="utf-8") for path in (house.home / "drafts").glob("*.txt")}
    assert texts == {each["reply"]["body"] for each in found}
    assert len(texts) == len(list((house.home / "drafts").iterdir())) >= 1


@pytest.mark.parametrize(
    "name",
    [
        "../../evil",
        "/etc/passwd",
        "a\x00b",
        "two\r\nlines",
        "x" * 300,
        "文" * 300,
        "\U0001f600\U0001f680",
        "..",
        "",
        "CON",
    ],
)
def test_hostile_names_make_harmless_file_names(house: House, name: str) -> None:
    """Whatever a sender calls themselves, the draft lies in the folder, under a short name of letters and digits."""
    header = "=?utf-8?B?" + base64.b64encode(name.encode()).decode() + "?="
    raw = mail().replace(b"From: Nora Feld", f"From: {header}".encode())
    house.triage(house.put("in.mbox", mbox(raw)), "--out", house.home / "drafts")
    (path,) = (house.home / "drafts").iterdir()
    assert re.fullmatch(r"2026-11-20-[\w-]{1,40}-[0-9a-f]{8}-[0-9a-f]{8}\.eml", path.name)
    assert len(path.name.encode()) <= 255


def test_what_the_owner_wrote_into_a_draft_stays(house: House) -> None:
    """A draft that the owner edited is neither written again nor taken away when a later one replaces it."""
    drafts, messages = house.home / "drafts", thread(PITCH, "Dear Mr Moreau, did you see my offer of translations?")
    box = house.put("in.mbox", mbox(messages[0]))
    house.triage(box, "--out", drafts)
    (edited,) = drafts.iterdir()
    edited.write_bytes(edited.read_bytes() + b"PS: my own words\r\n")
    house.triage(box, "--out", drafts)
    house.triage(house.put("in.mbox", mbox(*messages)), "--out", drafts)
    assert b"my own words" in edited.read_bytes()
    assert len(list(drafts.iterdir())) == 2


def test_a_draft_is_taken_away_when_the_owner_has_answered(house: House) -> None:
    """Once the owner answered by hand no stale draft is left in the folder; other files there are left alone."""
    drafts, messages = house.home / "drafts", thread(PITCH, "Thank you, but I never commission any.", mine=(1,))
    house.put("drafts/notes.txt", "mine")
    house.triage(house.put("in.mbox", mbox(messages[0])), "--out", drafts)
    house.triage(house.put("in.mbox", mbox(*messages)), "--out", drafts)
    assert [path.name for path in drafts.iterdir()] == ["notes.txt"]


# What is shown


def test_the_table_is_for_people(house: House) -> None:
    """Without --json there is a table, a line that sums it up and, on standard error, what to do next."""
    ran = house.run("triage", house.put("in.mbox", mbox(mail())))
    assert "Nora Feld" in ran.out
    assert "decline" in ran.out
    assert "1 conversation for Alex Moreau: 1 draft, 0 for you to decide" in ran.out
    assert "kindregards show" in ran.err
    assert "--out" in ran.err


def test_verbose_shows_what_is_left_alone_and_every_reason(house: House) -> None:
    """With -v newsletters are listed too, and each reason stands on its own line under its symbol."""
    box = house.put("in.mbox", mbox(mail(), mail("News", number=1, From="n@list.example", List_Id="<n.list.example>")))
    brief, whole = house.run("triage", "--dry-run", box), house.run("triage", "--dry-run", "-v", box)
    assert "n@list.example" not in brief.out
    assert "1 left alone" in brief.out
    assert "n@list.example" in whole.out
    assert re.search(r"(?m)^    READING: reads as solicitation", whole.out)


HOSTILE = "\x1b[1m[bold]loud[/bold] \u202etxet\x07 \x9b2J \x1b]0;title\x07"


def test_nothing_of_a_sender_steers_the_terminal(house: House) -> None:
    """Escape sequences, markup and marks that turn the line round do not get through, whichever command shows them."""
    encoded = "=?utf-8?B?" + base64.b64encode(HOSTILE.encode()).decode() + "?="
    raw = mail().replace(b"Nora Feld", encoded.encode()).replace(b"Translation services", encoded.encode(), 1)
    box = house.put("in.mbox", mbox(raw))
    shown = [
        house.run("triage", "-v", box),
        house.run("log"),
        house.run("show", "nora@"),
        house.run("show", "x\x1b[31m"),
    ]
    for ran in shown:
        assert not set(ran.out + ran.err) & set("\x1b\x07\x9b\u202e")
    assert all("loud" in ran.out for ran in shown[:3])
    assert "[bold]loud" in shown[2].out


def made(name: str, kind: Kind, ask: Ask | None, action: Action, text: str) -> Disposition:
    """A disposition to be shown."""
    return Disposition(
        conversation="c", message_id=None, sender=Address(name=name), date=None, subject="", kind=kind, ask=ask,
        turn=Turn.OPENING, relevant=None, action=action, confidence=0.5, language="en", state=State.NEW,
        reasons=(Reason(name="R", text=text),),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["Al", "A" * 90, "文" * 50, "", "e\u0301" * 60])
def test_a_table_fits_eighty_columns_and_cuts_no_word_that_counts(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At 80 columns kind, ask, action and reason are shown whole, whatever they are; only a long name is cut."""
    monkeypatch.setenv("COLUMNS", "80")
    text = "a reason of many words that says in full what it has to say and then goes on to say a little more"
    asks = [None, *Ask]
    kinds, actions = list(Kind), list(Action)
    found = [made(name, kinds[n % len(kinds)], ask, actions[n % len(actions)], text) for n, ask in enumerate(asks * 2)]
    console.out.print(console.table(found))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    heads = [line for line in lines[1:] if not line.startswith("    ")] if name else lines[1::3]
    for line, each in zip(heads, found, strict=True):
        assert line.split()[-3:] == [each.kind.value, each.ask.value if each.ask else "-", each.action.value]
    assert " ".join(" ".join(lines).split()).count(text) == len(found)
