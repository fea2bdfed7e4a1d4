"""The data export of LinkedIn, zipped or unpacked: messages, invitations, profile and connections.

Layouts of 2020 to 2026 are read. There is no reply pointer in them: the conversation id makes the thread,
date and place in the file its order. Drafts are dropped. Which messages are the owner's own is told by
profile address, and by name only where the export knows no address of the owner's. Groups, comments and
attachments are not read.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path

from kindregards.adapters.archive import Shelf, folded, open_archive, open_folder, table
from kindregards.adapters.resume import Resume, year
from kindregards.core.errors import SourceError
from kindregards.core.html import render
from kindregards.core.message import Address, Channel, Envelope, Message, message_key
from kindregards.core.profile import Role
from kindregards.scout.contacts import Contact

Row = Mapping[str, str]

MESSAGES, INVITATIONS, CONNECTIONS, PROFILE = "messages", "invitations", "connections", "profile"
POSITIONS, LANGUAGES, ADDRESSES = "positions", "languages", "emailaddresses"
#: The tables that are read, by folded file name, and the columns that each must have.
REQUIRED = {
    MESSAGES: ("CONVERSATION ID", "FROM", "DATE", "CONTENT"),
    INVITATIONS: ("From", "To", "Sent At", "Direction"),
    CONNECTIONS: ("First Name", "Last Name"),
    PROFILE: ("First Name", "Last Name"),
    POSITIONS: ("Title",),
    LANGUAGES: ("Name",),
    ADDRESSES: ("Email Address",),
}
TELLING = {MESSAGES, INVITATIONS, CONNECTIONS, PROFILE}  #: an export holds at least one of these
FOLDERS = {"": "INBOX", "archive": "Archive", "spam": "Junk"}
SPONSORED = (
    "x-linkedin-sponsored",
    "yes",
)  #: the mark of a paid message that nobody wrote to the owner alone
HIDDEN = "The network hides who wrote this."

CAMPAIGN = '<p class="spinmail'
MARKUP = re.compile(r"</(?:p|div|ul|ol|li|strong|em|span|a|b|i|h[1-6]|table)>|<br ?/?>", re.IGNORECASE)
#: What may follow a comma in a name and begins none: "Ph.D.", "MBA", "PMP®".
DEGREE = re.compile(r"(?=\S{1,10}$)(?:\S*\.|\S*[A-Z]\S*[A-Z])")

CLOCK = r"(\d{1,2}):(\d\d)(?::(\d\d))?"
YEAR_FIRST = re.compile(
    rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}})[ T,]+{CLOCK}(?:\.\d+)? ?(?:UTC|GMT|Z|([+-]\d\d):?(\d\d))?"
)
AMERICAN = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}|\d\d),? {CLOCK} ?([AP])\.?M\.?", re.IGNORECASE)
DAY_FIRST = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}|\d\d),? {CLOCK}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedInEntry:
    """One message or invitation of an export, by its row."""

    envelope: Envelope
    row: Row
    people: "People"
    make: Callable[[Row, "People"], Message]

    def load(self) -> Message:
        """Make the message; HeldMessageError where its HTML breaks a limit."""
        return self.make(self.row, self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whom an export knows; names are folded, addresses as they are written."""

    owner: str
    owner_url: str  #: "" where no profile address of the owner's is known
    urls: Mapping[str, str]  #: name to the only profile address seen with it
    names: Mapping[str, str]  #: profile address to the name as it is written
    known: frozenset[str]  #: every name
    connected: frozenset[str]  #: addresses of connections, and names where the layout has no addresses

    def is_owner(self, address: Address) -> bool:
        """Whether somebody is the owner, by name only where no address of the owner's is known."""
        if self.owner_url:
            return address.url.casefold() == self.owner_url.casefold()
        return bool(self.owner) and _fold(address.name) == self.owner

    def is_connected(self, address: Address) -> bool:
        """Whether somebody is a connection; by name only where the layout has no addresses of connections."""
        return address.url.casefold() in self.connected or _fold(address.name) in self.connected


@dataclass(frozen=True, slots=True)
class LinkedInExport:
    """A source of one export; `owner` is the owner's name, for exports that do not tell it."""

    path: Path
    owner: str = ""

    @property
    def name(self) -> str:
        """The path as it was given."""
        return str(self.path)

    def entries(self) -> Iterator[LinkedInEntry]:
        """Yield messages by date, then invitations by date; SourceError where the export cannot be read."""
        tables = _Tables(self.path)
        people = _people(tables, self.owner)
        chats = [_chat(row, people) for row in tables.rows(MESSAGES) if not _is_draft(row)]
        if chats and not (people.owner or people.owner_url):
            raise SourceError(f"{self.path}: Profile.csv is missing, so it cannot be told which messages are yours")
        yield from _in_order(chats)
        yield from _in_order([_request(row, people) for row in tables.rows(INVITATIONS)])

    def profile(self) -> Resume:
        """Read who the owner is; SourceError where Profile.csv is missing."""
        tables = _Tables(self.path)
        row = next(tables.rows(PROFILE), None)
        if row is None:
            raise SourceError(f"{self.path}: Profile.csv is missing; ask for the export again, with the profile")
        lines = sorted(tables.rows(ADDRESSES), key=lambda line: line.get("primary", "").casefold() != "yes")
        addresses = [line["emailaddress"] for line in lines if line.get("confirmed", "").casefold() != "no"]
        return Resume(
            name=_full_name(row),
            email=next(iter(addresses), ""),
            headline=row.get("headline", ""),
            languages=tuple(line["name"] for line in tables.rows(LANGUAGES) if line.get("name")),
            roles=tuple(_role(line) for line in tables.rows(POSITIONS) if line.get("title")),
            addresses=tuple(addresses),
        )

    def connections(self) -> list[Contact]:
        """List the owner's connections in the order of the file, without members who hide themselves."""
        contacts = map(_contact, _Tables(self.path).rows(CONNECTIONS))
        return [contact for contact in contacts if contact.name or contact.url or contact.address]


class _Tables:
    """The tables of one export."""

    def __init__(self, path: Path) -> None:
        self.shelf: Shelf = open_folder(path) if path.is_dir() else open_archive(path)
        self.found = export_tables(self.shelf.names)
        if not TELLING & set(self.found):
            raise SourceError(f"{path}: not a LinkedIn data export; it should hold messages.csv or Connections.csv")

    def rows(self, kind: str) -> Iterator[Row]:
        """Yield the rows of a table; none where the export lacks it."""
        if kind in self.found:
            yield from table(self.shelf, self.found[kind], REQUIRED[kind])


def export_tables(names: Iterable[str]) -> dict[str, str]:
    """Find the tables of an export among file names: folded name to file, the least deep of two."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda each: (each.count("/"), each)):
        stem, _, suffix = folded(name.rpartition("/")[2]).rpartition(".")
        if suffix == "csv" and stem in REQUIRED and not name.startswith("__MACOSX/"):
            found.setdefault(stem, name)
    return found


def _people(tables: _Tables, owner: str) -> People:
    """Go through the export once and gather who is who."""
    own, seen = Counter[Address](), Counter[Address]()
    for row in tables.rows(INVITATIONS):
        inviter, invitee = _inviter(row), _invitee(row)
        own[inviter if _is_outgoing(row) else invitee] += 1
        seen.update((inviter, invitee))
    for row in tables.rows(MESSAGES):
        seen[_sender(row)] += 1
        if len(urls := _urls(row)) == 1:
            seen[Address(name=row.get("to", ""), url=urls[0])] += 1
    contacts = [_contact(row) for row in tables.rows(CONNECTIONS)]
    seen.update(Address(name=contact.name, url=contact.url) for contact in contacts)
    name = _fold(next((_full_name(row) for row in tables.rows(PROFILE)), "") or owner or _commonest(own, "name"))
    namesakes = Counter({each: count for each, count in seen.items() if _fold(each.name) == name})
    addresses: defaultdict[str, set[str]] = defaultdict(set)
    for each in seen:
        if each.url:
            addresses[_fold(each.name)].add(each.url)
    return People(
        owner=name,
        owner_url=_commonest(own, "url") or _commonest(namesakes, "url"),
        urls={each: next(iter(urls)) for each, urls in addresses.items() if len(urls) == 1},
        names={each.url: each.name for each in seen if each.url},
        known=frozenset(_fold(each.name) for each in seen if each.name),
        connected=frozenset(contact.url.casefold() or _fold(contact.name) for contact in contacts) - {""},
    )


def _chat(row: Row, people: People) -> LinkedInEntry:
    envelope = Envelope(thread_id=row.get("conversationid", ""), date=moment(row.get("date", "")))
    return LinkedInEntry(envelope=envelope, row=row, people=people, make=_message)


def _request(row: Row, people: People) -> LinkedInEntry:
    # An invitation has no conversation id: its thread is the other person.
    other = _invitee(row) if _is_outgoing(row) else _inviter(row)
    envelope = Envelope(thread_id=f"invitation:{other.person}", date=moment(row.get("sentat", "")))
    return LinkedInEntry(envelope=envelope, row=row, people=people, make=_invitation)


def _message(row: Row, people: People) -> Message:
    """Make a message of a row of messages.csv."""
    sender, recipients = _sender(row), _recipients(row, people)
    outgoing = people.is_owner(sender)
    content, subject = row.get("content", ""), row.get("subject", "")
    sponsored = not sender.url and content.startswith(CAMPAIGN)
    peer = next(iter(recipients), Address()) if outgoing else sender
    text = render(content).text if MARKUP.search(content) else "\n".join(content.splitlines())
    thread, date = row.get("conversationid", ""), row.get("date", "")
    folder = row.get("folder", "")
    return Message(
        key=message_key(thread, sender.person, date, content),
        channel=Channel.INMAIL if subject and not people.is_connected(peer) else Channel.MESSAGE,
        thread_id=thread,
        senders=(sender,),
        recipients=recipients,
        date=moment(date),
        subject=subject or (row.get("conversationtitle", "") if sponsored else ""),
        headers=(SPONSORED,) if sponsored else (),
        body=text,
        text=text,
        outgoing=outgoing,
        folder="Junk" if sponsored else FOLDERS.get(folder.casefold(), folder),
        warnings=() if sender.url or outgoing else (HIDDEN,),
    )


def _invitation(row: Row, people: People) -> Message:
    """Make a message of a row of Invitations.csv."""
    inviter, invitee = _inviter(row), _invitee(row)
    envelope = _request(row, people).envelope
    note = "\n".join(row.get("message", "").splitlines())
    return Message(
        key=message_key(envelope.thread_id, inviter.person, row.get("sentat", ""), note),
        channel=Channel.INVITATION,
        thread_id=envelope.thread_id,
        senders=(inviter,),
        recipients=(invitee,),
        date=envelope.date,
        body=note,
        text=note,
        outgoing=_is_outgoing(row),
        folder="Invitations",
    )


def _in_order(entries: list[LinkedInEntry]) -> list[LinkedInEntry]:
    """Sort by date, then by place in the file; a message with an unreadable date comes last and is seen."""
    dates = [entry.envelope.date for entry in entries if entry.envelope.date]
    downwards = sum((a > b) - (a < b) for a, b in pairwise(dates)) > 0
    # Where the newest stand first, two of the same second stand the wrong way round too.
    ordered = reversed(entries) if downwards else entries
    return sorted(ordered, key=lambda entry: entry.envelope.date or datetime.max.replace(tzinfo=UTC))


def _is_draft(row: Row) -> bool:
    return any(row.get(column, "").casefold() == "yes" for column in ("ismessagedraft", "isconversationdraft"))


def _is_outgoing(row: Row) -> bool:
    return row.get("direction", "").casefold() == "outgoing"


def _sender(row: Row) -> Address:
    return Address(name=row.get("from", ""), url=_url(row.get("senderprofileurl", "")))


def _inviter(row: Row) -> Address:
    return Address(name=row.get("from", ""), url=_url(row.get("inviterprofileurl", "")))


def _invitee(row: Row) -> Address:
    return Address(name=row.get("to", ""), url=_url(row.get("inviteeprofileurl", "")))


def _contact(row: Row) -> Contact:
    return Contact(
        name=_full_name(row),
        address=row.get("emailaddress", "").casefold(),
        url=_url(row.get("url", "")),
        company=row.get("company", ""),
        position=row.get("position", ""),
    )


def _role(row: Row) -> Role:
    return Role(title=row["title"], since=year(row.get("startedon", "")), until=year(row.get("finishedon", "")))


def _full_name(row: Row) -> str:
    return f"{row.get('firstname', '')} {row.get('lastname', '')}".strip()


def _recipients(row: Row, people: People) -> tuple[Address, ...]:
    """Pair the recipients' names with their addresses; names may hold the ", " that joins them."""
    urls = _urls(row)
    names = _split(row.get("to", ""), len(urls), people.known)
    if not urls:
        return tuple(Address(name=name, url=people.urls.get(_fold(name), "")) for name in names)
    if len(names) == len(urls):
        return tuple(Address(name=name, url=url) for name, url in zip(names, urls, strict=True))
    return tuple(Address(name=people.names.get(url, ""), url=url) for url in urls)


def _split(text: str, count: int, known: frozenset[str]) -> list[str]:
    """Split joined names into `count` of them or, where it is 0, as known names and degrees allow."""
    parts = text.split(", ") if text else []
    if len(parts) == count:
        return parts
    names: list[str] = []
    while parts:
        spans = (n for n in range(min(len(parts), 6), 1, -1) if _fold(", ".join(parts[:n])) in known)
        size = next(spans, 1)
        while size < len(parts) and DEGREE.match(parts[size]) and _fold(parts[size]) not in known:
            size += 1
        names.append(", ".join(parts[:size]))
        del parts[:size]
    return names


def _urls(row: Row) -> list[str]:
    return [_url(url) for url in row.get("recipientprofileurls", "").split(",") if url.strip()]


def _url(text: str) -> str:
    """Write a profile address in one way: with a scheme, without query and last slash."""
    bare = text.strip().partition("?")[0].rstrip("/")
    return bare if not bare or "://" in bare else f"https://{bare}"


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _commonest(found: Counter[Address], field: str) -> str:
    """The name or address that most of the found have, "" where none has one."""
    counts = Counter[str]()
    for address, count in found.items():
        if value := getattr(address, field):
            counts[value] += count
    return counts.most_common(1)[0][0] if counts else ""


def moment(text: str) -> datetime | None:
    """Read a date of any of the export's shapes; without a zone it is UTC, None where it cannot be told."""
    text = " ".join(text.split())  # newer exports put a narrow no-break space before PM
    try:
        if found := YEAR_FIRST.fullmatch(text):
            years, month, day, hour, minute, second, hours, minutes = found.groups()
            zone = timezone(timedelta(hours=int(hours), minutes=int(hours[0] + minutes))) if hours else UTC
            return datetime(int(years), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=zone)
        if found := AMERICAN.fullmatch(text):
            month, day, years, hour, minute, second, half = found.groups()
            hour = int(hour) % 12 + (12 if half in "Pp" else 0)
            return datetime(_years(years), int(month), int(day), hour, int(minute), int(second or 0), tzinfo=UTC)
        if found := DAY_FIRST.fullmatch(text):
            day, mark, month, years, hour, minute, second = found.groups()
            if mark == "/" and int(day) <= 12:
                return None  # 5/10/24 is May or October
            return datetime(_years(years), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
    return None


def _years(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)
