"""Every shared case of who may be answered, through the parser and the gates of triage."""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kindregards.core.errors import HeldMessageError
from kindregards.core.message import Channel, Message
from kindregards.core.mime import parse
from kindregards.core.profile import Profile
from kindregards.core.quoting import QuotingWords
from kindregards.desk.triage import Clearance, Leave, Past, Words, clear

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
CASES = SHARED / "cases" / "automatons.jsonl"
DATA = ROOT / "src" / "kindregards" / "data"
#: The moment the cases arrive: a minute after their Date.
NOW = datetime(2026, 3, 2, 8, 1, tzinfo=UTC)
RECEIVER = "mx.example.net"
#: History that only the conversation knows: whether this person has had their answer. Not triage's.
CONVERSATIONAL = {"recent_reply", "conversation_closed", "orientation", "closed", "cap_two"}
#: What an event of a history is for triage.
PAST = {
    "seen_message_id": "duplicate",
    "seen_digest": "duplicate",
    "sent_in_reply_to": "replied",
    "blocked": "blocked",
    "auto_paused": "paused",
    "auto_replies_today": "today",
    "auto_replies_hour_domain": "hour_domain",
    "arrivals_10min": "arrivals",
}
#: A body of some words in place of the placeholder, as the command line tests use.
CLEAR = "Hello,\r\n\r\nwe are a translation agency. Would you have 15 minutes for a call?\r\n\r\nBest regards,\r\nTimo"
pytestmark = pytest.mark.shared


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One case ready to ask: what came (None where the parser holds it), whose it is, what is known, what is due."""

    name: str
    message: Message | None
    profile: Profile
    past: Past
    now: datetime
    draft: str
    auto: str
    reason: str


def octets(case: dict[str, Any]) -> bytes:
    """Write a case as the mail it describes."""
    if "raw" in case:
        raw = case["raw"]
        if raw.startswith("@repeat:"):
            unit, _, rest = raw.removeprefix("@repeat:").partition("*")
            times, _, tail = rest.partition("@")
            raw = unit * int(times) + tail
        return str(raw).encode("utf-8", "surrogateescape")
    head = "\r\n".join(
        f"{name}: {value}".replace("\r\n", "\n").replace("\n", "\r\n") for name, value in case["headers"]
    )
    if not any(name.lower() == "content-type" for name, _ in case["headers"]):
        head += "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit"
    body = case["body"].replace("Hello, we offer a service.", CLEAR)
    return f"{head}\r\n\r\n{body}\r\n".encode("utf-8", "surrogateescape")


def parsed(raw: bytes) -> Message:
    """Parse a mail as the program does."""
    return parse(raw, quoting=quoting())


@cache
def quoting() -> QuotingWords:
    """The shipped words of quotation."""
    return QuotingWords.load((DATA / "quoting.toml").read_text(encoding="utf-8"))


@cache
def words() -> Words:
    """The shipped word lists."""
    return Words.load((DATA / "triage.toml").read_text(encoding="utf-8"))


def trials(authserv_id: str) -> list[Trial]:
    """Every case that is triage's to decide."""
    if not CASES.exists():
        pytest.skip("the shared cases are not beside the checkout")
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [trial(case, authserv_id) for case in cases if case["reason"] not in CONVERSATIONAL]


def trial(case: dict[str, Any], authserv_id: str) -> Trial:
    """Translate a case and its history into what triage is told."""
    try:
        message = parsed(octets(case))
    except HeldMessageError:
        message = None
    if message and case["reason"] == "platform_notification":
        # The network's relay is unwrapped into the member's own message before triage.
        message = replace(message, channel=Channel.INVITATION)
    past, now = Past(), NOW
    for event in case.get("prior", []):
        assert message is not None
        message, past, now = told(event, message, past, now)
    return Trial(
        name=f"{case['id']} {case['name']}",
        message=message,
        profile=Profile(name="Robin Sample", addresses=tuple(case["owner"]), authserv_id=authserv_id),
        past=past,
        now=now,
        draft=case["draft"],
        auto=case["auto"],
        reason=case["reason"],
    )


def told(event: dict[str, Any], message: Message, past: Past, now: datetime) -> tuple[Message, Past, datetime]:
    """Add one event of a case's history to what triage is told."""
    kind, amount = event["event"], event.get("n", 0)
    if kind in PAST:
        return message, replace(past, **{PAST[kind]: amount or True}), now
    if kind == "flag":
        return replace(message, flags=frozenset({event["flag"]})), past, now
    if kind == "folder":
        return replace(message, folder=event["name"]), past, now
    if kind == "age_days":
        return message, past, NOW + timedelta(days=amount)
    if kind == "auto_reply":
        sent = (message.date or NOW) - timedelta(seconds=event["ago_s"])
        return message, replace(past, answered_at=sent), now
    # A failing check is tested in test_triage; a failed send is the journal's.
    assert kind == "fault"
    return message, past, now


def cleared(one: Trial) -> Clearance | None:
    """What triage says; None where the parser held the message, so that nobody is answered."""
    return one.message and clear(one.message, one.profile, one.past, one.now, words())


def wrong_draft(one: Trial, found: Clearance | None) -> bool:
    """Whether the draft column of a case is broken."""
    if found is None:
        return False
    if found.draft is Leave.NO:
        return one.draft == "draft"
    warned = found.draft is Leave.WARN and any(reason.warning for reason in found.reasons)
    return one.draft == "none" or (one.draft == "flag" and not warned and one.reason != "detector_error")


@pytest.mark.parametrize("authserv_id", ["", RECEIVER])
def test_no_case_is_drafted_that_must_not_be(authserv_id: str) -> None:
    """The draft column of every case holds, whether or not the profile names the receiver."""
    all_trials = trials(authserv_id)
    assert len(all_trials) > 240
    assert sum(one.message is None for one in all_trials) <= 3
    assert [one.name for one in all_trials if wrong_draft(one, cleared(one))] == []


def test_no_case_is_answered_unattended_that_must_not_be() -> None:
    """Only what the cases allow goes out unattended, and all that they ask for may."""
    yes = {one.name: (one, cleared(one)) for one in trials(RECEIVER) if one.reason != "detector_error"}
    loose = [
        name
        for name, (one, found) in yes.items()
        if found and found.auto is Leave.YES and one.auto in ("no_reply", "review")
    ]
    tight = [
        name for name, (one, found) in yes.items() if one.auto == "reply" and found and found.auto is not Leave.YES
    ]
    assert loose == []
    assert tight == []


def test_nothing_goes_out_unattended_while_the_profile_names_no_receiver() -> None:
    """Without a receiver whose results are believed, no sender is genuine enough."""
    assert [one.name for one in trials("") if (found := cleared(one)) and found.auto is Leave.YES] == []


def rows(path: str, most: int) -> list[dict[str, Any]]:
    """The first rows of a shared data set."""
    source = SHARED / "data" / path
    if not source.exists():
        pytest.skip(f"{path} is not beside the checkout")
    raw = source.read_bytes()
    text = (gzip.decompress(raw) if source.suffix == ".gz" else raw).decode("utf-8")
    return [json.loads(line) for line in text.split("\n")[:most] if line]


def drafts(mails: Iterable[bytes]) -> Counter[Leave]:
    """Count what may be drafted in answer to mails that came to whoever they name first."""
    counts: Counter[Leave] = Counter()
    for mail in mails:
        try:
            message = parsed(mail)
        except HeldMessageError:
            counts[Leave.NO] += 1
            continue
        to = next((party.address for party in message.recipients), "") or "me@example.net"
        owner = Profile(name="Robin Sample", addresses=(to if to != message.sender.address else "me@example.net",))
        counts[clear(message, owner, Past(), NOW, words()).draft] += 1
    return counts


def test_nearly_every_bounce_and_automatic_reply_is_stopped() -> None:
    """Of real bounces, reports and absence notes 98 % and more are refused; the rest are people who forward one."""
    folder = SHARED / "data" / "bounces_autoreplies" / "raw_dev"
    found = drafts((folder / row["id"]).read_bytes() for row in rows("bounces_autoreplies/dev.jsonl", 120))
    assert found[Leave.NO] >= 0.98 * found.total()


def test_letters_between_people_are_hardly_ever_stopped() -> None:
    """Of real office mail between people at most 3 % is refused."""
    mails = (row["raw_latin1"].encode("latin-1") for row in rows("enron_categories/dev.jsonl.gz", 120))
    found = drafts(mails)
    assert found[Leave.NO] <= 0.03 * found.total()


def table() -> Counter[str]:
    """Count which gate decided how many cases, for the record: `python tests/desk/test_automatons.py`."""
    counts: Counter[str] = Counter()
    for one in trials(""):
        found = cleared(one)
        wrong = "WRONG" if wrong_draft(one, found) else ""
        names = [reason.name for reason in found.reasons] if found else ["HELD BY THE PARSER"]
        counts[f"{found.draft.name if found else 'NO':5} {'+'.join(names) or '-'} {wrong}"] += 1
    return counts


if __name__ == "__main__":
    for line, count in sorted(table().items()):
        print(f"{count:4} {line}")
