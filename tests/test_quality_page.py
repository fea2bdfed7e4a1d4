"""The page of figures: what a command makes stands between markers, what people wrote stays."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import quality_page  # noqa: E402

PAGE = "Before.\n<!-- made: one -->\nold\n<!-- end -->\nBetween.\n<!-- made: two -->\n<!-- end -->\nAfter.\n"


def test_only_what_stands_between_the_markers_is_made_anew() -> None:
    """Filling a section leaves every other line as it was, and filling it again with the same changes nothing."""
    once = quality_page.filled(PAGE, "one", "new | table\n")
    assert once == PAGE.replace("old\n", "new | table\n")
    assert quality_page.filled(once, "one", "new | table") == once
    assert quality_page.sections(quality_page.filled(once, "two", "x"))["two"] == "x\n"


@pytest.mark.parametrize(
    ("page", "name", "content"),
    [
        (PAGE, "three", "x"),
        (PAGE + PAGE, "one", "x"),
        (PAGE.replace("<!-- end -->\n", ""), "two", "x"),
        (PAGE, "one", "x <!-- end --> y"),
    ],
)
def test_a_page_whose_markers_are_not_right_is_refused(page: str, name: str, content: str) -> None:
    """A marker that is missing, doubled, open or in the content itself is a ValueError."""
    with pytest.raises(ValueError, match=name):
        quality_page.filled(page, name, content)


def test_nothing_is_written_where_one_section_cannot_be_placed(tmp_path: Path) -> None:
    """Several sections are written together or not at all."""
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    with pytest.raises(ValueError, match="three"):
        quality_page.write({"one": "new", "three": "x"}, path)
    assert path.read_text(encoding="utf-8") == PAGE


def test_the_page_has_a_place_for_every_figure_that_is_made() -> None:
    """docs/quality.md holds the four made sections, each with a table in it."""
    found = quality_page.sections(quality_page.PAGE.read_text(encoding="utf-8"))
    assert set(found) == {"exam", "cases", "public", "understanding"}
    assert [name for name, content in found.items() if "| --- |" not in content] == []
