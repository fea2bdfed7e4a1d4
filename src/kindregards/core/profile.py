"""The owner as they describe themselves: roles held, never held, what they welcome and decline (DESIGN §6).

Statements are plain sentences in the owner's own language; `core.relevance` reads them. No file is opened here:
`read` takes the text of profile.toml.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from kindregards.core.errors import ProfileError

#: A usable BCP 47 tag: RFC 5646 §2.1 with a two- or three-letter primary subtag.
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-([A-Za-z0-9]{5,8}|\d[A-Za-z0-9]{3}))*")
ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
KEYS = (
    "name",
    "addresses",
    "languages",
    "timezone",
    "headline",
    "roles",
    "never",
    "welcomes",
    "declines",
    "authserv_id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A position the owner holds (`until` is None) or held; years."""

    title: str
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who the owner is. `authserv_id` names the receiver whose Authentication-Results are believed (RFC 8601 §2.2)."""

    name: str
    addresses: tuple[str, ...]
    languages: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    headline: str = ""
    roles: tuple[Role, ...] = ()
    never: tuple[str, ...] = ()
    welcomes: tuple[str, ...] = ()
    declines: tuple[str, ...] = ()
    authserv_id: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The owner's time zone."""
        return ZoneInfo(self.timezone)

    def owns(self, address: str) -> bool:
        """Whether a mail address is the owner's, in any case and with any +tag (RFC 5233)."""
        local, _, domain = address.casefold().rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return any(plain == own.casefold() or address.casefold() == own.casefold() for own in self.addresses)


def read(text: str) -> Profile:
    """Make a `Profile` of the text of a profile.toml; ProfileError names the key that is wrong and what to do."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as why:
        raise ProfileError(f"profile: not valid TOML ({why})") from None
    owner = document.get("owner")
    if not isinstance(owner, dict):
        raise ProfileError("profile: there is no [owner] table; 'kindregards init' writes one")
    for key in owner:
        if key not in KEYS:
            raise ProfileError(f"profile: unknown key '{key}' in [owner]; known are {', '.join(KEYS)}")
    return Profile(
        name=_name(owner),
        addresses=_addresses(owner),
        languages=_languages(owner),
        timezone=_timezone(owner),
        headline=_text(owner, "headline"),
        roles=_roles(owner),
        never=_texts(owner, "never"),
        welcomes=_texts(owner, "welcomes"),
        declines=_texts(owner, "declines"),
        authserv_id=_text(owner, "authserv_id"),
    )


def _text(owner: Mapping[str, object], key: str) -> str:
    value = owner.get(key, "")
    if not isinstance(value, str):
        raise ProfileError(f"profile: '{key}' must be a text in quotes")
    return " ".join(value.split())


def _texts(owner: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = owner.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ProfileError(f'profile: \'{key}\' must be a list of texts, like {key} = ["…", "…"]')
    return tuple(" ".join(item.split()) for item in value if item.strip())


def _name(owner: Mapping[str, object]) -> str:
    name = _text(owner, "name")
    if not name:
        raise ProfileError("profile: 'name' is missing; it is signed under every reply")
    return name


def _addresses(owner: Mapping[str, object]) -> tuple[str, ...]:
    addresses = _texts(owner, "addresses")
    for address in addresses:
        if not ADDRESS.fullmatch(address):
            raise ProfileError(f"profile: '{address}' in 'addresses' is not a mail address")
    if not addresses:
        raise ProfileError("profile: 'addresses' is missing; list every mail address that is yours")
    return addresses


def _languages(owner: Mapping[str, object]) -> tuple[str, ...]:
    languages = _texts(owner, "languages") or ("en",)
    for tag in languages:
        if not LANGUAGE_TAG.fullmatch(tag):
            raise ProfileError(f"profile: '{tag}' in 'languages' is not a language tag (BCP 47), like en, de or pt-BR")
    return languages


def _timezone(owner: Mapping[str, object]) -> str:
    zone = _text(owner, "timezone") or "UTC"
    if zone not in available_timezones():
        raise ProfileError(f"profile: '{zone}' in 'timezone' is not a time zone name, like Europe/Paris")
    return zone


def _roles(owner: Mapping[str, object]) -> tuple[Role, ...]:
    rows = owner.get("roles", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ProfileError("profile: 'roles' must be a list of tables, like { title = \"…\", from = 2013 }")
    return tuple(_role(row) for row in rows)


def _role(row: Mapping[str, object]) -> Role:
    for key in row:
        if key not in ("title", "from", "to"):
            raise ProfileError(f"profile: unknown key '{key}' in 'roles'; known are title, from, to")
    title = _text(row, "title")
    if not title:
        raise ProfileError("profile: an entry of 'roles' has no title")
    years: dict[str, int | None] = {}
    for key in ("from", "to"):
        year = row.get(key)
        if year is not None and not (isinstance(year, int) and 1900 <= year <= 2200):
            raise ProfileError(f"profile: '{key}' of role '{title}' must be a year, like 2013")
        years[key] = year
    return Role(title=title, since=years["from"], until=years["to"])
