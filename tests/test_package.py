"""The package: its files and its dependencies."""

import re
import tomllib
from pathlib import Path

from kindregards import __version__
from kindregards.adapters import resources

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_the_lock_is_made_of_the_declared_dependencies() -> None:
    """Every dependency of the package stands in requirements/run.in with the same bound."""
    wanted = set((ROOT / "requirements" / "run.in").read_text("utf-8").splitlines())
    assert set(PROJECT["project"]["dependencies"]) <= wanted
    developers = set((ROOT / "requirements" / "dev.in").read_text("utf-8").splitlines())
    assert set(PROJECT["dependency-groups"]["dev"]) <= developers
    extra = set(PROJECT["project"]["optional-dependencies"]["reader"])
    assert extra <= developers
    assert extra <= set((ROOT / "requirements" / "reader.in").read_text("utf-8").splitlines())


def test_the_locks_pin_everything_with_digests() -> None:
    """Each line that names a package names one version and at least one digest, and no address."""
    for name in ("run", "reader", "dev", "train"):
        text = (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")
        packages = re.findall(r"^[A-Za-z0-9._-]+==\S+ \\$", text, re.MULTILINE)
        assert len(packages) >= 5
        assert text.count("--hash=sha256:") >= len(packages)
        assert "://" not in text


def test_every_wording_has_a_language_of_its_own_name() -> None:
    """A file de.toml says that it is German, and so on."""
    for language in resources.names("wordings", ".toml"):
        assert tomllib.loads(resources.text("wordings", f"{language}.toml"))["language"] == language


def test_the_version_is_a_version() -> None:
    """Three numbers, as Semantic Versioning has them."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_no_source_file_takes_everything() -> None:
    """No module is longer than 500 lines, and only a few are longer than 300."""
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in (ROOT / "src").rglob("*.py")}
    assert max(sizes.values()) <= 500
    assert sum(size > 300 for size in sizes.values()) <= 6
