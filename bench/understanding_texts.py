"""The texts of bench/understanding.py: all of training/messages and training/cases, as any reader may take them.

Nothing of the package is imported here, for the rivals run in an environment without it.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TRAINING = Path(__file__).resolve().parents[1] / "training"
PERSONAL = ("solicitation", "invitation")
#: In so many messages of each language is it made sure that all that is read late has been read.
WARM = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One message with what passed before, and its labels; `owner` is "" for single messages."""

    name: str
    subject: str
    text: str
    channel: str
    earlier: tuple[str, ...]
    answered: bool
    language: str
    owner: str
    kind: str
    turn: str | None
    ask: str | None

    @property
    def whole(self) -> str:
        """All that the correspondent wrote."""
        return "\n".join((self.subject, *self.earlier, self.text))


def everything() -> list[Text]:
    """Every text, in an order that is always the same."""
    found = [*_messages(), *_cases()]
    random.Random(7).shuffle(found)
    return found


def warming(texts: list[Text]) -> list[Text]:
    """A few texts of each language, the last ones."""
    by_language: dict[str, list[Text]] = {}
    for text in reversed(texts):
        by_language.setdefault(text.language, []).append(text)
    return [text for some in by_language.values() for text in some[:WARM]]


def held_out(texts: list[Text]) -> tuple[list[Text], list[Text]]:
    """The texts to learn from, and those of a third of the owners, of whom nothing is learnt, that ask something."""
    owners = sorted({text.owner for text in texts if text.owner})[::3]
    aside = [text for text in texts if text.owner in owners]
    return [text for text in texts if text.owner not in owners], [t for t in aside if t.ask and t.kind in PERSONAL]


def _messages() -> Iterator[Text]:
    for path in sorted((TRAINING / "messages").glob("*.jsonl")):
        for number, row in enumerate(_rows(path)):
            before = row.get("before", ())
            yield Text(
                name=f"{path.stem}-{number}",
                subject=row["subject"] or "",
                text=row["text"],
                channel=row["channel"],
                earlier=tuple(turn["text"] for turn in before if turn["way"] == "in"),
                answered=any(turn["way"] == "out" for turn in before),
                language=row.get("language", path.stem),
                owner="",
                kind=row["kind"],
                turn=row["turn"],
                ask=row["ask"],
            )


def _cases() -> Iterator[Text]:
    for path in sorted((TRAINING / "cases").glob("*.jsonl")):
        for row in _rows(path):
            *before, last = row["thread"]
            expect = row["expect"]
            yield Text(
                name=row["id"],
                subject=last.get("subject") or "",
                text=last["body"],
                channel=last["channel"],
                earlier=tuple(turn["body"] for turn in before if turn["way"] == "in"),
                answered=any(turn["way"] == "out" for turn in before),
                language=expect["language"],
                owner=row["owner"],
                kind=expect["kind"],
                turn=expect["turn"],
                ask=expect["ask"],
            )


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]
