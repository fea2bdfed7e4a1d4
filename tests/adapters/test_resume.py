"""A JSON Resume tells who somebody is; anything else is refused in one line."""

import json
from pathlib import Path

import pytest

from kindregards.adapters.resume import Resume, read_resume, year
from kindregards.core.errors import SourceError
from kindregards.core.profile import Role


def resume(path: Path, document: object) -> Path:
    """Write a document as resume.json."""
    path = path / "resume.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_all_fields(tmp_path: Path) -> None:
    """Name, label, address, languages and positions are read; an open position has no end."""
    document = {
        "basics": {"name": " Robin  Vale ", "label": "Strategist", "email": "robin@example.com", "profiles": []},
        "work": [
            {"name": "Vale & Co", "position": "Strategist", "startDate": "2013-04"},
            {
                "name": "Old Works",
                "position": "Manager",
                "startDate": "1998",
                "endDate": "2012-12-31",
                "highlights": [],
            },
        ],
        "languages": [{"language": "French", "fluency": "Native"}, {"language": "English"}],
        "skills": [{"name": "x"}],
    }
    assert read_resume(resume(tmp_path, document)) == Resume(
        name="Robin Vale",
        email="robin@example.com",
        headline="Strategist",
        languages=("French", "English"),
        roles=(Role(title="Strategist", since=2013), Role(title="Manager", since=1998, until=2012)),
        addresses=("robin@example.com",),
    )


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"work": None, "languages": "English"},
        {"work": [{"name": "only an employer"}, "text", 3], "languages": [{"fluency": "Native"}, None]},
        {"work": [{"position": 7}], "languages": [{"language": ""}]},
    ],
)
def test_name_is_enough(tmp_path: Path, extra: dict[str, object]) -> None:
    """What is missing or of another type is left out."""
    assert read_resume(resume(tmp_path, {"basics": {"name": "Robin"}} | extra)) == Resume(name="Robin")


def test_byte_order_mark(tmp_path: Path) -> None:
    """A byte order mark in front does not matter."""
    path = tmp_path / "a.json"
    path.write_bytes(b'\xef\xbb\xbf{"basics": {"name": "Robin"}}')
    assert read_resume(path).name == "Robin"


@pytest.mark.parametrize(
    ("content", "say"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[" * 200_000, "not valid JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[]", "'basics'"),
        (b"{}", "'basics'"),
        (b'{"basics": {"email": "a@example.com"}}', "'name'"),
        (b'{"basics": {"name": 3}}', "'name'"),
        (b" " * 1_000_001, "larger than 1 MB"),
    ],
)
def test_refused(tmp_path: Path, content: bytes, say: str) -> None:
    """A file that is no JSON Resume is refused in one line that names it."""
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_resume(path)
    assert say in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_absent(tmp_path: Path) -> None:
    """A file that is not there is told as such."""
    with pytest.raises(SourceError, match="cannot be read"):
        read_resume(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("text", "expected"), [("2013", 2013), ("2013-04-01", 2013), ("Jan 2024", 2024), ("", None), ("now", None)]
)
def test_year(text: str, expected: int | None) -> None:
    """The year is found wherever it stands."""
    assert year(text) == expected
