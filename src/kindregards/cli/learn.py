"""`kindregards learn`: the owner corrects what the desk made of a conversation, and the next triage goes by it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.cli.history import MOST, LedgerOption, ProfileOption, existing, the_one
from kindregards.core.errors import UsageError
from kindregards.core.intent import Ask
from kindregards.core.lessons import Correction, Lesson
from kindregards.core.profile import Profile
from kindregards.ports import Kept, Ledger

Label = TypeVar("Label", bound=Enum)
_HOW = "'kindregards learn WHO --action ACTION' teaches, --list lists what was taught, --undo LESSON takes it back"


def learn(
    conversation: Annotated[
        str | None,
        typer.Argument(metavar="WHO", help="Which conversation was judged wrongly, as 'kindregards show' takes it."),
    ] = None,
    action: Annotated[
        str | None,
        typer.Option(
            "--action",
            metavar="ACTION",
            help=f"What should have been done: {', '.join(each.value for each in Correction)}. "
            "skip says that it is no solicitation.",
        ),
    ] = None,
    ask: Annotated[
        str | None,
        typer.Option("--ask", metavar="ASK", help="What is asked, if that was misread: offer.training, request.job …"),
    ] = None,
    listing: Annotated[bool, typer.Option("--list", metavar="", help="List what was taught.")] = False,
    undo: Annotated[
        str | None, typer.Option("--undo", metavar="LESSON", help="Take back the lesson of this number.")
    ] = None,
    profile: ProfileOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Correct what was made of a conversation, so that the next triage knows better.

    It counts at once: fully for the same sender, and for others as far as what they write is like it.

    What you have answered already stays as it is.
    """
    if (conversation is not None) + listing + (undo is not None) != 1:
        raise UsageError(f"say one thing to do: {_HOW}")
    if conversation is None and (action or ask):
        raise UsageError(f"--action and --ask need a conversation: {_HOW}")
    owner = config.load_profile(profile)
    where = existing(ledger)
    if listing:
        _list(where, owner)
    elif undo is not None:
        _undo(where, owner, undo)
    elif conversation is not None:
        _teach(where, owner, conversation, _correction(action), _asked(action, ask))


def _correction(action: str | None) -> Correction:
    if action is None:
        raise UsageError(f"say what should have been done with --action: {_names(Correction)}")
    return _label(Correction, action, "action")


def _asked(action: str | None, ask: str | None) -> Ask | None:
    if ask and action == Correction.SKIP.value:
        raise UsageError("skip says that nothing is asked, so it goes without --ask")
    return _label(Ask, ask, "ask") if ask is not None else None


def _label(kind: type[Label], value: str, what: str) -> Label:
    """The member of that value; UsageError names those there are."""
    try:
        return kind(value.strip().casefold())
    except ValueError:
        raise UsageError(f"there is no {what} '{value}'; there are {_names(kind)}") from None


def _names(kind: type[Enum]) -> str:
    return ", ".join(str(each.value) for each in kind)


def _teach(where: Path, owner: Profile, wanted: str, action: Correction, ask: Ask | None) -> None:
    from kindregards import setup

    with setup.open_ledger(where, owner, dry_run=False) as memory:
        listing = memory.listing(MOST)
        if not listing:
            raise UsageError(_nobody(where, owner))
        kept = the_one(wanted, listing)
        found = kept.disposition
        lesson = memory.teach(
            Lesson(
                conversation=found.conversation,
                message=kept.judged,
                person=kept.person,
                action=action,
                ask=ask,
                traits=found.traits,
                taught=datetime.now(UTC),
            )
        )
    asks = f", asks {lesson.ask.value}" if lesson.ask else ""
    about = f': "{found.subject}"' if found.subject else ""
    console.say(f"Lesson {lesson.number}: {lesson.action.value}{asks}, for {console.who(found)}{about}.")
    for line in _notes(kept):
        console.note(line)


def _nobody(where: Path, owner: Profile) -> str:
    return (
        f"nothing is kept for {owner.addresses[0]} in {where}; "
        "name the profile with which 'kindregards triage' was run (--profile FILE)"
    )


def _notes(kept: Kept) -> Sequence[str]:
    """What the owner may not expect of a lesson about this conversation."""
    if kept.opted_out:
        return ["They asked not to be written to: nothing is ever said to them, whatever is taught."]
    lines = []
    if kept.said:
        lines.append("You have answered this conversation already, so it stays as it is; what comes next goes by it.")
    if kept.disposition.traits is None:
        lines.append(
            "It was left alone unread, or kept by an earlier version: this counts for its sender alone, "
            "and what a gate of triage stops stays stopped."
        )
    return lines or ["The next 'kindregards triage' goes by it; 'kindregards learn --list' lists what was taught."]


def _list(where: Path, owner: Profile) -> None:
    from kindregards import setup

    with setup.open_ledger(where, owner, dry_run=True) as memory:
        lessons = setup.lessons(memory, owner).taught
        if not lessons and not memory.listing(1):
            raise UsageError(_nobody(where, owner))
        rows = [(lesson, kept.disposition) for lesson in lessons if (kept := memory.kept(lesson.conversation))]
    if rows:
        console.lessons(rows)
    else:
        console.say("Nothing is taught yet.")


def _undo(where: Path, owner: Profile, wanted: str) -> None:
    from kindregards import setup

    with setup.open_ledger(where, owner, dry_run=False) as memory:
        numbers = {str(lesson.number): lesson.number for lesson in memory.lessons()}
        if not numbers:
            raise UsageError(_nothing(memory, where, owner))
        if wanted not in numbers or not memory.unteach(numbers[wanted]):
            raise UsageError(f"there is no lesson {wanted}; there are {', '.join(numbers)}")
    console.say(f"Lesson {wanted} is taken back; the next triage is as if it had never been taught.")


def _nothing(memory: Ledger, where: Path, owner: Profile) -> str:
    return "nothing is taught yet, so there is nothing to take back" if memory.listing(1) else _nobody(where, owner)
