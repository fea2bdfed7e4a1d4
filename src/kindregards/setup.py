"""Puts the program together: shipped files, profile, sources, ledger and desk; the one place that knows them all."""

import gc
import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kindregards import config, selfcheck
from kindregards.adapters import outbox, resources
from kindregards.adapters.chat import ChatReader, Settings
from kindregards.adapters.ledger import SqlLedger, open_memory
from kindregards.adapters.ledger import open_ledger as open_file
from kindregards.adapters.linkedin import LinkedInExport
from kindregards.adapters.sources import open_source
from kindregards.core import groups, mime
from kindregards.core.errors import DiscretionError, SourceError, UsageError
from kindregards.core.lessons import Lessons
from kindregards.core.message import Message
from kindregards.core.profile import Profile
from kindregards.core.quoting import QuotingWords
from kindregards.desk.answers import OwnAnswers
from kindregards.desk.discretion import Private
from kindregards.desk.dossier import CAUTION
from kindregards.desk.handle import Desk, Disposition
from kindregards.desk.platforms import Platforms
from kindregards.desk.reply import Reply, Stationery
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


def second_reader(settings: Settings | None) -> ChatReader | None:
    """The second reader, if the profile names one; ProfileError where it cannot be had."""
    return ChatReader(settings, resources.text("second_reader.txt"), os.environ) if settings else None


def desk(wordings: config.Wordings, second: ChatReader | None = None, caution: float = CAUTION) -> Desk:
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
        second=second,
        observer=resources.observer(),
        caution=caution,
    )


def lessons(ledger: SqlLedger, owner: Profile) -> Lessons:
    """What the owner taught, at the time of day that they live by."""
    return Lessons(tuple(replace(each, taught=each.taught.astimezone(owner.zone)) for each in ledger.lessons()))


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


def prepare(
    paths: Sequence[Path],
    owner: Profile,
    *,
    ledger: SqlLedger,
    now: datetime,
    second: ChatReader | None = None,
    caution: float = CAUTION,
) -> Round:
    """Make a round over sources; those that cannot be opened are failures of the round, the others go on."""
    if not paths:
        raise UsageError("name at least one mailbox or export")
    parse = parser()
    if not selfcheck.sound():
        selfcheck.run(parse)
    opened: list[Source] = []
    failures: list[SourceError] = []
    contacts: list[Contact] = []
    for path in paths:
        try:
            source = open_source(path, parse, owner=owner.name)
            if isinstance(source, LinkedInExport):
                contacts += source.connections()
            opened.append(source)
        except SourceError as why:
            failures.append(why)
    wordings = config.Wordings()
    taught = lessons(ledger, owner)
    platforms = Platforms.load(resources.text("platforms.toml"))
    running = Round(
        sources=opened,
        profile=owner,
        desk=desk(wordings, second, caution),
        platforms=platforms,
        ledger=ledger,
        fingerprint=config.fingerprint(owner, wordings, second.name if second else "", taught, caution),
        now=now,
        surroundings=Surroundings(
            known=known_people(contacts), private=Private.of(private_terms(contacts, platforms.no_employers))
        ),
        lessons=taught,
        failures=failures,
    )
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
    gc.set_threshold(100_000, 50, 100)
    return running


class Drafts:
    """Writes drafts as files that a mail program opens: .eml for mail, .txt to paste for a network.

    The name of a file ends in a digest of its conversation and one of its text. So a draft that is there already is
    never written again, what the owner changed in it stays, and a draft that a later one replaces is taken away.
    """

    def __init__(self, folder: Path | None, owner: Profile) -> None:
        """Take the folder to write to, None to write nothing."""
        self._folder = folder
        self._owner = owner
        self._there: dict[str, set[Path]] = {}
        self.written = 0
        self.refused: list[str] = []  #: what could not be made a file, and why
        if folder is not None and folder.is_dir():
            for path in folder.iterdir():
                if name := _NAME.search(path.name):
                    self._there.setdefault(name["conversation"], set()).add(path)

    def write(self, found: Disposition) -> None:
        """Make the folder hold the draft of a conversation, if it has one, and no earlier one; UsageError."""
        if self._folder is None:
            return
        conversation = _digest(found.conversation.encode("utf-8", "surrogatepass"))
        earlier = self._there.get(conversation, set())
        try:
            if found.reply is not None and (content := self._content(found, found.reply)):
                raw, suffix = content
                path = self._folder / f"{_plain_name(found)}-{conversation}-{_digest(raw)}{suffix}"
                if path not in earlier:
                    _write_whole(path, raw)
                    self.written += 1
                earlier = earlier - {path}
            for path in earlier:
                if _is_untouched(path):
                    path.unlink()
        except OSError as why:
            raise UsageError(
                f"cannot write drafts to {self._folder} ({why.strerror}); "
                "what was decided is kept, run it again to write them"
            ) from None

    def _content(self, found: Disposition, reply: Reply) -> tuple[bytes, str] | None:
        if not reply.to:
            return reply.body.encode(), ".txt"
        mine = self._owner.addresses[0].casefold()
        message_id = outbox.new_message_id(f"{mine}\0{found.conversation}\0{found.message_id}\0{found.action.value}")
        date = _moment(found)
        try:
            return outbox.serialize(reply, author_name=self._owner.name, message_id=message_id, date=date), ".eml"
        except DiscretionError as why:
            self.refused.append(f"no file for the draft to {reply.to}: {why}; 'kindregards show' has its text")
            return None


def _moment(found: Disposition) -> datetime:
    """The date of a draft: that of the message it answers, in UTC as the ledger gives it back."""
    try:
        return (found.date or datetime.now(UTC)).astimezone(UTC)
    except OverflowError:  # a far-off zone in the first or last hours of the calendar
        return datetime(1970, 1, 1, tzinfo=UTC)


_NAME = re.compile(r"-(?P<conversation>[0-9a-f]{8})-(?P<text>[0-9a-f]{8})\.(?:eml|txt)$")


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:8]


def _plain_name(found: Disposition) -> str:
    """The part of a file name that tells whom it answers: day and sender, letters and digits only."""
    day = found.date.strftime("%Y-%m-%d") if found.date else "undated"
    name = unicodedata.normalize("NFC", found.sender.name or found.sender.address)
    plain = "-".join("".join(sign if sign.isalnum() else " " for sign in name).split())
    return f"{day}-{plain[:40].rstrip('-') or 'unknown'}"


def _is_untouched(path: Path) -> bool:
    """Whether a draft is still as it was written."""
    name = _NAME.search(path.name)
    return name is not None and path.is_file() and _digest(path.read_bytes()) == name["text"]


def _write_whole(path: Path, raw: bytes) -> None:
    """Write a file for the owner's eyes, whole or not at all; OSError."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
