"""What a gate of triage looks at and what it says: the values, without any judgement.

A finding speaks for two ways of answering at once (RELIABILITY §3, columns D and A): a draft that the owner
releases, and a reply that nobody looks at. `desk.triage` holds the gates; nothing is decided here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from kindregards.core.intent import Kind
from kindregards.core.message import Message
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.desk.marks import Words


class Leave(Enum):
    """What is allowed."""

    YES = "yes"  #: go on
    WARN = "warn"  #: go on, but a person has to look
    NO = "no"  #: never

    def least(self, other: "Leave") -> "Leave":
        """Return the stricter of two."""
        order = (Leave.NO, Leave.WARN, Leave.YES)
        return min(self, other, key=order.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the caller knows of the message and its author from the ledger and the mailbox.

    `duplicate`: the same key or id was handled before. `answered_at`: when the owner or the desk last wrote
    to this person. `replied`: a sent mail answers this very message. `known`: the owner wrote to this person
    first, or they are connected. The rest binds unattended replies only: how many went out today and, to this
    domain, in the last hour, how many new mails came in the last ten minutes, and whether unattended replies
    are switched off.
    """

    duplicate: bool = False
    answered_at: datetime | None = None
    replied: bool = False
    opted_out: bool = False
    blocked: bool = False
    known: bool = False
    today: int = 0
    hour_domain: int = 0
    arrivals: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that a gate may look at."""

    message: Message
    profile: Profile
    past: Past
    now: datetime
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one gate says: for a draft, for an unattended reply, why, and the kind where that is plain."""

    draft: Leave
    auto: Leave
    reason: Reason
    kind: Kind | None = None


#: A gate yields nothing, warnings, or a no that ends the asking.
Gate = Callable[[Case], Iterator[Finding]]


def refuse(name: str, text: str, kind: Kind | None = None) -> Finding:
    """Make the finding that nobody is to be answered."""
    return Finding(draft=Leave.NO, auto=Leave.NO, reason=Reason(name=name, text=text), kind=kind)


def warn(name: str, text: str, *, auto: Leave = Leave.WARN, kind: Kind | None = None) -> Finding:
    """Make the finding that a draft needs a second look and an unattended reply is out of the question."""
    return Finding(draft=Leave.WARN, auto=auto, reason=Reason(name=name, text=text, warning=True), kind=kind)


def attend(name: str, text: str) -> Finding:
    """Make the finding that a draft is fine and an unattended reply is not."""
    return Finding(draft=Leave.YES, auto=Leave.WARN, reason=Reason(name=name, text=text))
