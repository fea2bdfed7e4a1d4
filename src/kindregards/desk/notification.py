"""Unwrap the mails by which a network carries its members' words: invitations, messages, InMails (DESIGN §4).

A mail that holds a member's own words becomes a message of that member; everything else the network writes
becomes a NOTIFICATION; a mail that only claims to come from the network stays a mail, with a warning. Which
sender carries what, and the wordings, are data (`platforms.toml`). Where a wording is not known nothing is
unwrapped: a wrong guess would put the network's words into somebody's mouth.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import unquote

from kindregards.core.message import Address, Channel, Message
from kindregards.desk.platforms import Phrases, Platform, Platforms, bare_line, plain_line

#: The header mark under which a member's description of himself or herself is kept.
HEADLINE = "x-network-headline"
MOST_LINES = 2_000
LONGEST_FRAME = 300  #: a longer line is never the network's frame
LONGEST_LINK = 2_000
LONGEST_CARD = 4  #: name, headline, place, mutual contacts

URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
BUTTONS = re.compile(r"\s*(?:[|·•]|\]\s*\[|\s{2,})\s*")
GREETING = re.compile(r"(?:\S+ ){0,3}\S+[,!:،，、]")
COMMENT = re.compile(r"\([^()]*\)")
RESULT = re.compile(r"\s*(dkim|spf|dmarc)\s*=\s*([a-z]+)", re.IGNORECASE)
SIGNER = re.compile(r"(?:header\.(?:d|i|from)|smtp\.mailfrom)\s*=\s*\"?(?:[^\s;\"@]*@)?([^\s;\"@]+)", re.IGNORECASE)


def unwrap(message: Message, platforms: Platforms) -> Message:
    """Make of a network's mail what it carries; any other message comes back as it is.

    A member's words have the member as only sender, without mail address (the relay's is shared), no header
    but the mark HEADLINE, and as `text` the member's own words; `body` stays what was read. An invitation
    without a note has name and headline as its text: nothing else in it is the member's. Messages of an
    export lose what a copied mail leaves around them: buttons, mutual contacts, footer.
    """
    if message.outgoing or message.channel is Channel.NOTIFICATION:
        return message
    if message.channel is not Channel.EMAIL:
        return _trimmed(message, platforms.phrases)
    platform = next((found for each in message.senders if (found := platforms.of(each.domain))), None)
    if platform is None:
        return _warned(message, _disguise(message, platforms))
    if doubt := _doubt(message, platform, platforms.phrases):
        return _warned(message, doubt)
    if _is_colleague(message, platform):
        return message
    carried = _carried(message, platform, platforms.phrases)
    if carried is None:
        return replace(message, channel=Channel.NOTIFICATION)
    return _of_member(message, platform, platforms.phrases, *carried)


def _trimmed(message: Message, phrases: Phrases) -> Message:
    lines = list(_without_frame(message.text, phrases))
    if len(lines) == len(message.text.splitlines()):
        return message
    return replace(message, text="\n\n".join("\n".join(paragraph) for paragraph in _paragraphs(lines)))


def _warned(message: Message, warning: str) -> Message:
    return replace(message, warnings=(*message.warnings, warning)) if warning else message


def _disguise(message: Message, platforms: Platforms) -> str:
    """Say that a stranger's mail uses a network's name, "" where it doesn't."""
    for platform in platforms.platforms:
        name = platform.name.casefold()
        if name in re.findall(r"\w+", message.sender.name.casefold()) or name in message.sender.domain:
            return f"The message uses the name of {platform.name}, but does not come from there."
    return ""


def _doubt(message: Message, platform: Platform, phrases: Phrases) -> str:
    """Say why a mail that claims to be the network's is not believed, "" where it is."""
    claim = f"The message claims to come from {platform.name}, but "
    if len(message.senders) > 1:
        return claim + "names several authors."
    if _verdict(message.header("authentication-results") or "", platform) is False:
        return claim + "the receiving server could not confirm that."
    if any(not platform.owns(address.domain) for address in message.reply_to):
        return claim + "answers would go elsewhere."
    links = _labelled(message.body)
    if any(phrases.buttons.fullmatch(label) and not platform.links_to(url) for label, url in links):
        return claim + "its buttons lead elsewhere."
    return ""


def _verdict(field: str, platform: Platform) -> bool | None:
    """Read one Authentication-Results field (RFC 8601 §2.2): genuine, forged, or None where it tells nothing.

    Anything but an aligned pass counts as forged, for the network signs all of its mail. Only the topmost
    field is asked: those below may have come with the mail.
    """
    verdict: bool | None = None
    for clause in COMMENT.sub(" ", field).split(";")[1:]:
        result = RESULT.match(clause)
        if result is None:
            continue
        method, outcome, signer = result[1].casefold(), result[2].casefold(), SIGNER.search(clause)
        aligned = platform.owns(signer[1].rstrip(".")) if signer else method == "dmarc"
        if method == "dmarc" and outcome in ("pass", "fail"):
            return outcome == "pass" and aligned
        verdict = bool(verdict) or (outcome == "pass" and aligned)
    return verdict


def _labelled(text: str) -> Iterator[tuple[str, str]]:
    """Yield links with the words that stand before them, on the same line or alone on the line above."""
    above = ""
    for raw in text.splitlines()[:MOST_LINES]:
        line = plain_line(raw)
        if len(line) > LONGEST_LINK:
            above = ""
        elif found := _link(line):
            yield found[0] or above, found[1]
        else:
            above = bare_line(line) or above


def _link(line: str) -> tuple[str, str] | None:
    """Split a line that ends with a link into the words before it and the link; None for any other line."""
    found = URL.search(line)
    if found is None or line[found.end() :].strip(" >)]."):
        return None
    return bare_line(line[: found.start()]), found[0].rstrip(")].")


def _is_colleague(message: Message, platform: Platform) -> bool:
    """Whether somebody who works for the network writes: a personal address, and no sign of a machine."""
    words = message.sender.name.casefold().split()
    local = message.sender.address.partition("@")[0].casefold()
    machine = any(name.startswith(("list-", f"x-{platform.name.casefold()}")) for name, _ in message.headers)
    own = platform.name.casefold() in message.sender.name.casefold()
    return len(words) > 1 and len(words[-1]) > 2 and words[-1] in local and not own and not machine


def _carried(message: Message, platform: Platform, phrases: Phrases) -> tuple[Channel, str] | None:
    """Tell what a mail carries and the member's name; None where it is the network's own."""
    local = message.sender.address.partition("@")[0].partition("+")[0].casefold()
    sure = platform.senders.get(local) or platform.classes.get(message.header(platform.class_header) or "")
    channel = sure or platform.hints.get(local)
    if channel is None or phrases.several.fullmatch(bare_line(message.subject)):
        return None
    said, named = _announced(message, phrases.carries[channel])
    if channel is Channel.INVITATION:
        said = said or any(phrases.boilerplate.fullmatch(bare_line(line)) for line in _short_lines(message.body))
    linked = any(mark in message.body.casefold() for mark in platform.links.get(channel, ()))
    member = _member(message.sender.name, platform, phrases) or named
    return (channel, member) if member and (sure or said or linked) else None


def _announced(message: Message, phrases: tuple[re.Pattern[str], ...]) -> tuple[bool, str]:
    """Look for a phrase that announces a member's words in subject and text: whether, and whom it names."""
    said = False
    for line in (message.subject, *_short_lines(message.body)):
        for found in (phrase.fullmatch(bare_line(line)) for phrase in phrases):
            if found is not None:
                said = True
                if name := found.groupdict().get("member"):
                    return said, name
    return said, ""


def _member(display: str, platform: Platform, phrases: Phrases) -> str:
    """Take the member's name out of "Ana Lopes via LinkedIn"; "" where the display name is the network's."""
    name = phrases.via.sub("", plain_line(display)).strip()
    return "" if platform.name.casefold() in name.casefold() else name


def _of_member(message: Message, platform: Platform, phrases: Phrases, channel: Channel, member: str) -> Message:
    """Make the member's message of the mail that carries it."""
    words, headline = _own_words(message, platform, phrases, member)
    if channel is Channel.INVITATION and (not words or GREETING.fullmatch(words)):
        words = f"{member}\n{headline}".strip()
    thread = platform.thread.search(message.body)
    subject = bare_line(message.subject)
    announced = channel is Channel.INVITATION or any(each.fullmatch(subject) for each in phrases.carries[channel])
    return replace(
        message,
        channel=channel,
        thread_id=unquote(thread[2]) if thread else "",
        senders=(Address(name=member, url=_profile(message.body, platform, phrases, member)),),
        reply_to=(),
        return_path=None,
        subject="" if announced else message.subject,
        headers=((HEADLINE, headline),) if headline else (),
        text=words,
    )


def _own_words(message: Message, platform: Platform, phrases: Phrases, member: str) -> tuple[str, str]:
    """Cut the member's own words and headline out of a mail."""
    lines = _without_frame(message.body, phrases)
    own: list[str] = []
    headline = ""
    for paragraph in _paragraphs(line for line in lines if not _is_furniture(line, message.subject, platform, phrases)):
        if _is_name(paragraph[0], member):
            # The card of the member; a long paragraph below it is no card but the words themselves.
            headline = headline or (paragraph[1] if len(paragraph) > 1 else "")
            paragraph = paragraph[2:] if len(paragraph) > LONGEST_CARD else []
        if paragraph:
            own.append("\n".join(paragraph))
    return "\n\n".join(own), headline


def _without_frame(text: str, phrases: Phrases) -> Iterator[str]:
    """Yield the lines of a text up to the footer, without buttons and mutual contacts."""
    for raw in text.splitlines()[:MOST_LINES]:
        line = raw.strip()
        bare = bare_line(line)
        if len(bare) <= LONGEST_FRAME:
            if phrases.footers.match(bare):
                return
            pressed = [segment for segment in (bare_line(each) for each in BUTTONS.split(line)) if segment]
            if pressed and all(phrases.buttons.fullmatch(each) for each in pressed):
                continue
            if phrases.mutual.fullmatch(bare):
                continue
        yield line


def _is_furniture(line: str, subject: str, platform: Platform, phrases: Phrases) -> bool:
    """Whether a line is the network's: a tracked link, a rule, the announcement, the subject again."""
    bare = bare_line(line)
    if not line or len(bare) > LONGEST_LINK:
        return False
    if found := _link(line):
        return platform.is_frame(found[1]) or bool(phrases.buttons.fullmatch(found[0]))
    if not any(letter.isalnum() for letter in line) and len(set(line)) == 1 and len(line) >= 5:
        return True
    if bare == bare_line(subject) or phrases.boilerplate.fullmatch(bare):
        return True
    return any(each.fullmatch(bare) for channel in phrases.carries.values() for each in channel)


def _profile(body: str, platform: Platform, phrases: Phrases, member: str) -> str:
    """Find the member's page: the one behind a button or the name, else the only one, else "".

    Links without the network's marks are a member's own and may lead to anybody.
    """
    marked: set[str] = set()
    labelled: set[str] = set()
    for label, url in _labelled(body):
        page = platform.profile.match(url)
        if page is None or not platform.is_frame(url):
            continue
        address = f"https://www.{page[1].casefold()}/in/{page[2]}"
        marked.add(address)
        if phrases.buttons.fullmatch(label) or _is_name(label, member):
            labelled.add(address)
    pages = labelled or marked
    return pages.pop() if len(pages) == 1 else ""


def _is_name(line: str, member: str) -> bool:
    """Whether a line is the member's name, also where the display name shortens the last ("Ana L.")."""
    name, line = bare_line(member).casefold(), bare_line(line).casefold()
    return line == name or (member.endswith(".") and line.startswith(name) and len(line.split()) <= 4)


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Group lines by the empty ones between them; lines of which nothing can be seen are empty."""
    paragraph: list[str] = []
    for line in lines:
        if any(unicodedata.category(letter)[0] in "LNPS" for letter in line):
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []
    if paragraph:
        yield paragraph


def _short_lines(text: str) -> list[str]:
    return [line for line in text.splitlines()[:MOST_LINES] if len(line) <= LONGEST_FRAME and line.strip()]
