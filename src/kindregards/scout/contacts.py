"""The owner's contacts as values, and the two things that follow from them: who is known, what is private.

Persons are known by profile address or mail address only: a company's domain is shared by strangers, and a
name can be put on by anybody. What is private is everything by which a reply could tell that somebody is a
contact of the owner's. No file is opened here, and nothing here chooses whom to write to.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from kindregards.core.message import Address

#: Names of one word and employers are hidden from this length on; shorter ones stand in ordinary words.
SHORTEST = 4
#: Names in these scripts have no spaces and are short: Han, kana, Hangul.
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody the owner is connected with; fields the source does not tell are ""."""

    name: str = ""
    address: str = ""
    url: str = ""
    company: str = ""
    position: str = ""
    phone: str = ""


def known_people(contacts: Iterable[Contact]) -> frozenset[str]:
    """Gather the keys (`Address.person`) by which a message's sender counts as known.

    A contact of whom only a name is told gives no key: never by name alone, never by domain.
    """
    keys: set[str] = set()
    for contact in contacts:
        if contact.url:
            keys.add(Address(url=contact.url).person)
        if contact.address:
            keys.add(Address(address=contact.address).person)
    return frozenset(keys)


def private_terms(contacts: Iterable[Contact], public: Iterable[str] = ()) -> list[str]:
    """List what must never stand in an outgoing text: names, addresses, profiles, numbers, employers.

    Sorted, each once. `public` are employer names that tell nothing, such as the words that networks offer to
    people without an employer.
    """
    told = {_fold(word) for word in public}
    terms: set[str] = set()
    for contact in contacts:
        terms.update(_names(contact.name))
        terms.update(_profiles(contact.url))
        terms.update(term for term in (contact.address.strip(), contact.phone.strip()) if term)
        employer = " ".join(contact.company.split())
        if len(employer) >= SHORTEST and _fold(employer) not in told:
            terms.add(employer)
    return sorted(terms)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _names(name: str) -> Iterator[str]:
    """Yield the forms of a full name: as written, and without titles and degrees in every order."""
    whole = " ".join(name.split())
    if len(whole) >= SHORTEST or UNSPACED.search(whole):
        yield whole
    # "Jane Doe, Ph.D.": what follows the comma, and words with a full stop, are no part of her name.
    words = [word for word in whole.partition(",")[0].split() if not word.endswith(".")]
    if len(words) < 2:
        return
    for cut in range(len(words)):
        yield " ".join(words[cut:] + words[:cut])
    yield f"{words[0]} {words[-1]}"
    yield f"{words[-1]} {words[0]}"
    yield f"{words[-1]}, {words[0]}"


def _profiles(url: str) -> Iterator[str]:
    """Yield a profile address with and without scheme and www, also with its percent signs decoded."""
    for form in (url.strip().rstrip("/"), unquote(url.strip()).rstrip("/")):
        if form:
            bare = SCHEME.sub("", form)
            yield form
            yield bare
            yield bare.removeprefix("www.")
