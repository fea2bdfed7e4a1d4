"""Where to turn instead: which groups are named depends on the need and the groups, and on nothing else."""

import json
import random
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters import resources
from kindregards.core.groups import Countries, Group, Need, Pointer, rank, read
from kindregards.core.intent import Ask

SHIPPED = read(resources.text("groups.jsonl"))
COUNTRIES = Countries.read(resources.text("countries.toml"))


def group(name: str = "Guild", **changes: object) -> Group:
    """A group for translators, everywhere, in English."""
    given = {"asks": ("offer.translation",), "languages": ("en",)} | changes
    return Group(name=name, url=f"https://{name.casefold()}.example/", purpose="", **given)  # type: ignore[arg-type]


def need(text: str = "", language: str = "en", countries: str = "", ask: Ask = Ask.OFFER_TRANSLATION) -> Need:
    """Somebody's need."""
    return Need(ask=ask, text=text, language=language, countries=frozenset(countries.split()))


def names(found: tuple[Pointer, ...]) -> list[str]:
    """The names of pointers."""
    return [pointer.name for pointer in found]


def test_the_ask_must_match() -> None:
    """A group that does not serve the ask is never named, however well its words fit."""
    other = group("Other", asks=("request.job",), topics=("translation",))
    assert rank(need("translation translation"), [other]) == ()
    assert names(rank(need("x"), [other, group()])) == ["Guild"]


def test_the_country_must_match() -> None:
    """A group of one country is for people of that country; one without countries is for all."""
    french, world = group("French", countries=("FR", "BE")), group("World")
    assert names(rank(need(countries="DE"), [french, world])) == ["World"]
    assert names(rank(need(countries=""), [french, world])) == ["World"]
    assert set(names(rank(need(countries="BE"), [french, world]))) == {"French", "World"}


def test_nothing_fits() -> None:
    """Where no group serves the need there is no pointer, rather than a bad one."""
    assert rank(need(), []) == ()
    assert rank(need(countries="DE"), [group(countries=("FR",))]) == ()
    assert rank(need(ask=Ask.REQUEST_JOB), [group()]) == ()


def test_at_most_so_many() -> None:
    """Two pointers, or as many as are asked for, and never the same one twice."""
    many = [group(f"G{n}") for n in range(9)]
    assert names(rank(need(), many)) == ["G0", "G1"]
    assert names(rank(need(), many, most=3)) == ["G0", "G1", "G2"]


def test_words_decide() -> None:
    """Of two groups the one whose topics stand in the text comes first, as words and not as parts of words."""
    legal, medical = group("Legal", topics=("legal translation", "court")), group("Medical", topics=("medicine",))
    assert names(rank(need("We do Legal Translation for you"), [medical, legal]))[0] == "Legal"
    assert names(rank(need("MEDICINE"), [legal, medical]))[0] == "Medical"
    assert names(rank(need("medicines and courts"), [group("Any"), legal, medical]))[0] == "Any"


@pytest.mark.parametrize(
    ("topic", "text", "stands"),
    [
        ("HR", "I look for work in HR.", True),
        ("HR", "Thrift and Christmas", False),
        ("seo", "SEO audit", True),
        ("seo", "Seoul", False),
        ("iş", "iş arıyorum", True),
        ("iş", "geliştirme işte", False),
        ("код", "пишу код", True),
        ("код", "кодекс", False),
        ("traducción", "servicios de Traducción.", True),
        ("перевод", "услуги переводов", True),
        ("翻訳", "弊社の翻訳サービス", True),
        ("수출", "수출을 합니다", True),
        ("web development", "our web development team", True),
    ],
)
def test_how_a_topic_stands_in_a_text(topic: str, text: str, stands: bool) -> None:
    """A topic is found as a word, in scripts without blanks anywhere, with endings where a longer word has them."""
    asked, about = group("B", topics=(topic,)), group("A")
    assert (names(rank(need(text), [about, asked]))[0] == "B") is stands


def test_language_decides() -> None:
    """A group that works in the asker's language comes before one that does not, English before another."""
    spanish, english, japanese = group("S", languages=("es",)), group("E"), group("J", languages=("ja",))
    assert names(rank(need(language="es"), [japanese, english, spanish], most=3)) == ["S", "E", "J"]


def test_a_group_for_few_comes_first() -> None:
    """A group for this ask alone comes before one for everything, one of the country before one of the world."""
    wide = group("A", asks=tuple(ask.value for ask in Ask))
    assert names(rank(need(), [wide, group("B")])) == ["B", "A"]
    assert names(rank(need(countries="FR"), [group("A"), group("B", countries=("FR",))])) == ["B", "A"]


NEEDS = st.builds(
    Need,
    ask=st.sampled_from(Ask),
    text=st.lists(st.sampled_from(sorted({t for g in SHIPPED for t in g.topics})), max_size=4).map(" ".join),
    language=st.sampled_from(["en", "fr", "de", "es", "ja", "ru", "ar", "und"]),
    countries=st.frozensets(st.sampled_from(["FR", "DE", "GB", "JP", "BR"]), max_size=2),
)


@given(NEEDS, st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(asked: Need, chance: random.Random) -> None:
    """The same need and the same groups give the same pointers, in whatever order the groups stand."""
    shuffled = list(SHIPPED)
    chance.shuffle(shuffled)
    assert rank(asked, SHIPPED) == rank(asked, shuffled) == rank(asked, SHIPPED)


@given(NEEDS)
def test_every_pointer_is_a_group_that_serves(asked: Need) -> None:
    """Each pointer is a shipped group, word for word, that serves the ask and the country."""
    for pointer in rank(asked, SHIPPED):
        found = next(g for g in SHIPPED if (g.name, g.url) == (pointer.name, pointer.url))
        assert asked.ask.value in found.asks
        assert not found.countries or asked.countries & set(found.countries)


def test_a_need_holds_nothing_of_the_owners() -> None:
    """What ranking is given is the ask, the asker's words, language and countries: no owner, no contact."""
    assert [field.name for field in fields(Need)] == ["ask", "text", "language", "countries"]
    assert [field.name for field in fields(Pointer)] == ["name", "url"]


def test_groups_that_do_not_serve_change_nothing() -> None:
    """Groups for other asks or countries, added or taken away, change no pointer."""
    asked = need("translation", "fr", "FR")
    serving = [g for g in SHIPPED if "offer.translation" in g.asks and (not g.countries or "FR" in g.countries)]
    assert rank(asked, serving) == rank(asked, SHIPPED)
    assert names(rank(asked, SHIPPED))


def test_lines_are_read() -> None:
    """Groups are read from lines of JSON; what is left out is empty, blank lines are nothing."""
    rows = [
        {
            "name": "A",
            "url": "https://a.example/",
            "asks": ["request.job"],
            "countries": ["FR"],
            "checked": "2026-01-01",
        },
        {"name": "B", "url": "https://b.example/", "purpose": "b", "asks": "request.job", "topics": None},
    ]
    one, other = read("\n\n".join(json.dumps(row) for row in rows) + "\n")
    assert (one.asks, one.countries, one.languages, one.checked) == (("request.job",), ("FR",), (), "2026-01-01")
    assert (other.asks, other.topics, other.purpose) == ((), (), "b")


@pytest.mark.parametrize(
    ("domain", "language", "countries"),
    [
        ("lingua.example.fr", "en", {"FR"}),
        ("shop.uk", "en", {"GB"}),
        ("lingua.com", "pt", {"PT", "BR"}),
        ("lingua.com", "en", set()),
        ("", "de", {"DE"}),
        ("", "und", set()),
    ],
)
def test_where_somebody_may_live(domain: str, language: str, countries: set[str]) -> None:
    """The end of the mail domain tells the country, else the language does where it is at home in few."""
    assert COUNTRIES.of(domain, language) == countries


def test_the_values_are_values() -> None:
    """A group is hashable and cannot be changed."""
    assert hash(group()) == hash(group())
    with pytest.raises(AttributeError):
        group().name = "x"  # type: ignore[misc]
    assert replace(group(), name="x").name == "x"
