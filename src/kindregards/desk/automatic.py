"""Robots, lists and networks: the gates of triage that no person's mail meets, in their order.

RFC 3834 §2 and §5 (null path, Auto-Submitted), RFC 5230 §4.6 (lists and system names), RFC 2369, 2919, 8058
(list fields), MS-OXCMAIL (X-Auto-Response-Suppress), and what is practice and no standard: no-reply names,
subjects and sentences of answering machines. The words are data/triage.toml's; what an author may be trusted
with is not asked here.
"""

from collections.abc import Iterator
from datetime import timedelta

from kindregards.core.intent import Kind
from kindregards.core.message import Channel
from kindregards.desk import marks, origin
from kindregards.desk.finding import Case, Finding, attend, refuse, warn

#: RFC 5321 §4.5.3.1: octets of local part and path.
LONGEST_LOCAL, LONGEST_PATH = 64, 256
#: An answer that comes faster was not written by a person; two clocks may differ by the skew.
FASTEST_ANSWER, CLOCK_SKEW = timedelta(seconds=15), timedelta(seconds=5)


def path(case: Case) -> Iterator[Finding]:
    """Judge the Return-Path: `<>` MUST NOT be answered (RFC 3834 §2), none SHOULD NOT be guessed (§4)."""
    found = case.message.return_path
    if found is None:
        yield warn("NO_RETURN_PATH", "The mail does not say where a delivery failure would go.")
        return
    address = origin.path_address(found)
    if not address:
        yield refuse("NULL_PATH", "The mail has an empty return address, as bounces and robots have.", Kind.AUTOMATIC)
    local, at, _ = address.rpartition("@")
    # RFC 5321 §4.5.3.1: longer ones exist in attacks only.
    if len(local) > LONGEST_LOCAL or len(address) > LONGEST_PATH:
        yield refuse("BAD_PATH", "The return address of this mail is not a possible mail address.")
    if address and not at:
        yield warn("LOCAL_PATH", "The return address names no domain, so nothing can be sent there.")
    # Sender Rewriting Scheme: a forwarder's address stands where the author's was.
    if local.startswith(("srs0=", "srs1=", "srs0+", "srs1+", "srs0-", "srs1-")):
        yield warn("FORWARDED_PATH", "A forwarding service rewrote the return address.")


def nobody(case: Case) -> Iterator[Finding]:
    """Stop where no author is named at all (RFC 5322 §3.6.2); an ambiguous one is `triage.genuine`'s."""
    if not case.message.sender.address and not any(value.strip() for value in case.message.all("from")):
        yield refuse("NO_AUTHOR", "The mail names no author who could be answered.")


def report(case: Case) -> Iterator[Finding]:
    """Stop at reports, receipts and calendar requests (RFC 3464, 8098, 5965, 6047; RFC 7489 §7.2.1.1)."""
    message, lists = case.message, case.words.lists
    types = {message.media_type.casefold(), *(part.media_type.casefold() for part in message.attachments)}
    if types & lists["reports.media_types"]:
        yield refuse("REPORT", "This is a machine's report about another mail.", Kind.AUTOMATIC)
    if types & lists["reports.calendar"]:
        yield refuse("CALENDAR", "This is a calendar entry; it is answered in the calendar.", Kind.AUTOMATIC)
    if any(case.words.report_file.fullmatch(part.filename[:255]) for part in message.attachments):
        yield refuse("REPORT", "This is a machine's report about mail of your domain.", Kind.AUTOMATIC)


def platform(case: Case) -> Iterator[Finding]:
    """Stop at a network's own mail, and at a mask of one; a member's words were unwrapped before."""
    message, words = case.message, case.words
    its_own = any(marks.platform(party.domain, words) for party in origin.authors(message))
    if its_own and origin.proof(message, case.profile, words) is origin.Proof.FAIL:
        yield refuse("FORGED_PLATFORM", "Somebody pretends to be a network you may use.", Kind.FRAUD)
    if its_own or message.channel is Channel.NOTIFICATION:
        yield refuse("PLATFORM", "The network itself wrote this, no person did.", Kind.PLATFORM)
    if marks.present(message, words.lists["headers.platform"]):
        yield refuse("PLATFORM", "A network's machine wrote this, no person did.", Kind.PLATFORM)
    if marks.fold(message.sender.name[:100]) in words.lists["platforms.names"]:
        yield refuse("MASK", "The mail calls itself a network but does not come from there.", Kind.FRAUD)


def marked(case: Case) -> Iterator[Finding]:
    """Stop at Auto-Submitted unless it is `no`, whatever stands around it (RFC 3834 §2 and §5.1)."""
    keywords = [marks.keyword(value) for value in case.message.all("auto-submitted")]
    if all(word == "no" for word in keywords):
        return
    # Newsletter machines write auto-generated beside their list fields.
    listed = marks.present(case.message, case.words.lists["headers.list"]) and "auto-replied" not in keywords
    kind = Kind.BULK if listed else Kind.AUTOMATIC
    yield refuse("AUTO_SUBMITTED", "The mail says itself that a machine sent it.", kind)


def bulk(case: Case) -> Iterator[Finding]:
    """Stop at lists and mass mail (RFC 2369, 2919, 8058; Precedence as RFC 5230 §4.6 and Mailman read it)."""
    message, lists = case.message, case.words.lists
    if marks.present(message, lists["headers.list"]):
        yield refuse("LIST_HEADER", "The mail went to a mailing list or through a mass mailer.", Kind.BULK)
    for value in message.all("precedence"):
        if marks.keyword(value) in lists["suppress.precedence_automatic"]:
            yield refuse("PRECEDENCE", "The mail says itself that it is an automatic reply.", Kind.AUTOMATIC)
        if marks.keyword(value) in lists["suppress.precedence_bulk"]:
            yield refuse("PRECEDENCE", "The mail says itself that it is bulk mail.", Kind.BULK)
    if marks.present(message, lists["headers.campaign"]):
        yield refuse("CAMPAIGN", "The mail is part of a mass mailing.", Kind.BULK)
    if marks.present(message, lists["headers.relay"]):
        yield warn("RELAY", "The mail came through a service for sending many mails.")


def asked_not(case: Case) -> Iterator[Finding]:
    """Stop where the sender's program asks for no automatic answer (MS-OXCMAIL X-Auto-Response-Suppress)."""
    message, lists = case.message, case.words.lists
    for value in message.all("x-auto-response-suppress"):
        # A list of words; DR, RN and NRN forbid receipts, not answers.
        if {word.strip().casefold() for word in marks.bare(value).split(",")} & lists["suppress.microsoft"]:
            yield refuse("SUPPRESS", "The mail asks for no automatic answer, as machines do.", Kind.AUTOMATIC)
    for name, values in case.words.asked.items():
        if any(marks.keyword(value) in values for value in message.all(name)):
            yield refuse("ASKED_NOT", "The mail asks for no automatic answer.", Kind.AUTOMATIC)


def robot_name(case: Case) -> Iterator[Finding]:
    """Stop at names no person has: daemons, lists, no-reply addresses (RFC 5230 §4.6, RFC 2142 §6)."""
    message, words = case.message, case.words
    parties = origin.authors(message)
    authors = [party.address for party in parties]
    if any(marks.named(name, "system", words) for name in (*authors, origin.path_address(message.return_path or ""))):
        yield refuse("SYSTEM_NAME", "A mail system or mailing list sent this, not a person.", Kind.AUTOMATIC)
    if any(marks.refuses(party, words) for party in (*parties, *message.reply_to)):
        yield refuse("NO_REPLY", "The address says itself that nobody reads answers there.", Kind.AUTOMATIC)
    if any(marks.named(name, "robot", words) for name in authors):
        yield refuse("ROBOT_NAME", "The address is one that machines write from.", Kind.AUTOMATIC)
    if any(marks.named(name, "newsletter", words) for name in authors):
        yield refuse("NEWSLETTER_NAME", "The address is one that newsletters come from.", Kind.BULK)


def role(case: Case) -> Iterator[Finding]:
    """Warn of accounts that are often a person and often not (RFC 2142; RFC 5230 §4.6: "careful")."""
    if any(marks.named(party.address, "postmaster", case.words) for party in case.message.senders):
        yield warn("POSTMASTER", "The address belongs to whoever looks after a mail system.")
    elif any(marks.named(party.address, "role", case.words) for party in case.message.senders):
        yield attend("ROLE", "The address is a shared one, such as info or sales.")


def robot_text(case: Case) -> Iterator[Finding]:
    """Stop at what answering machines, mailers and ticket systems write."""
    message, words = case.message, case.words
    if marks.switched_on(message, words) or _robot_route(case):
        yield refuse("AUTO_HEADER", "An answering machine, mailer or ticket system sent this.", Kind.AUTOMATIC)
    if marks.automatic_subject(message.subject, words):
        yield refuse("AUTO_SUBJECT", "The subject is that of an automatic reply.", Kind.AUTOMATIC)
    if marks.bounce_subject(message.subject, words):
        yield refuse("BOUNCE_SUBJECT", "The subject is that of mail that came back.", Kind.AUTOMATIC)
    text = marks.text_of(message)
    if marks.says(text, "do_not_reply", words):
        yield refuse("DO_NOT_REPLY", "The text says that a machine wrote it or nobody reads answers.", Kind.AUTOMATIC)
    if marks.acknowledges(message, text, words):
        yield refuse("TICKET", "This is a ticket system's acknowledgement.", Kind.AUTOMATIC)
    if marks.says(text, "challenge", words):
        yield refuse("CHALLENGE", "This is a robot that wants proof that you are a person.", Kind.AUTOMATIC)
    if marks.says(text[:600], "absence", words):
        # In answer to a mail a machine says so; in a first letter a person may.
        if message.in_reply_to:
            yield refuse("ABSENT", "This is an absence note in answer to a mail.", Kind.AUTOMATIC)
        yield warn("ABSENT", "The text may be an absence note.")


def too_fast(case: Case) -> Iterator[Finding]:
    """Stop at an answer that came faster than a person writes: the other side is a robot without marks."""
    before, date = case.past.answered_at, case.message.date
    if before and date and -CLOCK_SKEW <= date - before <= FASTEST_ANSWER:
        yield refuse("FAST_ANSWER", "The answer came within seconds, so a machine wrote it.", Kind.AUTOMATIC)


def _robot_route(case: Case) -> bool:
    message, lists = case.message, case.words.lists
    delivered = {marks.keyword(value) for value in message.all("delivered-to")}
    agents = [value for name in ("x-delivery-agent", "x-mailer", "user-agent") for value in message.all(name)]
    begun = tuple(lists["suppress.agents"])
    return bool(delivered & lists["suppress.delivered_to"]) or any(
        marks.fold(agent[:100]).startswith(begun) for agent in agents
    )
