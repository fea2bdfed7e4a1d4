"""`kindregards demo`: the main job on the bundled sample mailbox, in memory; nothing of the owner's is read."""

from datetime import UTC, datetime
from importlib.resources import as_file, files

from kindregards.cli import console
from kindregards.core.profile import read
from kindregards.desk.conversation import Action
from kindregards.desk.handle import Disposition

#: When the sample mailbox is looked at: a few days after its last mail.
NOW = datetime(2026, 11, 25, tzinfo=UTC)
#: Languages shown together: one draft of each action in each.
FAMILIES = {
    "English": ("en",),
    "Romance": ("fr", "es", "it", "pt", "ro", "ca"),
    "Germanic": ("de", "nl", "sv"),
    "Slavic": ("pl", "cs", "ru", "uk"),
    "other": (),
}


def demo() -> None:
    """See it at work on a sample mailbox, without touching yours.

    Shows what it decided about each conversation, then one whole answer of each sort and group of languages.
    """
    from kindregards import setup
    from kindregards.adapters import resources
    from kindregards.adapters.ledger import open_memory

    owner = read(resources.text("demo", "profile.toml"))
    mailbox = files("kindregards").joinpath("data", "demo", "mail.mbox")
    console.say(f"A sample mailbox of {owner.name}: {owner.headline}. Nothing is sent.", style="bold")
    console.say()
    with as_file(mailbox) as path, open_memory(owner.addresses[0]) as ledger:
        running = setup.prepare([path], owner, ledger=ledger, now=NOW)
        found = list(running.dispositions())
    console.out.print(console.table(found))
    console.out.print()
    shown: set[tuple[Action, str]] = set()
    for disposition in found:
        key = (disposition.action, family(disposition))
        if disposition.reply and key not in shown:
            shown.add(key)
            console.out.print(console.draft(disposition))
    console.say()
    console.say(f"{len(found)} conversations, {sum(d.reply is not None for d in found)} drafts, nothing sent.")
    console.say("Now on your own mail: first 'kindregards init', then 'kindregards triage YOUR-MAILBOX'.")


def family(found: Disposition) -> str:
    """The language group of a draft."""
    language = found.reply.language if found.reply else ""
    return next((name for name, tags in FAMILIES.items() if language in tags), "other")
