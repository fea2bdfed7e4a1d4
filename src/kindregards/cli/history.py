"""`kindregards log` and `show`: what the desk remembers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.core.errors import UsageError
from kindregards.desk.conversation import Action
from kindregards.ports import Kept

#: Conversations that `show` looks through, the newest.
MOST = 100_000

# Whether a file may be read is found out, and told, by what reads it.
ProfileOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", readable=False, help="Your profile, if it lies elsewhere than 'kindregards init' puts it."
    ),
]
LedgerOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", readable=False, help="Where decisions are remembered, if not in your data folder."),
]


def log(
    profile: ProfileOption = None,
    ledger: LedgerOption = None,
    limit: Annotated[
        int, typer.Option("--limit", "-n", metavar="NUMBER", min=1, help="How many conversations to list at most.")
    ] = 50,
    everything: Annotated[bool, typer.Option("--all", metavar="", help="List what was left alone, too.")] = False,
) -> None:
    """List what was decided, the newest first."""
    from kindregards import setup

    owner = config.load_profile(profile)
    with setup.open_ledger(existing(ledger), owner, dry_run=True) as memory:
        kept = [k.disposition for k in memory.listing(limit if everything else limit * 20)]
    rows = kept if everything else [d for d in kept if d.action is not Action.SKIP][:limit]
    if not rows:
        nothing = "Only mail that is left alone is kept; --all lists it." if kept else "Nothing is kept yet."
        console.say(nothing)
        return
    console.out.print(console.table(rows))
    console.say()
    console.note("'kindregards show NAME' shows one of them whole, with its draft.")


def show(
    conversation: Annotated[
        str,
        typer.Argument(
            metavar="WHO", help="Part of the sender's name or address, or of the conversation's id as --json prints it."
        ),
    ],
    profile: ProfileOption = None,
    ledger: LedgerOption = None,
) -> None:
    """Show one conversation: what was understood, why, and the draft."""
    from kindregards import setup

    owner = config.load_profile(profile)
    with setup.open_ledger(existing(ledger), owner, dry_run=True) as memory:
        found = the_one(conversation, memory.listing(MOST))
        past = memory.history(found.disposition.conversation)
    console.conversation(found, past)


def the_one(wanted: str, kept: Sequence[Kept]) -> Kept:
    """The conversation that fits; UsageError where none does, or several do."""
    found = _fitting(wanted, kept)
    if not found:
        raise UsageError(f"no conversation fits '{wanted}'; 'kindregards log --all' lists them")
    if len(found) > 1:
        names = ", ".join(f"{console.who(k.disposition)} ({k.disposition.conversation})" for k in found[:5])
        more = ", …" if len(found) > 5 else ""
        raise UsageError(f"{len(found)} conversations fit '{wanted}': {names}{more}; give the id of one")
    return found[0]


def _fitting(wanted: str, kept: Sequence[Kept]) -> list[Kept]:
    """The conversation of that id, else those with just that person, else those where it is part of either."""
    part = wanted.casefold()

    def names(record: Kept) -> tuple[str, str]:
        return record.disposition.sender.name.casefold(), record.disposition.sender.address.casefold()

    return (
        [k for k in kept if k.disposition.conversation == wanted]
        or [k for k in kept if part in names(k)]
        or [k for k in kept if any(part in text for text in (*names(k), k.disposition.conversation.casefold()))]
    )


def existing(ledger: Path | None) -> Path:
    """Where the ledger is; UsageError where there is none yet."""
    where = ledger or config.default_ledger()
    if not where.exists():
        raise UsageError(f"there is no ledger at {where} yet; 'kindregards triage YOUR-MAILBOX' begins one")
    return where
