"""Who may be answered, with a history: the cases whose `prior` says what passed before (RELIABILITY §3)."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kindregards import config, setup
from kindregards.core.profile import read
from kindregards.desk.conversation import Action, Episode, State
from kindregards.desk.handle import Desk, Dossier, handle
from kindregards.desk.triage import Past

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
CASES = SHARED / "cases" / "automatons.jsonl"


def with_history() -> list[Any]:
    """The cases that tell of earlier answers, as test parameters."""
    if not CASES.exists():
        return [
            pytest.param(None, marks=pytest.mark.skip(reason="the cases lie beside the checkout for its authors only"))
        ]
    rows = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    return [
        pytest.param(row, id=row["id"]) for row in rows if any(e["event"] == "auto_reply" for e in row.get("prior", []))
    ]


@pytest.fixture(scope="module")
def desk() -> Desk:
    """The shipped desk."""
    return setup.desk(config.Wordings(Path("/nonexistent")))


@pytest.mark.shared
@pytest.mark.parametrize("case", with_history())
def test_nobody_is_answered_who_had_an_answer(case: dict[str, Any], desk: Desk) -> None:
    """Where an earlier answer stands, nothing more is drafted unless the case allows it."""
    sys.path.insert(0, str(SHARED / "cases"))
    try:
        import run as cases
    finally:
        sys.path.pop(0)
    profile = read(cases.PROFILE.format(addresses=json.dumps(case["owner"])))
    message = setup.parser()(cases.eml(case), "", frozenset())
    assert message.date is not None
    answers = [
        e for e in case["prior"] if e["event"] == "auto_reply" and e.get("to", "").casefold() == "timo@example.com"
    ]
    latest = min((timedelta(seconds=e["ago_s"]) for e in answers), default=timedelta(days=999))
    found = handle(
        Dossier(
            conversation="now",
            thread=(message,),
            profile=profile,
            now=message.date,
            past=Past(answered_at=message.date - latest if answers else None),
            episodes=tuple(episodes(answers, message.date)),
        ),
        desk,
    )
    assert found is not None
    if case["draft"] == "none":
        assert found.reply is None
        assert found.action in (Action.REST, Action.CLOSE, Action.HOLD, Action.SKIP)
    if found.reply:
        assert found.reply.to == "timo@example.com"


def episodes(answers: list[dict[str, Any]], now: Any) -> list[Episode]:
    """What the ledger would remember: a no, and after a second answer a pointer."""
    states = [State.ANSWERED, State.ORIENTED]
    return [
        Episode(
            conversation=f"earlier-{n}",
            state=states[min(n, 1)],
            ask=None,
            said=True,
            declined=now - timedelta(seconds=answer["ago_s"]),
        )
        for n, answer in enumerate(answers)
    ]
