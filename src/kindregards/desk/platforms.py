"""The networks whose mails are known, as platforms.toml describes them: domains, senders, links, wordings.

Here the tables are made ready to match; what is made of a mail by them is `desk.notification`'s. A new wording or
network is a change to the data file.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kindregards.core.message import Channel

CARRIES = {"invitation": Channel.INVITATION, "message": Channel.MESSAGE, "inmail": Channel.INMAIL}
PLACEHOLDER = re.compile(r"\{(\w+)\}")
PLACEHOLDERS = {
    "member": r"[^:]{2,80}?",
    "owner": r".{1,80}?",
    "number": r"\d{1,4}",
    "any": r".{0,120}?",
}
#: Kinds of quotation marks and apostrophes that stand for the same, and what may surround a phrase.
QUOTES = str.maketrans(dict.fromkeys("’‘‛ʼ´`", "'") | dict.fromkeys("“”„«»", '"'))
EDGES = " .!:;…\"'[]()<>*_-–—\u200b\u200e\u200f\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """One network: its domains, and what its mails carry by local part, class header and link."""

    name: str
    domains: tuple[str, ...]
    hosts: tuple[str, ...]
    tracked: tuple[str, ...]
    profile: re.Pattern[str]
    thread: re.Pattern[str]
    class_header: str
    senders: Mapping[str, Channel]
    hints: Mapping[str, Channel]
    classes: Mapping[str, Channel]
    links: Mapping[Channel, tuple[str, ...]]

    def owns(self, host: str) -> bool:
        """Whether a domain is one of the network's, or below one."""
        return any(host.casefold() == each or host.casefold().endswith("." + each) for each in self.domains)

    def links_to(self, url: str) -> bool:
        """Whether an address leads to the network."""
        host = host_of(url)
        return self.owns(host) or any(host == each or host.endswith("." + each) for each in self.hosts)

    def is_frame(self, url: str) -> bool:
        """Whether an address is one of those by which the network follows who clicks."""
        return self.links_to(url) and any(mark in url.casefold() for mark in self.tracked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Wordings of all languages: those that tell what a mail carries, and those of the frame around it."""

    carries: Mapping[Channel, tuple[re.Pattern[str], ...]]  #: with a group "member" where the phrase names one
    via: re.Pattern[str]
    several: re.Pattern[str]
    boilerplate: re.Pattern[str]
    buttons: re.Pattern[str]
    mutual: re.Pattern[str]
    footers: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """The networks that are known; `no_employers` are words in place of an employer that tell nothing."""

    platforms: tuple[Platform, ...]
    phrases: Phrases
    no_employers: frozenset[str]

    @classmethod
    def load(cls, toml_text: str) -> "Platforms":
        """Make the tables of the text of platforms.toml."""
        document = tomllib.loads(toml_text)
        return cls(
            platforms=tuple(_platform(row) for row in document["platform"]),
            phrases=_phrases(document["phrases"].values(), [row["name"] for row in document["platform"]]),
            no_employers=frozenset(document["employers"]["none"]),
        )

    def of(self, domain: str) -> Platform | None:
        """The network that a mail domain belongs to, None where it belongs to none."""
        return next((platform for platform in self.platforms if platform.owns(domain)), None)


def host_of(url: str) -> str:
    """The host of an address in lower case, "" where it has none or is broken."""
    try:
        return (urlsplit(url).hostname or "").casefold()
    except ValueError:
        return ""


def plain_line(text: str) -> str:
    """Fold white space and kinds of quotation marks."""
    return " ".join(text.translate(QUOTES).split())


def bare_line(text: str) -> str:
    """Fold a text as `plain_line` does and take off what may surround a phrase."""
    return plain_line(text).strip(EDGES)


def _platform(row: Mapping[str, Any]) -> Platform:
    """Make a platform of its table in platforms.toml."""
    domains = "|".join(re.escape(domain) for domain in row["domains"])
    host = rf"https?://(?:[\w-]+\.)*?({domains})/(?:comm/)?"
    return Platform(
        name=row["name"],
        domains=tuple(row["domains"]),
        hosts=tuple(row["hosts"]),
        tracked=tuple(row["tracked"]),
        profile=re.compile(host + re.escape(row["profile"].strip("/")) + r"/([^\s/?#<>\"]+)", re.IGNORECASE),
        thread=re.compile(host + re.escape(row["thread"].strip("/")) + r"/([^\s/?#<>\"]+)", re.IGNORECASE),
        class_header=row["class_header"],
        senders={local: CARRIES[what] for local, what in row["senders"].items()},
        hints={local: CARRIES[what] for local, what in row["hints"].items()},
        classes={name: CARRIES[what] for name, what in row["classes"].items()},
        links={CARRIES[what]: tuple(marks) for what, marks in row["links"].items()},
    )


def _phrases(languages: Iterable[Mapping[str, list[str]]], names: list[str]) -> Phrases:
    """Compile the wordings of all languages together: which one a mail is in nobody knows yet."""
    rows = list(languages)
    network = "(?:" + "|".join(re.escape(name) for name in names) + ")"

    def all_of(kind: str) -> str:
        return "|".join(_pattern(phrase, network) for row in rows for phrase in row[kind])

    def each_of(kind: str) -> tuple[re.Pattern[str], ...]:
        found = {_pattern(phrase, network, named=True) for row in rows for phrase in row[kind]}
        # The longest first: they leave the least to be taken for a name.
        return tuple(re.compile(each, re.IGNORECASE) for each in sorted(found, key=lambda each: (-len(each), each)))

    return Phrases(
        carries={channel: each_of(kind) for kind, channel in CARRIES.items()},
        via=re.compile(rf"\s*(?:{all_of('via')})\s*$", re.IGNORECASE),
        several=re.compile(all_of("several"), re.IGNORECASE),
        # The network greets before it speaks in the member's name.
        boilerplate=re.compile(rf"(?:[^,!]{{1,40}}[,!] ?)?(?:{all_of('boilerplate')})", re.IGNORECASE),
        buttons=re.compile(all_of("buttons"), re.IGNORECASE),
        mutual=re.compile(rf"(?:{all_of('mutual')})(?:\s*[:,，、].*)?", re.IGNORECASE),
        footers=re.compile(all_of("footers"), re.IGNORECASE),
    )


def _pattern(phrase: str, network: str, *, named: bool = False) -> str:
    """Make a pattern of a phrase with placeholders; `named` makes a group of the member."""
    known = PLACEHOLDERS | {"platform": network}
    if named:
        known |= {"member": f"(?P<member>{PLACEHOLDERS['member']})"}
    pieces = PLACEHOLDER.split(bare_line(phrase) if not phrase.endswith("}") else plain_line(phrase))
    return "".join(known[piece] if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
