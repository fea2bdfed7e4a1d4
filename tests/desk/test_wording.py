"""The shipped wordings are whole, and what an owner changes in them is checked."""

import string
import unicodedata
from pathlib import Path

import pytest

from kindregards.adapters import resources
from kindregards.config import Wordings
from kindregards.core.errors import WordingError
from kindregards.core.intent import Ask
from kindregards.core.profile import Profile, Role
from kindregards.desk.wording import FEWEST, LISTS, Fields, Wording

LANGUAGES = resources.names("wordings", ".toml")
FIELDS = Fields.read(resources.text("fields.toml"))
ENGLISH = resources.text("wordings", "en.toml")
EACH = pytest.mark.parametrize("language", LANGUAGES)


def slots(variant: str) -> set[str]:
    """The slots of a variant."""
    return {slot for _, slot, _, _ in string.Formatter().parse(variant) if slot is not None}


def changed(changes: str) -> Wording:
    """English with an owner's changes."""
    return Wording.read(ENGLISH, changes, source="wordings/en.toml")


@EACH
def test_a_shipped_file_is_whole(language: str, wordings: Wordings) -> None:
    """It names its language, has every ask and every field of work, and all lists in each register."""
    wording = wordings[language]
    assert wording.language == language
    assert wording.name
    assert not wording.own
    assert set(wording.asks) == set(Ask)
    assert set(wording.fields) == set(FIELDS.patterns)
    assert all(text.strip() == text != "" for text in wording.fields.values())
    assert wording.register in wording.registers
    for register in wording.registers.values():
        assert set(register.texts) == set(LISTS)


@EACH
def test_variants_are_many_and_different(language: str, wordings: Wordings) -> None:
    """Thanks, refusals, wishes and what turns an invitation down have four variants or more, none of them twice."""
    assert {"thanks", "thanks_topic", "refusal", "wishes"} <= {key for key, fewest in FEWEST.items() if fewest >= 4}
    for register in wordings[language].registers.values():
        for key, variants in register.texts.items():
            assert len(set(variants)) == len(variants) >= FEWEST.get(key, 1), (register.name, key)


@EACH
def test_slots_are_exact(language: str, wordings: Wordings) -> None:
    """A variant has the slots of its list, each once; only a greeting may do without the name."""
    for register in wordings[language].registers.values():
        for key, variants in register.texts.items():
            for variant in variants:
                assert slots(variant) == LISTS[key] or (key == "greeting" and not slots(variant))
                assert variant.count("{") == variant.count("}") == len(slots(variant)), variant


@EACH
def test_asks_differ(language: str, wordings: Wordings) -> None:
    """No two asks have the same words, in any register, and none has slots of its own."""
    wording = wordings[language]
    for register in wording.registers:
        for words in (wording.about, wording.no):
            texts = [words(ask, register) for ask in Ask]
            assert len(set(texts)) == len(texts)
            assert all(text and not set(text) & set("{}\n") for text in texts)
    assert all(wording.label(ask) for ask in Ask)


@EACH
def test_right_to_left_files_are_marked(language: str, wordings: Wordings) -> None:
    """A file says that its script runs from right to left exactly where most of its letters do."""
    wording = wordings[language]
    text = "".join(v for r in wording.registers.values() for vs in r.texts.values() for v in vs)
    letters = [unicodedata.bidirectional(sign) in ("R", "AL") for sign in text if sign.isalpha()]
    assert wording.right_to_left is (sum(letters) > len(letters) / 2)


@EACH
def test_separators_suit_the_script(language: str, wordings: Wordings) -> None:
    """Sentences are joined without a blank exactly in scripts that are written without blanks."""
    assert wordings[language].separator == ("" if language in ("zh", "ja") else " ")
    assert wordings[language].name_in_full is (language in ("zh", "ja", "hu"))


@pytest.mark.parametrize(
    ("language", "text", "register"),
    [
        ("en", "Hey Alex, got a minute?", "informal"),
        ("en", "Dear Sir, we write to you respectfully.", "formal"),
        ("en", "We translate documents.", "formal"),
        ("fr", "Salut, tu cherches un traducteur ?", "informal"),
        ("fr", "Je me permets de vous écrire au sujet de votre site.", "formal"),
        ("de", "Hallo, hast du kurz Zeit für dein Team?", "informal"),
        ("de", "Ich schreibe Ihnen wegen Ihrer Webseite.", "formal"),
        ("es", "¿Tienes un momento? Te escribo por tu web.", "informal"),
        ("es", "Estimado señor: le escribo por su web.", "formal"),
        ("zh", "您好，冒昧打扰", "formal"),
        ("zh", "你好，在吗", "informal"),
        ("ja", "ねえ、ちょっと", "formal"),
    ],
)
def test_people_are_addressed_as_they_address(language: str, text: str, register: str, wordings: Wordings) -> None:
    """The register is the sender's own, and the language's usual one where a message shows none."""
    assert wordings[language].register_for(text).name == register


def test_signals_are_whole_words(wordings: Wordings) -> None:
    """Signs of a register count as words only: "this" is no "hi"."""
    assert wordings["en"].register_for("This machine whines, Matey").name == "formal"


def test_one_key_may_be_changed() -> None:
    """An owner's file changes the lists it names and leaves all others as shipped."""
    plain = Wording.read(ENGLISH)
    own = changed('[informal]\nclosing = ["Cheers,"]\n[asks."offer.translation"]\nno = "we do that in house"\n')
    assert own.own
    assert own.registers["informal"].texts["closing"] == ("Cheers,",)
    assert own.no(Ask.OFFER_TRANSLATION, "formal") == "we do that in house"
    assert own.about(Ask.OFFER_TRANSLATION, "formal") == plain.about(Ask.OFFER_TRANSLATION, "formal")
    assert own.registers["formal"] == plain.registers["formal"]
    assert {k: v for k, v in own.registers["informal"].texts.items() if k != "closing"} == {
        k: v for k, v in plain.registers["informal"].texts.items() if k != "closing"
    }


def test_words_of_one_register_may_be_added() -> None:
    """An ask may get words of its own for one form of address."""
    own = changed('[asks."offer.goods"]\nno_informal = "no room"\n')
    assert own.no(Ask.OFFER_GOODS, "informal") == "no room"
    assert own.no(Ask.OFFER_GOODS, "formal") != "no room"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ("[formal]\nclosing = []\n", "closing"),
        ('[formal]\nclosing = "Cheers,"\n', "closing"),
        ("[formal]\nclosing = [3]\n", "closing"),
        ('[formal]\nclosing = [""]\n', "closing"),
        ('[formal]\nclosing = ["Bye {name},"]\n', "closing"),
        ('[formal]\nclosing = ["Bye {"]\n', "closing"),
        ('[formal]\nthanks = ["Thanks."]\n', "thanks"),
        ('[formal]\nthanks = ["a {about}", "b {about}", "c {about}", "d"]\n', "thanks"),
        ('[formal]\nthanks = ["a {about}", "b {about}"]\n', "thanks"),
        ('[formal]\nreason_field = ["{field.__class__} {no}"]\n', "reason_field"),
        ('[formal]\nreason = ["{}"]\n', "reason"),
        ('[formal]\nclosings = ["Bye,"]\n', "closings"),
        ("formal = 3\n", "formal"),
        ('[friendly]\nclosing = ["Bye,"]\n', "friendly"),
        ('registers = ["friendly"]\n', "registers"),
        ("registers = []\n", "registers"),
        ('registers = "formal"\n', "registers"),
        ('register = "friendly"\n', "register"),
        ("separator = 3\n", "separator"),
        ("right_to_left = 1\n", "right_to_left"),
        ("right_to_lift = true\n", "right_to_lift"),
        ("asks = []\n", "asks"),
        ('[asks."offer.nothing"]\nno = "no"\n', "offer.nothing"),
        ('[asks."offer.goods"]\nno = 3\n', "offer.goods"),
        ('[asks."offer.goods"]\nno = ""\n', "offer.goods"),
        ('[asks."offer.goods"]\nnay = "no"\n', "nay"),
        ('[asks."offer.goods"]\nno = "no {field}"\n', "offer.goods"),
        ('[asks]\n"offer.goods" = "no"\n', "offer.goods"),
        ('[fields]\nastrology = "in astrology"\n', "astrology"),
        ('[fields]\nlaw = "in {law}"\n', "law"),
        ("[fields]\nlaw = 3\n", "law"),
        ("[signals]\nformal = [3]\n", "signals.formal"),
        ('[signals]\nformal = "dear"\n', "signals.formal"),
        ("closing = [", "TOML"),
    ],
)
def test_a_mistake_is_told(changes: str, told: str) -> None:
    """Whatever is wrong in an owner's file is one line that names the file and the key."""
    with pytest.raises(WordingError) as caught:
        changed(changes)
    assert "wordings/en.toml" in str(caught.value)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_own_files_are_read_from_their_folder(tmp_path: Path) -> None:
    """Changes stand in a file named by the language; a mistake in it is told at once, a language unknown too."""
    (tmp_path / "fr.toml").write_text('[informal]\nclosing = ["Bises,"]\n', encoding="utf-8")
    found = Wordings(tmp_path)
    assert found["fr"].registers["informal"].texts["closing"] == ("Bises,",)
    assert [wording.language for wording in found.own()] == ["fr"]
    assert not found["en"].own
    (tmp_path / "de.toml").write_text("[formal]\nclosing = 1\n", encoding="utf-8")
    with pytest.raises(WordingError, match=r"de\.toml.*closing"):
        Wordings(tmp_path)
    (tmp_path / "de.toml").unlink()
    (tmp_path / "tlh.toml").write_text("", encoding="utf-8")
    with pytest.raises(WordingError, match="tlh"):
        Wordings(tmp_path)


@pytest.mark.parametrize(
    ("title", "field"),
    [
        ("Independent strategist", "strategy"),
        ("Head of Procurement", "procurement"),
        ("Cardiologist", "medicine"),
        ("Software engineer", "software"),
        ("Juriste", "law"),
        ("Steuerberaterin", "accounting"),
        ("Periodista", "journalism"),
        ("Baker", "food"),
        ("Chef de projet", "project"),
        ("Vendor manager", "vendor-management"),
        ("HR business partner", "human-resources"),
        ("Übersetzerin", "translation"),
        ("Municipal architect", "architecture"),
        ("Software architect", "software"),
        ("Solutions architect", "software"),
        ("Data architect", "data"),
        ("Personalleiterin", "human-resources"),
        ("Personal trainer", ""),
        ("Lion tamer", ""),
        ("", ""),
    ],
)
def test_the_field_is_known_by_the_present_role(title: str, field: str) -> None:
    """Where the owner works is read off the present title, in several languages; unknown titles give none."""
    owner = Profile(name="A", addresses=("a@x.example",), roles=(Role(title=title, since=2013),))
    assert FIELDS.of(owner) == field


def test_the_field_is_of_today() -> None:
    """A role that has ended tells nothing; the headline does where no present role is known."""
    past = (Role(title="Baker", since=1999, until=2010),)
    owner = Profile(name="A", addresses=("a@x.example",), headline="Strategist", roles=past)
    assert FIELDS.of(owner) == "strategy"
    present = (Role(title="Notary", since=2010),)
    assert FIELDS.of(Profile(name="A", addresses=("a@x.example",), headline="Strategist", roles=present)) == "law"
