"""Training rows out of the files in this folder: single messages, whole cases, statements and phrases.

messages/LANG.jsonl: one message a line. cases/OWNER.jsonl with owners/OWNER.toml: whole conversations in the exam's
format. Both were written for this project; nothing of the exam is read here.
"""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kindregards.core.intent import Before
from kindregards.core.profile import Profile, read
from kindregards.core.reader import marks

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "src" / "kindregards" / "data"
AFTER_A_NO = ("thanks", "orientation", "insistence", "new-ask", "hostile", "opt-out")
EVERYDAY_WEIGHT = 0.5
PERSONAL = ("solicitation", "invitation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One training text with its labels; a label that is None or a text that does not show it is left out."""

    text: str
    language: str
    marks: tuple[str, ...] = ()
    kind: str | None = None
    turn: str | None = None
    ask: str | None = None
    thread: str = ""  #: all that the correspondent wrote, for the ask
    topic: tuple[str, ...] = ()
    fits: str | None = None
    near: str | None = None
    profile_language: str = "en"  #: of `fits` and `near`
    owner: str = ""
    relevant: bool | None = None
    case: Any = None
    weight: float = 1.0  #: how much the message counts beside others; only those of 1 are measured


def messages() -> Iterator[Row]:
    """Every single message; a state of the conversation is supposed where the turn implies one."""
    for path in sorted((HERE / "messages").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            after = row["turn"] in AFTER_A_NO
            before = Before(incoming=("…",) if after or row["turn"] == "follow-up" else (), answered=after)
            text = f"{row['subject'] or ''}\n{row['text']}"
            earlier = [turn["text"] for turn in row.get("before", ()) if turn["way"] == "in"]
            personal = row["kind"] in PERSONAL
            yield Row(
                text=text,
                thread="\n".join((row["subject"] or "", *earlier, row["text"])),
                language=row.get("language", path.stem),
                marks=marks(row["channel"], before),
                kind=row["kind"],
                turn=row["turn"] if personal else None,
                ask=row["ask"] if earlier or row["turn"] in ("opening", "follow-up") else None,
                topic=tuple(row["topic"] or ()),
                profile_language=row.get("profile_language", "en"),
                fits=row["fits"],
                near=row["near"],
            )


def everyday() -> Iterator[Row]:
    """Mail that asks nothing of the owner as a stranger would: work, lists, newsletters, spam, fraud, machines."""
    for path in sorted((HERE / "everyday").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = f"{row['subject']}\n{row['text']}"
            plain = marks("email", Before())
            yield Row(text=text, thread=text, language=path.stem, marks=plain, kind=row["kind"], weight=EVERYDAY_WEIGHT)


def reactions() -> Iterator[Row]:
    """What people write back to a no: its turn alone, for what was asked does not stand in it."""
    answered = marks("email", Before(incoming=("…",), answered=True))
    for path in sorted((HERE / "turns").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            turn, text = line.split("\t")
            yield Row(text=f"\n{text}", language=path.stem, marks=answered, turn=turn)


def cases() -> Iterator[Row]:
    """Every whole conversation of the practice owners."""
    for path in sorted((HERE / "cases").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield _case(json.loads(line))


def _case(case: dict[str, Any]) -> Row:
    thread, expect = case["thread"], case["expect"]
    incoming = [turn for turn in thread if turn["way"] == "in"]
    last = thread[-1]
    before = Before(
        incoming=tuple(turn["body"] for turn in incoming[:-1]),
        answered=any(turn["way"] == "out" for turn in thread),
    )
    return Row(
        text=f"{last.get('subject') or ''}\n{last['body']}",
        thread="\n".join((last.get("subject") or "", *before.incoming, last["body"])),
        language=expect["language"],
        marks=marks(last["channel"], before),
        kind=expect["kind"],
        turn=expect["turn"] if expect["kind"] in PERSONAL else None,
        ask=expect["ask"],
        topic=tuple(expect["topic"]),
        owner=case["owner"],
        relevant=expect["relevant"],
        case=case,
    )


def owners() -> dict[str, Profile]:
    """The practice owners by name."""
    return {p.stem: read(p.read_text(encoding="utf-8")) for p in sorted((HERE / "owners").glob("*.toml"))}


def wordings() -> dict[str, dict[str, Any]]:
    """The wording files by language: their words for the asks name things, in every language."""
    return {p.stem: tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted((DATA / "wordings").glob("*.toml"))}


def statements(rows: list[Row]) -> Iterator[tuple[str, str, str, float]]:
    """Texts that speak of an ask as a profile does: (text, language, ask, weight)."""
    for row in rows:
        if row.ask is None:
            continue
        if row.fits:
            yield row.fits, row.profile_language, row.ask, 1.0
        for phrase in row.topic:
            yield phrase, row.language, row.ask, 0.5
    yield from ((phrase, language, ask, 0.5) for phrase, language, ask in topics())
    for text, language, asks in lines("profile"):
        yield from ((text, language, ask, 1.0 / len(asks)) for ask in asks)
    for language, wording in wordings().items():
        for ask, words in wording["asks"].items():
            for key in ("label", "about", "no"):
                yield words[key], language, ask, 2.0


def answers() -> Iterator[tuple[str, str, str, str]]:
    """What owners wrote back: (text, language, no | pointer | engaged, practice owner or "")."""
    for path in sorted((HERE / "answers").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["text"], path.stem, row["answer"], ""
    for row in cases():
        if row.kind == "correspondence" or row.turn in AFTER_A_NO:
            label = "engaged" if row.kind == "correspondence" else "no"
            yield from (
                (turn["body"], row.language, label, row.owner) for turn in row.case["thread"] if turn["way"] == "out"
            )
    for language, wording in wordings().items():
        for register in wording["registers"]:
            texts = wording[register]
            for key in ("refusal", "reason_fit"):
                yield from ((text, language, "no", "") for text in texts[key])
            yield from ((text, language, "pointer", "") for key in ("pointer", "orient") for text in texts[key])


def topics() -> Iterator[tuple[str, str, str]]:
    """Words and phrases by which things are named, listed by hand: (phrase, language, ask)."""
    for path in sorted((HERE / "topics").glob("*.toml")):
        for ask, phrases in tomllib.loads(path.read_text(encoding="utf-8"))["asks"].items():
            yield from ((phrase, path.stem, ask) for phrase in phrases)


def lines(side: str) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Lines of messages or of profiles, by hand: (text, language, the asks it speaks of); `side` says which."""
    for path in sorted((HERE / "lines").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            which, asks, text = line.split("\t")
            if which == side:
                yield text, path.stem, tuple(asks.split(","))


def other_languages() -> Iterator[tuple[str, str]]:
    """Texts in languages that have no wordings, so that they are not taken for a neighbour: (text, language)."""
    path = HERE / "languages" / "other.jsonl"
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["text"], row["language"]
