"""Profiles: what may stand in profile.toml, and what is said about what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.errors import ProfileError
from kindregards.core.profile import KEYS, Profile, Role, read

FULL = """
[owner]
name = "Alex  Moreau"
addresses = ["alex@owner.example", "Alex.Moreau@Studio.example"]
languages = ["fr", "pt-BR", "zh-Hant"]
timezone = "Europe/Paris"
headline = "Strategist"
authserv_id = "mx.owner.example"
roles = [
  { title = "Strategist", from = 2013 },
  { title = "Baker", from = 1998, to = 2008 },
  { title = "Reader" },
]
never = ["vendor manager"]
welcomes = ["talks on industry", "  "]
declines = ["translation\\nservices"]
"""
LEAST = '[owner]\nname = "A"\naddresses = ["a@x.example"]\n'


def test_a_full_profile() -> None:
    """Every key is read, blanks are folded, empty statements are dropped."""
    assert read(FULL) == Profile(
        name="Alex Moreau",
        addresses=("alex@owner.example", "Alex.Moreau@Studio.example"),
        languages=("fr", "pt-BR", "zh-Hant"),
        timezone="Europe/Paris",
        headline="Strategist",
        authserv_id="mx.owner.example",
        roles=(Role(title="Strategist", since=2013), Role(title="Baker", since=1998, until=2008), Role(title="Reader")),
        never=("vendor manager",),
        welcomes=("talks on industry",),
        declines=("translation services",),
    )
    assert str(read(FULL).zone) == "Europe/Paris"


def test_the_least_profile() -> None:
    """A name and an address are enough: English, UTC, nothing welcomed or declined."""
    found = read(LEAST)
    assert (found.languages, found.timezone, found.roles, found.welcomes) == (("en",), "UTC", (), ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "[owner]"),
        ("owner = 3", "[owner]"),
        ("[owner]\n", "name"),
        ("[owner", "TOML"),
        ('[owner]\nname = "A"\n', "addresses"),
        ('[owner]\nname = "  "\naddresses = ["a@x.example"]\n', "name"),
        ('[owner]\nname = 3\naddresses = ["a@x.example"]\n', "name"),
        ('[owner]\nname = "A"\naddresses = "a@x.example"\n', "addresses"),
        ('[owner]\nname = "A"\naddresses = ["x.example"]\n', "x.example"),
        ('[owner]\nname = "A"\naddresses = ["A <a@x.example>"]\n', "A <a@x.example>"),
        ('[owner]\nname = "A"\naddresses = []\n', "addresses"),
        (LEAST + "wellcomes = []\n", "wellcomes"),
        (LEAST + 'welcomes = "talks"\n', "welcomes"),
        (LEAST + "welcomes = [3]\n", "welcomes"),
        (LEAST + 'languages = ["English"]\n', "English"),
        (LEAST + 'languages = ["en_GB"]\n', "en_GB"),
        (LEAST + 'timezone = "Paris"\n', "Paris"),
        (LEAST + 'timezone = "../../etc/passwd"\n', "timezone"),
        (LEAST + 'timezone = "+02:00"\n', "+02:00"),
        (LEAST + "headline = []\n", "headline"),
        (LEAST + 'roles = ["Strategist"]\n', "roles"),
        (LEAST + "roles = [{ from = 2013 }]\n", "title"),
        (LEAST + 'roles = [{ title = "S", since = 2013 }]\n', "since"),
        (LEAST + 'roles = [{ title = "S", from = "2013" }]\n', "from"),
        (LEAST + 'roles = [{ title = "S", to = 13 }]\n', "to"),
        (LEAST + 'roles = [{ title = "S", to = true }]\n', "to"),
    ],
)
def test_a_mistake_is_told(text: str, told: str) -> None:
    """Whatever cannot be used is one line that names it."""
    with pytest.raises(ProfileError) as caught:
        read(text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("key", KEYS)
def test_no_key_takes_just_anything(key: str) -> None:
    """A date where a text or a list belongs is told by the key's name."""
    lines = [line for line in LEAST.splitlines() if not line.startswith(f"{key} ")]
    with pytest.raises(ProfileError, match=key):
        read("\n".join([*lines, f"{key} = 2026-01-01"]))


@pytest.mark.parametrize(
    ("address", "owned"),
    [
        ("alex@owner.example", True),
        ("ALEX@OWNER.EXAMPLE", True),
        ("alex+news@owner.example", True),
        ("alex+a+b@Owner.example", True),
        ("alex.moreau@studio.example", True),
        ("alexa@owner.example", False),
        ("alex@sub.owner.example", False),
        ("alex@owner.example.org", False),
        ("+alex@owner.example", False),
        ("owner.example", False),
        ("alex", False),
        ("", False),
        ("@", False),
    ],
)
def test_whose_address(address: str, owned: bool) -> None:
    """An address is the owner's in any case and with any tag (RFC 5233), and no other one is."""
    assert read(FULL).owns(address) is owned


def test_an_own_address_with_a_tag() -> None:
    """An address that the profile names with its tag is the owner's; without the tag it is not named."""
    owner = Profile(name="A", addresses=("a+work@x.example",))
    assert owner.owns("A+Work@x.example")
    assert not owner.owns("a@x.example")


@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    """No text raises anything but a ProfileError."""
    for candidate in (text, f"[owner]\n{text}", LEAST + text):
        try:
            read(candidate)
        except ProfileError:
            continue


@given(st.text(st.sampled_from("abcXYZ019._-+"), max_size=20))
def test_any_tag(tag: str) -> None:
    """Whatever tag stands behind a plus, the address is the owner's; without the plus it is somebody else's."""
    owner = Profile(name="A", addresses=("alex@owner.example",))
    assert owner.owns(f"Alex+{tag}@owner.example")
    assert owner.owns(f"alex{tag}@owner.example") is (tag[:1] in ("", "+"))
