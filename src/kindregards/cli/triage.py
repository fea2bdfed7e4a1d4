"""`kindregards triage`: read mailboxes and exports, judge, draft; nothing is ever sent or changed there."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.cli.history import LedgerOption, ProfileOption
from kindregards.core.profile import Profile
from kindregards.desk.conversation import Action
from kindregards.desk.dossier import CAUTION
from kindregards.desk.handle import Disposition

#: A bar is shown for what takes longer than this many seconds.
PATIENCE = 1.0


def triage(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="MAILBOX",
            readable=False,  # one that cannot be read must not stop the others
            help="What to read: mbox files, Maildir folders, .eml files or folders of them, "
            "LinkedIn data exports (.zip or folder).",
        ),
    ],
    profile: ProfileOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="For other programs: one JSON object per conversation.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Write each draft into this folder: .eml opens in a mail program, .txt is to paste."
        ),
    ] = None,
    ledger: LedgerOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Only look: nothing is remembered, no file is written.")
    ] = False,
    caution: Annotated[
        float,
        typer.Option(
            metavar="0..1",
            min=0.0,
            max=1.0,
            help="How careful to be: 0 drafts whatever seems right, 1 leaves to you all that was not shown to be right "
            "99 times in 100.",
        ),
    ] = CAUTION,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", metavar="", help="Show what is left alone, too, and every reason.")
    ] = False,
) -> None:
    """Read your mail, judge what is asked of you, draft the answers.

    Nothing is ever sent, and nothing in your mailbox is changed.

    Run it as often as you like: what was decided stays, and only what is new is judged.
    """
    from kindregards import setup  # the heavy half of the program: not for --help

    owner, settings = config.load(profile)
    second = setup.second_reader(settings)
    with ExitStack() as stack:
        memory = stack.enter_context(setup.open_ledger(ledger, owner, dry_run=dry_run))
        running = setup.prepare(sources, owner, ledger=memory, now=datetime.now(UTC), second=second, caution=caution)
        running.progress = _bar(stack)
        drafts = setup.Drafts(None if dry_run else out, owner)
        found: list[Disposition] = []
        # Closed before the ledger is, whatever happens here: what was decided is kept.
        for disposition in stack.enter_context(closing(running.dispositions())):
            drafts.write(disposition)
            if as_json:
                write_json(disposition)
            else:
                found.append(disposition)
    if not as_json:
        show(found, owner, drafts.written, verbose=verbose)
        hint(found, dry_run=dry_run, written=out is not None and not dry_run)
    if second and second.off:
        console.complain(second.off)
    for failure in (*drafts.refused, *running.failures):
        console.complain(str(failure))
    if running.broken:
        what = ", ".join(f"{error} {times}x" for error, times in running.broken.items())
        console.complain(f"the desk failed on what is held as UNREADABLE ({what}); please report this fault")
    if running.failures or running.broken:
        raise typer.Exit(1)


def write_json(found: Disposition) -> None:
    """Write a disposition as one line of JSON, in UTF-8 whatever the terminal speaks (RFC 8259 §8.1)."""
    typer.echo(json.dumps(as_object(found), ensure_ascii=False).encode("utf-8", "replace"))


def show(found: list[Disposition], owner: Profile, written: int, *, verbose: bool) -> None:
    """Print the table of conversations and a line that sums them up; what is left alone only when asked for."""
    rows = found if verbose else [d for d in found if d.action is not Action.SKIP]
    if rows:
        console.out.print(console.table(rows, every_reason=verbose))
    left = len(found) - len(rows)
    drafts = sum(d.reply is not None for d in found)
    console.say()
    console.say(
        f"{console.count(len(found), 'conversation')} for {owner.name}: {console.count(drafts, 'draft')}"
        + (f", {written} written" if written else "")
        + f", {sum(d.action is Action.HOLD for d in found)} for you to decide"
        + (f", {left} left alone (-v shows them)" if left else "")
    )


def hint(found: list[Disposition], *, dry_run: bool, written: bool) -> None:
    """Say how to read the drafts, for there is no other way to know."""
    if not any(disposition.reply for disposition in found):
        return
    if dry_run:
        console.note("Nothing was kept. Run it without --dry-run to read the drafts.")
    elif not written:
        console.note("'kindregards show NAME' shows a draft, --out FOLDER writes them all as files.")


def as_object(found: Disposition) -> dict[str, Any]:
    """A disposition as the JSON object of DESIGN §6."""
    reply = found.reply
    return {
        "conversation": found.conversation,
        "message_id": found.message_id,
        "from": {"name": found.sender.name, "address": found.sender.address, "url": found.sender.url},
        "kind": found.kind.value,
        "ask": found.ask.value if found.ask else None,
        "turn": found.turn.value,
        "relevant": found.relevant,
        "action": found.action.value,
        "confidence": found.confidence,
        "language": found.language,
        "state": found.state.value,
        "reasons": [reason.text for reason in found.reasons],
        "pointers": [{"name": pointer.name, "url": pointer.url} for pointer in found.pointers],
        "reply": {"to": reply.to, "subject": reply.subject, "body": reply.body, "language": reply.language}
        if reply
        else None,
    }


def _bar(stack: ExitStack) -> Callable[[int, int], None]:
    """A progress bar with rate and remaining time on standard error, shown once the work takes long."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TimeRemainingColumn
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.0f} messages/s" if task.speed else "")

    if not console.err.is_terminal:
        return lambda _done, _total: None
    started = time.monotonic()
    bar = Progress(
        BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(), console=console.err, transient=True
    )
    state: dict[str, Any] = {}

    def advance(done: int, total: int) -> None:
        if "task" not in state:
            if time.monotonic() - started < PATIENCE:
                return
            stack.enter_context(bar)
            state["task"] = bar.add_task("", total=total)
        bar.update(state["task"], completed=done)

    return advance
