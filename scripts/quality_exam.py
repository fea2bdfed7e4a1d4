"""The exam: whole conversations of invented owners through the command line, scored by the exam's own rules.

What is among the first three asks, and how well the judge ranks, is not in the JSON of the command line. It is read
from the same round run in the process, whose answers must be those of the command line.
"""

import importlib.util
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from quality_page import met, table

from kindregards import setup
from kindregards.adapters.ledger import open_memory
from kindregards.core.intent import Before, Intent, Reader
from kindregards.core.profile import Profile, read
from kindregards.core.relevance import Judge, Judgement
from kindregards.desk.handle import Disposition

PERSONAL = ("solicitation", "invitation")
SPEAKS = ("decline", "orient", "decline-invitation")
COVERAGE = "share of conversations above the confidence where 1% are wrong"


class Watch:
    """Stands before a reader and a judge and keeps what they said of the last message they were asked about."""

    def __init__(self, reader: Reader, judge: Judge) -> None:
        """Take the reader and the judge to ask."""
        self._reader, self._judge = reader, judge
        self.intent: Intent | None = None
        self.judgement: Judgement | None = None

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Read one message."""
        self.intent = self._reader.understand(subject, text, channel, before)
        return self.intent

    def language(self, subject: str, text: str) -> str:
        """The language of a message."""
        return self._reader.language(subject, text)

    def judge(self, intent: Intent, text: str, profile: Profile, *, answered: bool = False) -> Judgement:
        """Weigh an ask."""
        self.judgement = self._judge.judge(intent, text, profile, answered=answered)
        return self.judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What stands behind one answer: the likeliest asks, and the probability that it fits, None where not judged."""

    asks: tuple[str, ...]
    fits: float | None


def load(path: Path) -> ModuleType:
    """The exam's own script as a module."""
    spec = importlib.util.spec_from_file_location("exam", path)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(shared: Path, command: Path, work: Path, errors: int) -> str:
    """Run and score it; the section of the page."""
    root = shared / "exam"
    exam = load(root / "exam.py")
    exam.build(root, work)
    exam.run(work, f"{command} triage")
    cases: list[dict[str, Any]] = exam.load_cases(root)
    behind = {key: found for folder in sorted(work.iterdir()) for key, found in readings(exam, folder, cases)}
    figures, wrong, _ = exam.score(root, work)
    for row in wrong[:errors]:
        print("  ", *row, sep=" | ")
    parts = [_main(figures, cases, behind)]
    for name, label in (("owner", "owner"), ("language", "language of the message")):
        groups = defaultdict(list)
        for case in cases:
            groups[case["owner"] if name == "owner" else case["expect"]["language"]].append(case)
        rows = [_row(key, _scored(exam, root, work, groups[key]), groups[key], behind) for key in _by_size(groups)]
        parts.append(table((label, *_HEAD), rows))
    return "\n\n".join(parts)


def readings(exam: ModuleType, folder: Path, cases: list[dict[str, Any]]) -> Iterator[tuple[str, Reading]]:
    """Run one owner's round in the process and tell what stands behind each answer, by case.

    RuntimeError where an answer is not the one that the command line gave.
    """
    owner = read((folder / "profile.toml").read_text(encoding="utf-8"))
    known = {case["id"] for case in cases}
    told = {}
    for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        told[exam.case_of(answer, known)] = (answer["kind"], answer["ask"], answer["action"])
    for found, intent, judgement in _round([folder / "mail.mbox", folder / "linkedin.zip"], owner):
        same = {"message_id": found.message_id, "conversation": found.conversation, "from": {"url": found.sender.url}}
        key = exam.case_of(same, known)
        ask = found.ask.value if found.ask else None
        if told.get(key) != (found.kind.value, ask, found.action.value):
            raise RuntimeError(f"{key}: the command line and the process do not agree")
        likeliest = sorted(intent.asks, key=lambda each: -intent.asks[each]) if intent else []
        asks = dict.fromkeys([*([ask] if ask else []), *(each.value for each in likeliest)])
        yield key, Reading(asks=tuple(asks)[:3], fits=judgement.probability if judgement else None)


def _round(sources: list[Path], owner: Profile) -> Iterator[tuple[Disposition, Intent | None, Judgement | None]]:
    with open_memory(owner.addresses[0]) as ledger:
        running = setup.prepare(sources, owner, ledger=ledger, now=datetime.now(UTC))
        watch = Watch(running.desk.reader, running.desk.judge)
        running.desk = replace(running.desk, reader=watch, judge=watch)
        last: list[tuple[Intent | None, Judgement | None]] = [(None, None)]

        def done(_done: int, _total: int) -> None:  # called after each conversation, before it is yielded
            last[0] = (watch.intent, watch.judgement)
            watch.intent = watch.judgement = None

        running.progress = done
        for found in running.dispositions():
            yield found, *last[0]


def _scored(exam: ModuleType, root: Path, work: Path, some: list[dict[str, Any]]) -> dict[str, Any]:
    """Score some of the cases by the exam's own rules."""
    everything = exam.load_cases
    setattr(exam, "load_cases", lambda _root: some)  # noqa: B010  # a module has no such attribute for mypy
    try:
        figures: dict[str, Any] = exam.score(root, work)[0]
    finally:
        setattr(exam, "load_cases", everything)  # noqa: B010
    return figures


def _by_size(groups: dict[str, list[dict[str, Any]]]) -> list[str]:
    return sorted(groups, key=lambda key: (-len(groups[key]), key))


def asking(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The cases in which somebody asks something."""
    return [case for case in cases if case["expect"]["kind"] in PERSONAL]


def first_three(cases: list[dict[str, Any]], behind: dict[str, Reading]) -> tuple[int, int]:
    """How often the right ask is among the likeliest three, and of how many."""
    due = [case for case in asking(cases) if case["expect"]["ask"]]
    return sum(case["id"] in behind and case["expect"]["ask"] in behind[case["id"]].asks for case in due), len(due)


def ranking(cases: list[dict[str, Any]], behind: dict[str, Reading]) -> tuple[float | None, int, int]:
    """How often what fits is ranked above what does not (area under the curve), the cases, and those not judged.

    What was not judged counts as not fitting, which is what the owner gets to see.
    """
    due = [case for case in asking(cases) if case["expect"]["relevant"] is not None]
    judged = {case["id"]: behind[case["id"]].fits if case["id"] in behind else None for case in due}
    fits = [judged[case["id"]] or 0.0 for case in due if case["expect"]["relevant"]]
    not_ = [judged[case["id"]] or 0.0 for case in due if not case["expect"]["relevant"]]
    won = sum((a > b) + 0.5 * (a == b) for a in fits for b in not_)
    area = won / (len(fits) * len(not_)) if fits and not_ else None
    return area, len(due), sum(each is None for each in judged.values())


def _main(figures: dict[str, Any], cases: list[dict[str, Any]], behind: dict[str, Reading]) -> str:
    grave, whole, fitting = figures["grave"], len(cases), [c for c in cases if c["expect"]["relevant"]]
    three, of_three = first_three(cases, behind)
    area, judged, unjudged = ranking(cases, behind)
    ranked = "what fits is ranked higher" + (f"; {unjudged} not judged count as not fitting" if unjudged else "")
    first = [case["expect"]["actions"][0] for case in cases]
    named = sum(c["expect"]["actions"][0] in SPEAKS and bool(c["expect"]["topic"]) for c in cases)
    answered = sum(case["expect"]["actions"][0] in (*SPEAKS, "welcome") for case in asking(cases))
    away = grave.get("turned away somebody relevant", 0)
    rows = [
        _least("kind", "what the message is, of 7", whole, (0.85, 0.96), figures["kind"]),
        _least("turn", "what the last message does, of 8", len(asking(cases)), (0.80, 0.96), figures["turn"]),
        _least("action", "one of the right actions", whole, (0.65, 0.84), figures["action"]),
        _least("language", "of the reply", answered, (0.97, 0.97), figures["language"]),
        _least("ask", "what is wanted, of 34", of_three, (None, 0.72), figures["ask"]),
        _least("ask, first three", "it is among the likeliest three", of_three, (None, 0.86), three / of_three),
        _least("relevant", "whether it fits the owner", judged, (None, 0.87), figures["relevant"]),
        _least("relevance, AUC", ranked, judged, (None, 0.90), area or 0.0),
        _least("specific", "the reply names what was asked", named, (0.60, 0.80), figures["specific"]),
        _least("pointer", "an orientation has one", first.count("orient"), (None, None), figures["pointer"]),
        _most("leaked connections", whole, grave.get("leaked a connection", 0)),
        *(
            _most(name, of, grave.get(name, 0))
            for name, of in (
                ("answered what should be left alone", first.count("skip")),
                ("answered where silence was due", whole),
                ("missing", whole),
            )
        ),
        _most("turned away somebody relevant", len(fitting), away, share=0.02),
        _least("coverage at 1% error", COVERAGE, whole, (None, 0.40), figures["coverage_at_1pct_error"]),
        _least("coverage at 5% error", "", whole, (None, None), figures["coverage_at_5pct_error"]),
    ]
    return table(("figure", "what it is", "of", "first aim", "next aim", "reached", "next aim met"), rows)


def _least(name: str, what: str, of: int, aims: tuple[float | None, float | None], value: float) -> list[object]:
    """A figure that should be high."""
    first, aim = aims
    reached = "" if aim is None else met(value >= aim) + (f", by {aim - value:.3f}" if value < aim else "")
    return [name, what, of, _figure(first), _figure(aim), f"{value:.3f}", reached]


def _most(name: str, of: int, times: int, share: float = 0.0) -> list[object]:
    """Something that should not happen, or to a small share at most."""
    shown = f"{times} ({times / max(1, of):.1%})" if times else "0"
    aim = f"{share:.0%}" if share else "0"
    return [name, "", of, "-" if share else "0", aim, shown, met(times <= share * of)]


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


_HEAD = (
    "conversations",
    "kind",
    "action",
    "asking",
    "ask",
    "first three",
    "turn",
    "relevant",
    "AUC",
    "specific",
    "grave",
)


def _row(name: str, figures: dict[str, Any], cases: list[dict[str, Any]], behind: dict[str, Reading]) -> list[object]:
    three, of = first_three(cases, behind)
    area, _, _ = ranking(cases, behind)
    values = {key: _figure(figures.get(key)) for key in ("kind", "action", "ask", "turn", "relevant", "specific")}
    return [
        name, len(cases), values["kind"], values["action"], len(asking(cases)), values["ask"],
        _figure(three / of if of else None), values["turn"], values["relevant"], _figure(area), values["specific"],
        figures["grave_total"],
    ]  # fmt: skip
