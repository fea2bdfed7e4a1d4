"""`kindregards log` and `show`: what the desk remembers."""

from pathlib import Path
from typing import Annotated

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.core.errors import UsageError

ProfileOption = Annotated[Path | None, typer.Option(help="Your profile.toml.")]
LedgerOption = Annotated[Path | None, typer.Option(help="The desk's memory; your data folder if not given.")]


def log(
    profile: ProfileOption = None,
    ledger: LedgerOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many conversations.")] = 50,
    everything: Annotated[bool, typer.Option("--all", help="What was left alone, too.")] = False,
) -> None:
    """List the conversations that were decided last."""
    from kindregards import setup

    owner = config.load_profile(profile)
    with setup.open_ledger(_existing(ledger), owner, dry_run=True) as memory:
        kept = [k.disposition for k in memory.listing(limit if everything else limit * 20)]
    rows = kept if everything else [d for d in kept if d.action.value != "skip"][:limit]
    if not rows:
        console.out.print("Nothing is kept yet; 'kindregards triage YOUR-MAILBOX' begins.")
        return
    console.out.print(console.table(rows))
    console.out.print("\n'kindregards show NAME-OR-ID' shows one of them.", style="bright_black")


def show(
    conversation: Annotated[
        str, typer.Argument(metavar="ID", help="A conversation's id, or part of it, or of the sender's name.")
    ],
    profile: ProfileOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Show one conversation: what was understood and why, the draft, how it came to stand where it stands."""
    from kindregards import setup

    owner = config.load_profile(profile)
    with setup.open_ledger(_existing(ledger), owner, dry_run=True) as memory:
        wanted = conversation.casefold()
        kept = memory.listing(100_000)
        found = [k for k in kept if k.disposition.conversation == conversation] or [
            k
            for k in kept
            if wanted in k.disposition.conversation.casefold() or wanted in console.who(k.disposition).casefold()
        ]
        if not found:
            raise UsageError(f"no conversation fits '{conversation}'; 'kindregards log' lists them")
        if len(found) > 1:
            names = ", ".join(f"{console.who(k.disposition)} ({k.disposition.conversation})" for k in found[:5])
            raise UsageError(f"{len(found)} conversations fit '{conversation}': {names}; name one more closely")
        past = memory.history(found[0].disposition.conversation)
    console.conversation(found[0], past)


def _existing(ledger: Path | None) -> Path:
    where = ledger or config.default_ledger()
    if not where.exists():
        raise UsageError(f"there is no ledger at {where} yet; 'kindregards triage YOUR-MAILBOX' begins one")
    return where
