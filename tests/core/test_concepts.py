"""Words of many languages to shared concepts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters import resources
from kindregards.core.concepts import Glossary, concepts, encoded, folded

GERMAN = Glossary({"ubersetzung": "transl", "rechnung": "bill invoic", "haus": "house"}, compounds=True)


def test_a_word_is_its_english_beginning() -> None:
    """Without a glossary a word stands for its first six letters, so that its relatives meet."""
    assert concepts("Investors, investing and an investment", None)["invest"] == 3


def test_a_glossary_gives_each_word_its_meanings_in_equal_parts() -> None:
    """A word with two meanings counts half for each."""
    assert concepts("Rechnung", GERMAN) == {"bill": 0.5, "invoic": 0.5}


@pytest.mark.parametrize("word", ["Übersetzung", "übersetzungen", "UBERSETZUNG", "Übersetzungs"])
def test_inflection_case_and_missing_accents_do_not_hide_a_word(word: str) -> None:
    """What is typed on a phone without accents, or inflected, is found."""
    assert concepts(word, GERMAN) == {"transl": 1.0}


def test_a_compound_is_read_by_its_parts() -> None:
    """A language that builds compounds has them looked up in two."""
    assert set(concepts("Hausübersetzung", GERMAN)) == {"house", "transl"}


def test_the_longest_entry_counts_where_no_blanks_part_words() -> None:
    """Chinese is read from left to right, the longest entry first, and Latin words in it stand for themselves."""
    chinese = Glossary({"翻": "turn", "翻译": "transl", "服务": "servic"}, spaced=False)
    assert concepts("翻译服务 GmbH", chinese) == {"transl": 1.0, "servic": 1.0, "gmbh": 1.0}


def test_every_shipped_language_knows_what_a_translation_is() -> None:
    """The shipped dictionaries meet in the same concept."""
    words = {
        "ar": "ترجمة", "ca": "traducció", "cs": "překlad", "de": "Übersetzung", "es": "traducción", "fr": "traduction",
        "hu": "fordítás", "it": "traduzione", "ja": "翻訳", "nl": "vertaling", "pl": "tłumaczenie", "pt": "tradução",
        "ro": "traducere", "ru": "перевод", "sv": "översättning", "tr": "çeviri", "uk": "переклад", "zh": "翻译",
    }  # fmt: skip
    shipped = resources.glossaries()
    missing = {language for language, word in words.items() if "transl" not in concepts(word, shipped[language])}
    assert missing <= {"uk"}, "the Ukrainian list is the Russian one, which has another word"
    assert set(words) == set(shipped)


@given(st.text(max_size=400))
def test_any_text_becomes_features_of_length_one(text: str) -> None:
    """Whatever comes in, what comes out is a row of length 1, or nothing."""
    found = encoded(text, GERMAN)
    assert len(found.buckets) == len(found.values)
    assert float(np.square(found.values).sum()) == pytest.approx(1.0, abs=1e-4) or not len(found.values)


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    """A folded text is folded."""
    assert folded(folded(text)) == folded(text)
