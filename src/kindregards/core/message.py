"""The message as a value, and what a thread of messages is (RFC 5322, RFC 2045 as far as they are kept).

Nothing here reads bytes: `core.mime` makes a `Message` of a mail, the LinkedIn adapter makes one of a row.
It deliberately keeps no attachment content, only names, types and sizes (RELIABILITY: never opened).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum


class Channel(Enum):
    """The way a message came."""

    EMAIL = "email"  #: a mail somebody sent to one of the owner's addresses
    MESSAGE = "linkedin-message"  #: a chat message between members of a network
    INMAIL = "linkedin-inmail"  #: a paid message from outside the owner's connections
    INVITATION = "linkedin-invitation"  #: a request to connect, with or without a note
    NOTIFICATION = "linkedin-notification"  #: a mail written by the network itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One party of a message: display name, addr-spec (RFC 5322 §3.4.1, domain in lower case) and profile address.

    `address` is "" where a network hides it, `url` is "" where there is no profile address.
    """

    name: str = ""
    address: str = ""
    url: str = ""

    @property
    def domain(self) -> str:
        """The part after the last at sign, "" where there is none."""
        return self.address.rpartition("@")[2]

    @property
    def person(self) -> str:
        """The key that tells this person from every other: profile address, else mail address, else folded name."""
        return self.url.rstrip("/").casefold() or self.address.casefold() or " ".join(self.name.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What is known of a part that is never opened."""

    filename: str
    media_type: str
    size: int  #: bytes as transferred


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, decoded and cut down to what the desk may look at.

    `headers` holds (name in lower case, unfolded decoded value) in the order of the message, at most 1,000.
    `return_path` is None where the field is absent and "" for the null path `<>` (RFC 5321 §4.5.5).
    `body` is the whole readable text, `text` the new part of it: without quoted replies and signature.
    `warnings` are sentences about what is odd in its form: hidden text, parts that disagree, two From fields.
    `flags` are IMAP flags and keywords (RFC 9051 §2.3.2) where the source has them, `folder` the mailbox name.
    """

    key: str
    channel: Channel = Channel.EMAIL
    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    thread_id: str = ""  #: the network's own conversation id, "" for mail
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    recipients: tuple[Address, ...] = ()
    return_path: str | None = None
    date: datetime | None = None  #: with a zone, None where it cannot be read
    subject: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    media_type: str = "text/plain"
    outgoing: bool = False  #: written by the owner
    flags: frozenset[str] = field(default_factory=frozenset)
    folder: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def sender(self) -> Address:
        """The first author, or an empty address where the From field holds none."""
        return self.senders[0] if self.senders else Address()

    @property
    def is_mail(self) -> bool:
        """Whether it came as a mail, the network's own mails included."""
        return self.channel in (Channel.EMAIL, Channel.NOTIFICATION)

    @property
    def readable(self) -> str:
        """What to read of it: the new text, or all of it where nothing is new."""
        return self.text or self.body

    def header(self, name: str) -> str | None:
        """The first value of a header field, None where it is absent; the name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    def all(self, name: str) -> list[str]:
        """All values of a header field in order; the name in lower case."""
        return [value for key, value in self.headers if key == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The few fields by which messages are sorted into conversations before any of them is parsed in full."""

    message_id: str | None = None
    references: tuple[str, ...] = ()  #: References and In-Reply-To together
    thread_id: str = ""
    date: datetime | None = None


def message_key(message_id: str | None, sender: str, date: str, body: str) -> str:
    """The digest by which one message is known for ever, wherever it turns up again (RELIABILITY §5).

    SHA-256 in hexadecimal over Message-ID, From address, Date field as written and the body with white space folded:
    copies in other folders, exports and re-injected mails have the same key.
    """
    parts = (message_id or "", sender.casefold(), date.strip(), " ".join(body.split()))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def last_incoming(thread: Sequence[Message]) -> Message | None:
    """The newest message of a thread that the owner did not write, None where there is none."""
    return next((message for message in reversed(thread) if not message.outgoing), None)
