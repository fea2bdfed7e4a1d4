"""The group list that comes with the package: well-formed, unique, and wide enough to point anybody somewhere."""

import json
import re
from collections import defaultdict
from dataclasses import fields
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from kindregards.core.groups import Group
from kindregards.core.intent import Ask
from kindregards.core.profile import LANGUAGE_TAG

LIST = Path(__file__).resolve().parents[1] / "src" / "kindregards" / "data" / "groups.jsonl"
LINES = LIST.read_text(encoding="utf-8").splitlines()
ROWS = [json.loads(line) for line in LINES]

#: The officially assigned codes of ISO 3166-1 alpha-2.
CODES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(CODES.split())
#: Asks for which somebody in each of these countries must find a place of their own country.
NATIONAL = ("FR", "DE", "ES", "IT", "PT", "NL", "PL", "GB", "US")
NATIONAL_ASKS = (
    Ask.OFFER_TRANSLATION,
    Ask.REQUEST_JOB,
    Ask.OFFER_RECRUITMENT,
    Ask.OFFER_SOFTWARE_DEVELOPMENT,
    Ask.OFFER_GOODS,
    Ask.REQUEST_ADVICE,
    Ask.OFFER_INVESTMENT,
    Ask.REQUEST_FUNDING,
    Ask.OFFER_FUNDING,
    Ask.OFFER_MARKETING,
    Ask.REQUEST_PARTNERSHIP,
    Ask.OFFER_TRAINING,
    Ask.REQUEST_INTERVIEW,
    Ask.REQUEST_SPEAKING,
    Ask.REQUEST_STUDY,
    Ask.REQUEST_TECHNICAL_HELP,
    Ask.OFFER_PUBLISHING,
    Ask.REQUEST_REVIEW,
    Ask.REQUEST_DONATION,
)

BY_ASK: dict[str, list[dict[str, list[str]]]] = defaultdict(list)
for _row in ROWS:
    for _ask in _row["asks"]:
        BY_ASK[_ask].append(_row)


def test_the_list_is_one_group_a_line() -> None:
    """There are at least 170 lines, each a JSON object with exactly the fields of a Group."""
    assert len(ROWS) >= 170
    for line, row in zip(LINES, ROWS, strict=True):
        assert line == json.dumps(row, ensure_ascii=False)
        assert list(row) == [field.name for field in fields(Group)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["url"])
def test_a_group_is_well_formed(row: dict[str, str | list[str]]) -> None:
    """Texts are single clean lines, lists hold no value twice, and the day of checking is a date."""
    for key in ("name", "url", "purpose", "checked"):
        assert isinstance(row[key], str)
        assert row[key] == " ".join(str(row[key]).split()) != ""
    for key in ("asks", "topics", "languages", "countries"):
        assert isinstance(row[key], list)
        values = [str(value).casefold() for value in row[key]]
        assert len(set(values)) == len(values)
        assert all(value == value.strip() != "" for value in values)
    assert row["asks"]
    assert row["languages"]
    assert len(row["topics"]) >= 3
    assert re.fullmatch(r"[A-ZÀ-Ý].{20,200}[^.]\.", str(row["purpose"]))
    assert date.fromisoformat(str(row["checked"])) == date(2026, 11, 25)


def test_names_and_addresses_are_unique() -> None:
    """No two groups share a name, an address or a host with the same path."""
    assert len({row["name"].casefold() for row in ROWS}) == len(ROWS)
    places = {
        (urlsplit(row["url"]).hostname.removeprefix("www."), urlsplit(row["url"]).path.rstrip("/")) for row in ROWS
    }
    assert len(places) == len(ROWS)


def test_addresses_are_home_pages_over_https() -> None:
    """Every address is https, lower case, without login, port, query or fragment, and almost always without a path."""
    paths = 0
    for row in ROWS:
        parts = urlsplit(row["url"])
        assert parts.scheme == "https", row["url"]
        assert re.fullmatch(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", parts.netloc), row["url"]
        assert not parts.query
        assert not parts.fragment
        assert parts.path.endswith("/")
        assert not re.search(r"(^|\.)(example|test|invalid|localhost)(\.|$)", parts.netloc)
        paths += parts.path != "/"
    assert paths <= 1


def test_no_name_is_sent_to_a_network_of_persons() -> None:
    """No entry is a profile, a group behind a login or a mailbox: the list names public places only."""
    for row in ROWS:
        assert not re.search(r"linkedin|facebook|xing\.|t\.me|whatsapp", row["url"])
        assert "@" not in json.dumps(row)


def test_labels_exist() -> None:
    """Asks are values of Ask, languages BCP 47 tags, countries ISO 3166-1 alpha-2 codes."""
    asks = {ask.value for ask in Ask}
    for row in ROWS:
        assert set(row["asks"]) <= asks, row["name"]
        assert all(LANGUAGE_TAG.fullmatch(tag) for tag in row["languages"]), row["name"]
        assert set(row["countries"]) <= COUNTRIES, row["name"]


@pytest.mark.parametrize("ask", Ask, ids=lambda ask: ask.value)
def test_every_ask_has_somewhere_to_turn(ask: Ask) -> None:
    """Every ask has at least three groups, one of them open to everybody in the world."""
    assert len(BY_ASK[ask.value]) >= 3
    assert any(row["countries"] == [] for row in BY_ASK[ask.value])


@pytest.mark.parametrize("ask", NATIONAL_ASKS, ids=lambda ask: ask.value)
def test_common_asks_have_a_national_place(ask: Ask) -> None:
    """The asks that come most often have a place in each of nine countries."""
    for country in NATIONAL:
        own = [row for row in BY_ASK[ask.value] if country in row["countries"] and len(row["countries"]) <= 4]
        assert own, f"{ask.value}: nothing in {country}"


def test_topics_speak_the_languages_of_the_country() -> None:
    """A national group of nine European and American countries has words beyond the English ones."""
    english = {topic for row in ROWS if row["languages"] == ["en"] and not row["countries"] for topic in row["topics"]}
    for row in ROWS:
        if len(row["countries"]) == 1 and row["countries"][0] in {
            "FR",
            "DE",
            "ES",
            "IT",
            "PT",
            "NL",
            "PL",
            "SE",
        }:
            assert set(row["topics"]) - english, row["name"]
