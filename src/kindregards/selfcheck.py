"""A few hostile messages through our own code before work begins on a Python with known holes in its mail library.

Python below 3.11.10, 3.12.5 and 3.13.1 builds extra header fields out of crafted subjects (CVE-2024-6923) and reads
one address as another (CVE-2023-27043). Our own parser and serializer do not use those parts; here they show it.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime

from kindregards.adapters import outbox
from kindregards.core.errors import DiscretionError, HeldMessageError, UsageError
from kindregards.core.message import Message
from kindregards.desk.reply import Reply

#: The first sound patch release of each minor version.
SOUND = {(3, 11): 10, (3, 12): 5, (3, 13): 1}

_HOSTILE = (
    b"From: alice@ok.example)bob@evil.example <c@d.example>\r\nSubject: =?utf-8?q?x=0ABcc:_victim@example.org?=\r\n",
    b"From: a@b.example\r\nMessage-ID: <[x\r\nDate: Mon, 02 Mar 2026 09:00:00 +99999999999999\r\n",
    b"From: " + b"(" * 1000 + b"a@b.example\r\n",
    b"From: a@b.example\r\nContent-Type: text/plain; charset=zlib_codec\r\n",
)


def sound() -> bool:
    """Whether this Python's patch release is one without those holes."""
    least = SOUND.get(sys.version_info[:2])
    return least is None or sys.version_info[2] >= least


def run(parse: Callable[[bytes, str, frozenset[str]], Message]) -> None:
    """Pass hostile messages through parser and serializer; UsageError where one gets through."""
    for raw in _HOSTILE:
        try:
            message = parse(raw + b"\r\nHello\r\n", "", frozenset())
        except HeldMessageError:
            continue
        if message.sender.address == "alice@ok.example" or not _answers_cleanly(message.subject):
            version = sys.version.split()[0]
            raise UsageError(f"Python {version} mishandles hostile mail here; update Python before using Kind Regards")


def _answers_cleanly(subject: str) -> bool:
    """Whether a reply under this subject has exactly the header fields that it should have."""
    reply = Reply(to="a@b.example", subject=f"Re: {subject}", body="Hello", language="en", sender="me@example.net")
    try:
        raw = outbox.serialize(
            reply, author_name="Me", message_id="<x@kindregards.invalid>", date=datetime(2026, 3, 2, tzinfo=UTC)
        )
    except DiscretionError:  # refused at the gate: nothing leaves
        return True
    return not any(line.lower().startswith((b"bcc:", b"cc:")) for line in raw.split(b"\r\n"))
