"""Who may be answered at all: the gates, in the order of their authority (RFC 3834 §2, RFC 5230 §4).

`clear` asks one small gate after the other about a message. The first that says no decides; warnings add up;
a gate that fails says "look at it". Whether a conversation has had its answer is `desk.conversation`'s, what
a message asks is the reader's, and the words by which robots are known are data/triage.toml's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kindregards.core import mime
from kindregards.core.intent import Kind
from kindregards.core.message import Message
from kindregards.core.profile import Profile
from kindregards.core.reasons import Reason
from kindregards.desk import automatic, marks, origin
from kindregards.desk.finding import Case, Finding, Gate, Leave, Past, attend, refuse, warn
from kindregards.desk.marks import Words

__all__ = ["GATES", "Clearance", "Leave", "Past", "Words", "clear"]

#: A mail that passed so many hands is going round in circles (RFC 5321 §6.3).
MOST_HOPS = 50
MOST_RECIPIENTS = 10
#: A first look at an old mailbox answers nobody unattended who wrote before this.
FRESH = timedelta(days=14)
#: Unattended replies a day and, to one domain, an hour; arrivals in ten minutes that stop them all
#: (RELIABILITY §9).
DAY_CAP, DOMAIN_CAP, FLOOD = 50, 3, 100
#: Our own Message-IDs are under this label of a domain of the owner's.
NAMESPACE = "kr"
_UNPROVEN = {
    origin.Proof.OTHER: ("OTHER_DOMAIN", "Your mail provider vouches for another domain than the sender's."),
    origin.Proof.UNKNOWN: (
        "FOREIGN_RESULT",
        "It is not clear that your own mail provider checked the sender.",
    ),
    origin.Proof.NONE: ("UNPROVEN", "Nothing shows that the sender's address is genuine."),
}
#: What `core.mime` found and a gate says in its own words.
_TOLD_BY_GATES = frozenset({
    mime.NO_FROM, mime.TWO_FROM, mime.BROKEN_FROM, mime.SEVERAL_AUTHORS, mime.NAME_HOLDS_ADDRESS,
    mime.BROKEN_REPLY_TO, mime.ENCRYPTED, mime.EXECUTABLE, mime.NO_TEXT,
})  # fmt: skip
_FLAGS = {
    "\\answered": ("ANSWERED", "This message has been answered already."),
    "$kranswered": ("ANSWERED", "This message has been answered already."),
    "$krclaim": ("CLAIMED", "Another run is working on this message."),
    "\\deleted": ("DELETED", "This message has been deleted."),
    "\\draft": ("DRAFT", "This is a draft of a message, not a message."),
    "$junk": ("JUNK", "This message lies among the spam; nobody there is answered."),
    "junk": ("JUNK", "This message lies among the spam; nobody there is answered."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """What triage says of a message.

    `draft`: whether a reply may be drafted. `auto`: YES may go out unattended, WARN only as a draft. `kind`
    is what the message is where a gate can tell, else None. A no carries its one reason, anything else all it
    gathered.
    """

    draft: Leave
    auto: Leave
    kind: Kind | None = None
    reasons: tuple[Reason, ...] = ()


def asked_off(case: Case) -> Iterator[Finding]:
    """Stop where somebody asked for silence or the owner blocked them."""
    if case.past.opted_out:
        yield refuse("OPTED_OUT", "This person asked not to be written to.")
    if case.past.blocked:
        yield refuse("BLOCKED", "You blocked this person.")


def handled(case: Case) -> Iterator[Finding]:
    """Stop at what was handled before (RFC 3503 §3.1 for the idea of a mark that outlives a copy)."""
    if case.past.duplicate:
        yield refuse("DUPLICATE", "This very message was handled before.")


def known(case: Case) -> Iterator[Finding]:
    """Stop at what the mailbox says is done, thrown away or spam."""
    if case.past.replied:
        yield refuse("REPLIED", "You have answered this message already.")
    flags = {flag.casefold() for flag in case.message.flags}
    for flag in sorted(flags & _FLAGS.keys()):
        yield refuse(*_FLAGS[flag])
    folder = marks.fold(case.message.folder.replace("\\", "/").replace(".", "/").rpartition("/")[2])
    if folder in case.words.lists["folders.junk"]:
        yield refuse(*_FLAGS["junk"])
    if folder in case.words.lists["folders.gone"]:
        yield refuse("PUT_AWAY", "This message lies among drafts or deleted mail.")


def own(case: Case) -> Iterator[Finding]:
    """Stop at the owner's own mail and at what goes round in circles."""
    message, profile = case.message, case.profile
    if message.outgoing or any(profile.owns(party.address) for party in origin.authors(message)):
        yield refuse("OWN_ADDRESS", "This mail comes from your own address.")
    host = (message.message_id or "").strip("<> ").rpartition("@")[2].casefold()
    if host == marks.ID_DOMAIN or host in {
        f"{NAMESPACE}.{mine.rpartition('@')[2].casefold()}" for mine in profile.addresses
    }:
        yield refuse("OWN_ID", "This is a message of our own that came back.", Kind.AUTOMATIC)
    if marks.present(message, case.words.lists["headers.loop"]):
        yield refuse("LOOP_HEADER", "A robot marked this mail to stop it going round in circles.", Kind.AUTOMATIC)
    if len(message.all("received")) > MOST_HOPS:
        yield refuse("HOPS", "This mail passed so many servers that it must be going in circles.", Kind.AUTOMATIC)


def addressed(case: Case) -> Iterator[Finding]:
    """Warn where the owner is not named (RFC 5230 §4.5: no automatic reply) or is one of many."""
    named = {party.address.casefold() for party in case.message.recipients}
    if not any(case.profile.owns(address) for address in named):
        yield warn("NOT_ADDRESSED", "None of your addresses is named as a recipient.")
    if len(named) > MOST_RECIPIENTS:
        yield warn("MANY_RECIPIENTS", "The mail went to many people at once.")


def genuine(case: Case) -> Iterator[Finding]:
    """Warn where nothing shows that the named author wrote it (RFC 8601; DMARC, RFC 7489)."""
    if sentence := origin.odd_author(case.message):
        yield warn("ODD_AUTHOR", sentence, auto=Leave.NO)
    if not case.message.sender.address:
        return
    if origin.disguised(case.message.sender.domain, case.words):
        yield warn("LOOKALIKE", "The sender's domain uses letters that look like others.")
    found = origin.proof(case.message, case.profile, case.words)
    if found is origin.Proof.FAIL:
        yield warn("FORGED", "Your mail provider found that the sender's address may be forged.", auto=Leave.NO)
    elif found in _UNPROVEN:
        yield warn(*_UNPROVEN[found])
    elif not case.profile.authserv_id:
        yield attend("NO_RECEIVER", "Your profile does not name the receiver whose checks are believed.")


def agree(case: Case) -> Iterator[Finding]:
    """Warn where Return-Path, Sender and Reply-To do not all name the author (RFC 3834 §4)."""
    message = case.message
    author = _comparable(message.sender.address)
    if not author:
        return
    if message.return_path and _comparable(origin.path_address(message.return_path)) != author:
        yield warn("PATH_DIFFERS", "The mail was sent from another address than the author's.")
    if any(author not in map(_comparable, origin.addresses_in(value)) for value in message.all("sender") if value):
        yield warn("SENDER_DIFFERS", "Another person or service sent the mail for the author.")
    if {_comparable(party.address) for party in message.reply_to} - {author}:
        yield warn("REPLY_TO_DIFFERS", "Answers are asked to another address than the author's.")
    elif mime.BROKEN_REPLY_TO in message.warnings:
        yield warn("REPLY_TO_BROKEN", "The address for answers is not written as an address.")


def _comparable(address: str) -> str:
    local, at, domain = address.casefold().rpartition("@")
    return f"{local}{at}{origin.ascii_domain(domain)}"


def content(case: Case) -> Iterator[Finding]:
    """Stop at spam marks; warn of what is dangerous, unreadable or odd in its form (RFC 3834 §7)."""
    message, lists = case.message, case.words.lists
    if any(pattern.match(value.strip()) for name, pattern in case.words.spam for value in message.all(name)):
        yield refuse("SPAM_MARK", "A filter on the way called this mail spam.")
    types = {message.media_type.casefold(), *(part.media_type.casefold() for part in message.attachments)}
    endings = {part.filename.casefold().strip(". ").rpartition(".")[2] for part in message.attachments}
    dangerous = types & lists["content.executable_types"] or endings & lists["content.executable"]
    if dangerous or mime.EXECUTABLE in message.warnings:
        yield warn("EXECUTABLE", "A program or an active page is attached; do not open it.")
    text = message.text.strip() or message.body.strip()
    if types & lists["content.encrypted"] or mime.ENCRYPTED in message.warnings:
        yield warn("ENCRYPTED", "The mail is encrypted, so it could not be read.")
    elif not text or message.media_type.partition("/")[0] not in ("text", "multipart", ""):
        yield warn("NO_TEXT", "The mail has no text to read.")
    for sentence in message.warnings:
        if sentence not in _TOLD_BY_GATES:
            yield warn("ODD_FORM", sentence)


def protocol(case: Case) -> Iterator[Finding]:
    """Leave to the owner whom they know, threads that are theirs and what is old."""
    message, past = case.message, case.past
    if past.known:
        # They answer a mail of the owner's; the desk has not spoken in it.
        answer = bool(message.in_reply_to) and past.answered_at is None
        yield warn("KNOWN", "You know this person.", kind=Kind.CORRESPONDENCE if answer else None)
    elif message.in_reply_to and past.answered_at is None:
        yield attend("OTHER_THREAD", "The mail belongs to a conversation that the desk has no part in.")
    domains = {address.rpartition("@")[2].casefold() for address in case.profile.addresses}
    if message.sender.domain in domains - case.words.lists["origin.providers"]:
        yield attend("COLLEAGUE", "The sender's address is in your own organisation.")
    if message.date and case.now - message.date > FRESH:
        yield attend("OLD", "The mail is more than two weeks old.")


def rate(case: Case) -> Iterator[Finding]:
    """Hold unattended replies back where they are too many or switched off (RELIABILITY §9)."""
    past = case.past
    if past.paused:
        yield attend("PAUSED", "Unattended replies are switched off.")
    if past.arrivals >= FLOOD:
        yield attend("FLOOD", "Unusually many mails came in at once.")
    if past.today >= DAY_CAP or past.hour_domain >= DOMAIN_CAP:
        yield attend("CAP", "Enough unattended replies have gone out for now.")


def pasted(case: Case) -> Iterator[Finding]:
    """Keep a network's messages attended: their answers are text to paste (RELIABILITY §9, law)."""
    if not case.message.is_mail:
        yield attend("TO_PASTE", "An answer on this network has to be pasted by hand.")


#: For what came as a mail, in this order (RELIABILITY §3).
GATES: tuple[Gate, ...] = (
    handled, known, own, automatic.path, automatic.report, automatic.platform,
    automatic.marked, automatic.bulk, automatic.asked_not, automatic.robot_name, automatic.role,
    automatic.robot_text, automatic.too_fast, automatic.nobody, addressed, genuine, agree, content, asked_off,
    protocol, rate,
)  # fmt: skip
#: For messages of a network, which have no header to look at.
MEMBER_GATES: tuple[Gate, ...] = (handled, asked_off, pasted)


def clear(message: Message, profile: Profile, past: Past, now: datetime, words: Words) -> Clearance:
    """Say whether a message may be answered, by a draft and unattended, and why.

    Never raises: a gate that fails is a warning for the owner, and nothing is sent unattended then.
    """
    case = Case(message=message, profile=profile, past=past, now=now, words=words)
    draft, auto, kind = Leave.YES, Leave.YES, None
    reasons: list[Reason] = []
    for gate in GATES if message.is_mail else MEMBER_GATES:
        for finding in _ask(gate, case):
            if finding.draft is Leave.NO:
                return Clearance(draft=Leave.NO, auto=Leave.NO, kind=finding.kind, reasons=(finding.reason,))
            draft, auto = draft.least(finding.draft), auto.least(finding.auto)
            kind = kind or finding.kind
            reasons.append(finding.reason)
    return Clearance(draft=draft, auto=auto, kind=kind, reasons=tuple(reasons))


def _ask(gate: Gate, case: Case) -> list[Finding]:
    """Return what a gate finds; what it found before it failed stays, the failure is a finding too."""
    found: list[Finding] = []
    try:
        found.extend(gate(case))
    except Exception:  # every error says review (RELIABILITY §3)
        found.append(warn("GATE_ERROR", "A check of this mail failed, so you should look at it."))
    return found
