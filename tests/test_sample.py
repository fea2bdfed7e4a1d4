"""The sample mailbox: made of sample.jsonl, whole, varied and labelled with words that exist."""

import importlib.util
import json
import re
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.profile import read
from kindregards.desk.conversation import Action

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "src" / "kindregards" / "data" / "demo"
SAMPLE = ROOT / "examples" / "sample.jsonl"


def script() -> ModuleType:
    """Load examples/make_sample.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("make_sample", ROOT / "examples" / "make_sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = script()
CASES = MAKE.read_cases(SAMPLE)
OWNER = MAKE.read_owner(DEMO / "profile.toml")


def split(box: bytes) -> list[bytes]:
    """Cut an mbox file into its messages, without their separator lines."""
    return [part.partition(b"\n")[2] for part in re.split(rb"(?m)^(?=From )", box) if part]


def parsed(raw: bytes) -> EmailMessage:
    """Read one mail with the standard library's parser."""
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)


MAILS = [parsed(raw) for raw in split((DEMO / "mail.mbox").read_bytes())]
BY_ID = {str(mail["Message-ID"]): mail for mail in MAILS}


def test_the_mailbox_is_exactly_what_the_script_makes() -> None:
    """The bundled mail.mbox equals what make_sample.py makes of sample.jsonl."""
    assert (DEMO / "mail.mbox").read_bytes() == MAKE.mailbox(CASES, OWNER)


def test_the_script_writes_where_it_is_told(tmp_path: Path) -> None:
    """Run as a program, the script writes the mailbox to the third path given."""
    box = tmp_path / "own.mbox"
    MAKE.main([str(SAMPLE), str(DEMO / "profile.toml"), str(box)])
    assert box.read_bytes() == (DEMO / "mail.mbox").read_bytes()


def test_the_mailbox_is_large_and_varied() -> None:
    """There are at least 60 messages, 50 conversations and 10 languages, with every kind and every turn."""
    expect = [case["expect"] for case in CASES]
    assert len(MAILS) == sum(len(case["thread"]) for case in CASES) >= 60
    assert len(CASES) >= 50
    assert len({label["language"] for label in expect}) >= 10
    assert {label["kind"] for label in expect} == {kind.value for kind in Kind}
    assert {label["turn"] for label in expect} == {turn.value for turn in Turn}
    assert len({label["language"] for label in expect if label["relevant"]}) >= 3


def test_every_thread_is_whole() -> None:
    """Every message that a mail answers or refers to stands before it in the mailbox."""
    seen: set[str] = set()
    for mail in MAILS:
        named = set(re.findall(r"<[^>]+>", f"{mail['In-Reply-To'] or ''} {mail['References'] or ''}"))
        assert named <= seen, mail["Message-ID"]
        seen.add(str(mail["Message-ID"]))
    assert len(seen) == len(MAILS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_conversation_comes_back_out_of_its_mails(case: dict[str, object]) -> None:
    """Subject, text, writer and moment of every message survive encoding and folding."""
    thread = case["thread"]
    assert isinstance(thread, list)
    for place, turn in enumerate(thread):
        mail = BY_ID[MAKE.message_id(case, place, OWNER)]
        text = mail.get_body(("plain",))
        assert text is not None
        assert text.get_content().rstrip("\n") == turn["body"]
        assert mail["Subject"] == turn["subject"]
        assert mail["Date"].datetime == datetime.fromisoformat(turn["date"])
        writers = [address.addr_spec for address in mail["From"].addresses]
        assert (OWNER.address if turn["way"] == "out" else turn["address"]) in writers


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_labels_are_words_of_the_program(case: dict[str, object]) -> None:
    """Kind, ask, turn and actions are values of the enums, and they agree with one another."""
    expect, thread = case["expect"], case["thread"]
    assert isinstance(expect, dict)
    assert isinstance(thread, list)
    kind, turn = Kind(expect["kind"]), Turn(expect["turn"])
    actions = [Action(action) for action in expect["actions"]]
    assert actions
    assert kind.personal is (expect["ask"] is not None) is (expect["relevant"] is not None)
    assert expect["ask"] in {None, *(ask.value for ask in Ask)}
    assert kind.personal or (actions[0] is Action.SKIP and turn is Turn.OTHER)
    speaks = actions[0] in (Action.DECLINE, Action.ORIENT, Action.WELCOME, Action.DECLINE_INVITATION)
    assert expect["topic"] or not speaks
    assert thread[-1]["way"] == "in"
    after = turn in (Turn.THANKS, Turn.ORIENTATION, Turn.INSISTENCE, Turn.NEW_ASK, Turn.OPT_OUT, Turn.HOSTILE)
    assert after is (kind.personal and any(message["way"] == "out" for message in thread))
    moments = [datetime.fromisoformat(message["date"]) for message in thread]
    assert moments == sorted(set(moments))
    assert datetime.fromisoformat("2026-09-01T00:00:00+02:00") <= moments[0]
    assert moments[-1] < datetime.fromisoformat("2026-11-25T00:00:00+01:00")


def test_ids_are_unique_and_stand_in_the_message_ids() -> None:
    """A conversation's id is found again in the Message-ID of the message that is judged."""
    assert len({case["id"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert re.fullmatch(r"alex-[a-z0-9-]+", case["id"])
        assert MAKE.message_id(case, len(case["thread"]) - 1, OWNER) in BY_ID


def test_the_profile_can_be_used() -> None:
    """The demo's profile.toml is read without complaint and names the owner of the mailbox."""
    profile = read((DEMO / "profile.toml").read_text(encoding="utf-8"))
    assert profile.name == OWNER.name
    assert profile.owns("alex.moreau@example.org")
    assert profile.owns("A.Moreau@strategie-moreau.example")
    for mail in MAILS:
        if mail["Received"]:
            assert any(profile.owns(address.addr_spec) for address in mail["To"].addresses)


def test_nobody_real_is_named() -> None:
    """Every address and link lies in a domain set aside for examples (RFC 2606), but for the two pointers given."""
    public = {"een.ec.europa.eu", "eures.europa.eu"}
    text = SAMPLE.read_text(encoding="utf-8")
    hosts = set(re.findall(r"(?:[\w.+-]@|https?://)([\w.-]+\w)", text))
    assert {host for host in hosts if not re.search(r"(\.example|(^|\.)example\.(com|org|net))$", host)} == public


def test_the_traps_are_marked_as_in_real_mail() -> None:
    """Robots, lists, a report, a calendar, hidden text and a forged From field are in the mailbox."""
    assert any(mail["Return-Path"] == "<>" and mail.get_content_type() == "multipart/report" for mail in MAILS)
    assert any(mail["Auto-Submitted"] == "auto-replied" for mail in MAILS)
    assert sum(mail["List-Id"] is not None and mail["List-Unsubscribe"] is not None for mail in MAILS) >= 2
    parts = [part for mail in MAILS for part in mail.walk()]
    assert any(part.get_content_type() == "text/calendar" and part.get_param("method") == "REQUEST" for part in parts)
    assert any(part.get_content_type() == "text/html" and "color:#ffffff" in part.get_content() for part in parts)
    assert any(len(mail["From"].addresses) == 2 for mail in MAILS)
    assert any("dmarc=fail" in str(mail["Authentication-Results"]) for mail in MAILS)
    charsets = {part.get_content_charset() for part in parts if part.get_content_maintype() == "text"}
    assert {"utf-8", "us-ascii", "iso-2022-jp", "gb18030", "windows-1251", "iso-8859-1"} <= charsets


def test_the_bytes_are_plain_and_narrow() -> None:
    """The mailbox is ASCII with line feeds, and no line is longer than 78 characters (RFC 5322 §2.1.1)."""
    text = (DEMO / "mail.mbox").read_bytes().decode("ascii")
    assert "\r" not in text
    assert max(map(len, text.split("\n"))) <= 78


@given(
    subject=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1),
    body=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=300),
)
def test_any_subject_and_text_can_be_written(subject: str, body: str) -> None:
    """Whatever people put into sample.jsonl comes back out of the mail, and never splits the mailbox."""
    turn = {"way": "in", "channel": "email", "name": "N", "address": "n@example.net", "headers": {}}
    turn |= {
        "date": "2026-10-01T08:00:00+02:00",
        "subject": subject,
        "body": f"From here\n{body}\nFrom there",
    }
    raw = split(MAKE.mailbox([{"id": "alex-any", "owner": "alex", "thread": [turn]}], OWNER))
    assert len(raw) == 1
    mail = parsed(raw[0])
    assert mail["Subject"] == subject
    assert mail.get_content().rstrip("\n") == turn["body"]


def test_every_line_of_the_sample_is_one_object() -> None:
    """sample.jsonl holds one JSON object a line, written with its letters and not with escapes."""
    for line in SAMPLE.read_text(encoding="utf-8").splitlines():
        assert line == json.dumps(json.loads(line), ensure_ascii=False)


def test_the_readme_counts_right() -> None:
    """examples/README.md names the numbers of messages, conversations and languages that there are."""
    readme = " ".join((ROOT / "examples" / "README.md").read_text(encoding="utf-8").split())
    languages = len({case["expect"]["language"] for case in CASES})
    assert f"{len(MAILS)} messages in {len(CASES)} conversations, in {languages} languages" in readme
