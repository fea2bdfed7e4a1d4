"""Contacts tell who is known, and what must never be said."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.message import Address
from kindregards.desk.platforms import Platforms
from kindregards.scout.contacts import Contact, known_people, private_terms

DATA = Path(__file__).resolve().parents[2] / "src" / "kindregards" / "data"
PAGE = "https://www.linkedin.example/in/ana-lopes"


def test_known_by_page_and_address() -> None:
    """A sender is known by profile address or by mail address, in any case and with a slash at the end."""
    known = known_people([Contact(name="Ana Lopes", url=PAGE, address="Ana.Lopes@lingua.example")])
    assert Address(name="A. L.", url=PAGE.upper() + "/").person in known
    assert Address(address="ana.lopes@LINGUA.example").person in known


def test_never_known_by_name_or_domain() -> None:
    """A name alone makes nobody known, and neither does the domain of a contact."""
    known = known_people([Contact(name="Ana Lopes", address="ana@lingua.example"), Contact(name="Ben Oduya")])
    assert Address(name="Ana Lopes").person not in known
    assert Address(name="Ben Oduya").person not in known
    assert Address(address="sales@lingua.example").person not in known
    assert known_people([Contact(name="Ben Oduya")]) == frozenset()


def test_empty_address_is_nobody() -> None:
    """A sender of whom nothing is told is not known by the emptiness of others."""
    assert "" not in known_people([Contact(name="", url="", address=""), Contact(company="Lingua")])


@pytest.mark.parametrize(
    ("name", "terms"),
    [
        ("Ana Lopes", {"Ana Lopes", "Lopes Ana", "Lopes, Ana"}),
        ("Jane  Doe, Ph.D.", {"Jane Doe, Ph.D.", "Jane Doe", "Doe Jane"}),
        ("Dr. Jane Q. Doe", {"Dr. Jane Q. Doe", "Jane Doe", "Doe Jane"}),
        ("María José García López", {"García López María José", "López María José García", "María López"}),
        ("王伟", {"王伟"}),
        ("Cher", {"Cher"}),
    ],
)
def test_names(name: str, terms: set[str]) -> None:
    """A full name is private in both orders, without titles and degrees too."""
    assert terms <= set(private_terms([Contact(name=name)]))


@pytest.mark.parametrize("name", ["", "Al", "Jo ", "Lee"])
def test_names_too_short(name: str) -> None:
    """A name of a few letters would be found in every text."""
    assert private_terms([Contact(name=name)]) == []


def test_single_given_names_are_not_private() -> None:
    """A given name alone is not a term: half the world is called so."""
    assert not {"Ana", "Lopes"} & set(private_terms([Contact(name="Ana Lopes")]))


def test_pages() -> None:
    """A profile address is private with and without scheme and www, and decoded."""
    terms = private_terms([Contact(url="https://www.linkedin.example/in/zo%C3%AB-brandt/")])
    assert terms == sorted(
        prefix + slug
        for prefix in ("https://www.linkedin.example/in/", "www.linkedin.example/in/", "linkedin.example/in/")
        for slug in ("zo%C3%AB-brandt", "zoë-brandt")
    )


def test_the_rest() -> None:
    """Mail addresses, numbers and employers of four letters and more are private."""
    contact = Contact(address="ana@lingua.example", phone="+33 1 23 45 67", company=" Lingua  Nova ", position="Editor")
    assert private_terms([contact, Contact(company="IBM")]) == ["+33 1 23 45 67", "Lingua Nova", "ana@lingua.example"]


def test_no_employer() -> None:
    """Words in place of an employer's name are not private."""
    platforms = Platforms.load((DATA / "platforms.toml").read_text(encoding="utf-8"))
    contacts = [Contact(company="Self-Employed"), Contact(company="Freelance"), Contact(company="Lingua")]
    assert private_terms(contacts, platforms.no_employers) == ["Lingua"]


def test_same_person_twice() -> None:
    """A contact that is listed twice gives every term once."""
    contact = Contact(name="Ana Lopes", url=PAGE, company="Lingua")
    assert private_terms([contact, contact]) == private_terms([contact])


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_contact(name: str, url: str) -> None:
    """No contact gives an empty term, which would be found in every text."""
    assert all(
        term.strip() for term in private_terms([Contact(name=name, url=url, company=name, phone=url, address=url)])
    )
