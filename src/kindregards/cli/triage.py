"""`kindregards triage`: read mailboxes and exports, judge, draft; nothing is ever sent or changed there."""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.core.profile import Profile
from kindregards.desk.handle import Disposition

#: A bar is shown for what takes longer than this many seconds.
PATIENCE = 1.0


def triage(
    sources: Annotated[
        list[Path], typer.Argument(help="mbox files, Maildir folders, .eml files or folders of them, LinkedIn exports.")
    ],
    profile: Annotated[Path | None, typer.Option(help="Your profile.toml; 'kindregards init' makes one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a conversation, nothing else.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write each draft into this folder, ready to open.")] = None,
    ledger: Annotated[Path | None, typer.Option(help="The desk's memory; your data folder if not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing at all.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show every conversation and every reason.")] = False,
) -> None:
    """Read, judge and draft. Sends nothing, changes nothing in your mail."""
    from kindregards import setup  # the heavy half of the program: not for --help

    owner = config.load_profile(profile)
    with ExitStack() as stack:
        running = setup.prepare(
            sources,
            owner,
            ledger=stack.enter_context(setup.open_ledger(ledger, owner, dry_run=dry_run)),
            now=datetime.now(UTC),
        )
        running.progress = _bar(stack)
        drafts = setup.Drafts(None if dry_run else out, owner)
        found: list[Disposition] = []
        for disposition in running.dispositions():
            drafts.write(disposition)
            if as_json:
                typer.echo(json.dumps(as_object(disposition), ensure_ascii=False))
            else:
                found.append(disposition)
    if not as_json:
        show(found, owner, drafts.written, verbose=verbose)
    for failure in running.failures:
        console.complain(str(failure))
    if running.failures:
        raise typer.Exit(1)


def show(found: list[Disposition], owner: Profile, written: int, *, verbose: bool) -> None:
    """Print the table of conversations and a line that sums them up; what is left alone only when asked for."""
    rows = found if verbose else [d for d in found if d.action.value != "skip"]
    if rows:
        console.out.print(console.table(rows))
    left = len(found) - len(rows)
    drafts = sum(d.reply is not None for d in found)
    tail = f", {written} written" if written else ""
    console.out.print(
        f"\n{len(found)} conversations for {owner.name}: {drafts} drafts{tail}, "
        f"{sum(d.action.value == 'hold' for d in found)} for you to decide" + (f", {left} left alone" if left else "")
    )
    if verbose:
        for disposition in rows:
            for reason in disposition.reasons:
                console.out.print(f"  {console.who(disposition)}: {reason.name} {reason.text}", markup=False)


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
