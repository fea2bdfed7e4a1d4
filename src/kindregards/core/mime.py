"""A mail as bytes to a `Message` (RFC 5322, RFC 2045-2049), under the limits of RELIABILITY §7.

`parse` is pure and raises nothing but HeldMessageError; what is odd in the form of a mail is told in `warnings`, whose
sentences are the constants below. No attachment is opened, no address in a text is followed, nothing is repaired.
"""

import re
from collections.abc import Iterable, Iterator

from kindregards.core.addresses import parse_mailboxes
from kindregards.core.errors import HeldMessageError
from kindregards.core.headers import (
    LARGEST_HEADER,
    Header,
    body_start,
    message_id,
    message_ids,
    parse_date,
    parse_header,
    unfold,
)
from kindregards.core.message import Address, Attachment, Envelope, Message, message_key
from kindregards.core.parts import Part, read_parts
from kindregards.core.quoting import QuotingWords, new_text
from kindregards.core.reading import Reading, is_body, read

LARGEST_MESSAGE = 25 * 1024 * 1024

NO_FROM = "There is no From field."
TWO_FROM = "There is more than one From field."
BROKEN_FROM = "The From field cannot be read in one way only."
SEVERAL_AUTHORS = "The From field names more than one address."
NAME_HOLDS_ADDRESS = "The name of the sender holds another mail address."
BROKEN_REPLY_TO = "The Reply-To field cannot be read in one way only."
BROKEN_RECIPIENTS = "The recipients cannot be read in one way only."
MALFORMED_HEADER = "The header has lines that are no fields."
REPEATED_FIELD = "A field that may stand once stands more than once."
UNREADABLE_DATE = "The Date field cannot be read."
HIDDEN_TEXT = "The message holds text that a reader would not see."
PARTS_DISAGREE = "The plain and the HTML version say different things."
ODD_FORM = "The message is put together in an unusual way."
UNKNOWN_CHARSET = "The message names an unknown character set."
UNDECODABLE = "Some characters of the message cannot be read."
CUT_SHORT = "The message is longer than what is read of it."
ENCRYPTED = "The message is encrypted."
EXECUTABLE = "A program is attached."
NO_TEXT = "The message has no text."

#: An mbox separator or a byte order mark in front of the header; "From :" is a field, not a separator.
_BEFORE_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*(?:>?From (?![ \t]*:)[^\n]*\n)?")
_FROM_LIKE = re.compile(rb"\n[^!-~\n]*from[^!-~]*:", re.IGNORECASE)
_ADDRESS_IN_NAME = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_ONCE = ("sender", "reply-to", "message-id", "date", "subject", "content-type", "content-transfer-encoding")
_RECIPIENTS = ("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc")
_PROGRAMS = frozenset(
    "exe scr js jse vbs vbe wsf wsh bat cmd com pif cpl jar msi msp lnk iso img hta ps1 reg chm vhd".split()  # noqa: SIM905 - one line, not thirty
)
#: As many invisible letters as an honest mail program leaves behind.
_FEW = 10


def parse(raw: bytes, *, folder: str = "", flags: frozenset[str] = frozenset(), quoting: QuotingWords) -> Message:
    """Read one mail; HeldMessageError, with a sentence for the owner, where it breaks a limit or the reader.

    `folder` and `flags` are what the source knows of it and are passed on.
    """
    if len(raw) > LARGEST_MESSAGE:
        raise HeldMessageError("The message is larger than 25 MB.")
    try:
        return _parse(raw, folder, flags, quoting)
    except HeldMessageError:
        raise
    # Nothing is known to get here; but one mail must not stop the desk (RELIABILITY §1.9).
    except Exception as error:
        raise HeldMessageError("The message cannot be read.") from error


def _parse(raw: bytes, folder: str, flags: frozenset[str], quoting: QuotingWords) -> Message:
    begin = _begin(raw)
    header_end, start = body_start(raw, begin, len(raw))
    header = parse_header(raw[begin:header_end])
    part = read_parts(raw, header, start)
    reading = read(raw, part)
    senders, from_warnings = _senders(header, raw[begin:header_end])
    reply_to, recipients, address_warnings = _others(header)
    written_date, written_id = unfold(header.first("date")), unfold(header.first("message-id"))
    found_id, date = message_id(header.first("message-id")), parse_date(written_date)
    header_warnings = _header_warnings(header, bool(written_date) and date is None)
    part_warnings = (*_part_warnings(part), *_reading_warnings(reading, header.damaged))
    return Message(
        key=message_key(found_id or written_id, senders[0].address if senders else "", written_date, reading.body),
        message_id=found_id,
        in_reply_to=message_ids(header.all("in-reply-to")),
        references=message_ids(header.all("references")),
        senders=senders,
        reply_to=reply_to,
        recipients=recipients,
        return_path=_return_path(header),
        date=date,
        subject=unfold(header.first("subject")),
        headers=tuple((name, unfold(value)) for name, value in header.fields),
        body=reading.body,
        text=new_text(reading.body, quoting),
        attachments=tuple(_attachments(part)),
        media_type=part.media_type,
        flags=flags,
        folder=folder,
        warnings=tuple(dict.fromkeys((*from_warnings, *address_warnings, *header_warnings, *part_warnings))),
    )


def envelope(head: bytes) -> Envelope:
    """Read the ids and the date out of the header of a mail, fast; never raises.

    `head` may be the whole message or its beginning; of what stands behind the first blank line nothing counts.
    """
    head = head[: LARGEST_HEADER + 2]
    begin = _begin(head)
    block = b"\n" + head[begin : body_start(head, begin, len(head))[0]].replace(b"\r\n", b"\n")
    lower = block.lower()
    return Envelope(
        message_id=message_id(_field(block, lower, b"\nmessage-id")),
        references=message_ids((_field(block, lower, b"\nreferences"), _field(block, lower, b"\nin-reply-to"))),
        date=parse_date(" ".join(_field(block, lower, b"\ndate").split())),
    )


def _begin(raw: bytes) -> int:
    found = _BEFORE_HEADER.match(raw)
    return found.end() if found else 0


def _field(block: bytes, lower: bytes, name: bytes) -> str:
    """The value of the first field of a name, folds and all."""
    at = lower.find(name)
    while at >= 0:
        line = block.find(b"\n", at + 1)
        while line >= 0 and block[line + 1 : line + 2] in (b" ", b"\t"):
            line = block.find(b"\n", line + 1)
        value = block[at + len(name) : line if line >= 0 else len(block)].lstrip(b" \t")
        if value.startswith(b":"):
            return value[1:].decode("latin-1")
        at = lower.find(name, at + 1)
    return ""


def _senders(header: Header, block: bytes) -> tuple[tuple[Address, ...], list[str]]:
    """The author, or nobody and why: no address is taken from a From that two programs could read in two ways."""
    written = header.all("from")
    likely = len(_FROM_LIKE.findall(b"\n" + block)) - sum(
        len(_FROM_LIKE.findall(value.encode("utf-8", "replace")))
        for name, value in header.fields
        if name.endswith("signature")  # the list of signed fields may be folded before "from:" (RFC 6376 §3.5)
    )
    if not written and likely < 1:
        return (), [NO_FROM]
    if len(written) > 1 or likely > 1:
        return (), [TWO_FROM]
    found = parse_mailboxes(written[0]) if written else None
    if found is None or "from" in header.spaced or found.broken or found.group or not found.addresses:
        return (), [BROKEN_FROM]
    if len(found.addresses) > 1:
        return (), [SEVERAL_AUTHORS]
    sender = found.addresses[0]
    others = {name.casefold() for name in _ADDRESS_IN_NAME.findall(sender.name)} - {sender.address.casefold()}
    return found.addresses, [NAME_HOLDS_ADDRESS] if others else []


def _others(header: Header) -> tuple[tuple[Address, ...], tuple[Address, ...], list[str]]:
    """Reply-To and all recipients; Delivered-To and X-Original-To are marks of transport, not of address."""
    replies = [parse_mailboxes(value) for value in header.all("reply-to")]
    read_back = [parse_mailboxes(value) for name in _RECIPIENTS for value in header.all(name)]
    warnings = []
    if len(replies) > 1 or any(found.broken for found in replies):
        replies, warnings = [], [BROKEN_REPLY_TO]
    if any(found.broken for found in read_back):
        warnings.append(BROKEN_RECIPIENTS)
    recipients = dict.fromkeys(address for found in read_back for address in found.addresses)
    return tuple(address for found in replies for address in found.addresses), tuple(recipients), warnings


def _return_path(header: Header) -> str | None:
    """The path the mail came with: None without the field, "" for the null path, as written where it is no address."""
    written = header.all("return-path")
    if not written:
        return None
    found = parse_mailboxes(written[0])
    if len(found.addresses) == 1:
        return found.addresses[0].address
    return unfold(written[0]).strip("<> ")[:320]


def _header_warnings(header: Header, unreadable_date: bool) -> Iterator[str]:
    if header.junk or header.bare_cr or not header.fields:
        yield MALFORMED_HEADER
    if any(len(header.all(name)) > 1 for name in _ONCE):
        yield REPEATED_FIELD
    if unreadable_date:
        yield UNREADABLE_DATE


def _part_warnings(part: Part) -> Iterator[str]:
    parts = list(part.walk())
    if any(one.odd for one in parts):
        yield ODD_FORM
    if any(_encrypted(one) for one in parts):
        yield ENCRYPTED
    if any(one.filename.rstrip(". ").rpartition(".")[2].lower() in _PROGRAMS for one in parts if one.filename):
        yield EXECUTABLE


def _encrypted(part: Part) -> bool:
    """OpenPGP (RFC 3156 §4) or S/MIME (RFC 8551 §3.2): what is only signed there is not encrypted."""
    if part.media_type in ("multipart/encrypted", "application/pgp-encrypted"):
        return True
    signed = part.content.parameters.get("smime-type", "").lower() in ("signed-data", "certs-only")
    return part.media_type in ("application/pkcs7-mime", "application/x-pkcs7-mime") and not signed


def _reading_warnings(reading: Reading, damaged: bool) -> Iterator[str]:
    told: Iterable[tuple[bool, str]] = (
        (reading.hidden > _FEW, HIDDEN_TEXT),
        (reading.disagree, PARTS_DISAGREE),
        (reading.unknown_charset, UNKNOWN_CHARSET),
        (reading.damaged or damaged, UNDECODABLE),
        (reading.cut, CUT_SHORT),
        ("-----BEGIN PGP MESSAGE-----" in reading.body, ENCRYPTED),
        (not reading.body.strip(), NO_TEXT),
    )
    return (sentence for holds, sentence in told if holds)


def _attachments(part: Part) -> Iterator[Attachment]:
    for leaf in part.leaves():
        if not is_body(leaf):
            yield Attachment(filename=leaf.filename, media_type=leaf.media_type, size=leaf.end - leaf.start)
