"""Puts the program together: shipped files, profile, sources, ledger and the desk; the only place that knows them all."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

from kindregards import config
from kindregards.adapters import outbox, resources
from kindregards.adapters.ledger import SqlLedger, open_memory
from kindregards.adapters.ledger import open_ledger as open_file
from kindregards.adapters.linkedin import LinkedInExport
from kindregards.adapters.sources import open_source
from kindregards.core import groups, mime
from kindregards.core.errors import SourceError, UsageError
from kindregards.core.message import Message
from kindregards.core.profile import Profile
from kindregards.core.quoting import QuotingWords
from kindregards.desk.answers import OwnAnswers
from kindregards.desk.discretion import Private
from kindregards.desk.handle import Desk, Disposition
from kindregards.desk.notification import Platforms
from kindregards.desk.reply import Stationery
from kindregards.desk.salutation import Names
from kindregards.desk.triage import Words
from kindregards.desk.wording import Fields
from kindregards.ports import Source
from kindregards.scout.contacts import Contact, known_people, private_terms
from kindregards.worker import Round, Surroundings


def open_ledger(path: Path | None, owner: Profile, *, dry_run: bool) -> AbstractContextManager[SqlLedger]:
    """Open the owner's ledger; a dry run works on a copy in memory."""
    where = path or config.default_ledger()
    if not dry_run:
        return open_file(where, owner.addresses[0])
    if where.exists():
        return open_file(where, owner.addresses[0], read_only=True)
    return open_memory(owner.addresses[0])


def desk(wordings: config.Wordings) -> Desk:
    """The desk with all that the package ships."""
    return Desk(
        reader=resources.reader(),
        judge=resources.judge(),
        words=Words.load(resources.text("triage.toml")),
        answers=OwnAnswers(resources.heads()),
        stationery=stationery(wordings),
        groups=groups.read(resources.text("groups.jsonl")),
        countries=groups.Countries.read(resources.text("countries.toml")),
        calibration=resources.calibration(),
    )


def stationery(wordings: config.Wordings) -> Stationery:
    """Wordings with the owner's changes, fields of work, names."""
    return Stationery(
        wordings=wordings,
        fields=Fields.read(resources.text("fields.toml")),
        names=Names.read(resources.text("names.toml")),
    )


def parser() -> "Parse":
    """The message parser with its word lists."""
    return Parse(QuotingWords.load(resources.text("quoting.toml")))


class Parse:
    """Parses raw mails; `core.mime.parse` with the shipped word lists."""

    def __init__(self, quoting: QuotingWords) -> None:
        """Take the words by which quoted text is known."""
        self._quoting = quoting

    def __call__(self, raw: bytes, folder: str, flags: frozenset[str]) -> Message:
        """Parse one mail; HeldMessageError where a limit is broken."""
        return mime.parse(raw, folder=folder, flags=flags, quoting=self._quoting)


def prepare(paths: Sequence[Path], owner: Profile, *, ledger: SqlLedger, now: datetime) -> Round:
    """Make a round over sources; those that cannot be opened are failures of the round, the others go on."""
    if not paths:
        raise UsageError("name at least one mailbox or export")
    parse = parser()
    opened: list[Source] = []
    failures: list[SourceError] = []
    contacts: list[Contact] = []
    for path in paths:
        try:
            source = open_source(path, parse)
            if isinstance(source, LinkedInExport):
                contacts += source.connections()
            opened.append(source)
        except SourceError as why:
            failures.append(why)
    wordings = config.Wordings()
    return Round(
        sources=opened,
        profile=owner,
        desk=desk(wordings),
        platforms=Platforms.load(resources.text("platforms.toml")),
        ledger=ledger,
        fingerprint=config.fingerprint(owner, wordings),
        now=now,
        surroundings=Surroundings(known=known_people(contacts), private=Private.of(private_terms(contacts))),
        failures=failures,
    )


class Drafts:
    """Writes drafts as files that a mail program opens: .eml for mail, .txt to paste for a network."""

    def __init__(self, folder: Path | None, owner: Profile) -> None:
        """Take the folder to write to, None to write nothing."""
        self._folder = folder
        self._owner = owner
        self.written = 0

    def write(self, found: Disposition) -> None:
        """Write the draft of a conversation, if it has one that is not there yet with the same text."""
        if self._folder is None or found.reply is None:
            return
        raw, suffix = self._content(found)
        path = self._folder / f"{_file_name(found)}{suffix}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not (path.exists() and path.read_bytes() == raw):
                path.write_bytes(raw)
                self.written += 1
        except OSError as why:
            raise UsageError(f"cannot write drafts to {self._folder} ({why.strerror})") from None

    def _content(self, found: Disposition) -> tuple[bytes, str]:
        reply = found.reply
        if reply is None or not reply.to:
            return (reply.body if reply else "").encode(), ".txt"
        message_id = outbox.new_message_id(f"{found.conversation}\0{found.message_id}\0{found.action.value}")
        date = found.date or datetime.now(UTC)
        return outbox.serialize(reply, author_name=self._owner.name, message_id=message_id, date=date), ".eml"


def _file_name(found: Disposition) -> str:
    """A file name that tells whom it answers: day, sender, the beginning of a digest of the conversation's id."""
    import hashlib

    day = found.date.strftime("%Y-%m-%d") if found.date else "undated"
    name = found.sender.name or found.sender.address
    plain = "-".join("".join(sign if sign.isalnum() else " " for sign in name).split())[:40] or "unknown"
    return f"{day}-{plain}-{hashlib.sha256(found.conversation.encode()).hexdigest()[:8]}"
