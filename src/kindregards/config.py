"""Where things are kept: XDG base directories, the profile, the ledger, the owner's own wordings."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from kindregards import __version__
from kindregards.adapters import resources
from kindregards.adapters.chat import Settings, read_settings
from kindregards.core.errors import ProfileError, WordingError
from kindregards.core.lessons import Lessons
from kindregards.core.profile import Profile, read
from kindregards.desk.dossier import CAUTION
from kindregards.desk.wording import Wording


def config_folder() -> Path:
    """The folder of profile.toml and wordings/ ($XDG_CONFIG_HOME/kindregards)."""
    return _base("XDG_CONFIG_HOME", ".config") / "kindregards"


def data_folder() -> Path:
    """The folder of the ledger ($XDG_DATA_HOME/kindregards)."""
    return _base("XDG_DATA_HOME", ".local/share") / "kindregards"


def _base(variable: str, otherwise: str) -> Path:
    """A base directory; a relative one counts as not set (XDG Base Directory Specification)."""
    named = Path(os.environ.get(variable, ""))
    return named if named.is_absolute() else Path.home() / otherwise


def default_profile() -> Path:
    """Where `kindregards init` writes the profile."""
    return config_folder() / "profile.toml"


def default_ledger() -> Path:
    """Where the ledger is kept."""
    return data_folder() / "ledger.db"


def load_profile(path: Path | None) -> Profile:
    """Read the profile at a path, or the owner's own; ProfileError says where what is wrong and what to do."""
    return load(path)[0]


def load(path: Path | None) -> tuple[Profile, Settings | None]:
    """Read the profile and, where it has the table, the settings of the second reader; ProfileError."""
    where = path or default_profile()
    try:
        text = where.read_text(encoding="utf-8-sig")
        return read(text), read_settings(text)
    except ProfileError as why:
        raise ProfileError(f"{where}: {str(why).removeprefix('profile: ')}") from None
    except FileNotFoundError:
        raise ProfileError(
            f"no profile at {where}: make one with 'kindregards init', or name one with --profile"
        ) from None
    except UnicodeDecodeError:
        raise ProfileError(f"{where} is not UTF-8 text; save it as UTF-8") from None
    except OSError as why:
        raise ProfileError(f"{where} cannot be read ({why.strerror})") from None


class Wordings(Mapping[str, Wording]):
    """The wordings by language, each read when it is first needed; the owner's changes are checked at once."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the folder of the owner's changes (LANG.toml each); the configuration folder's if not given."""
        own = folder if folder is not None else config_folder() / "wordings"
        self._changes = {path.stem: path for path in sorted(own.glob("*.toml"))} if own.is_dir() else {}
        self._languages = resources.names("wordings", ".toml")
        self._read: dict[str, Wording] = {}
        for language, path in self._changes.items():
            if language not in self._languages:
                known = ", ".join(self._languages)
                raise WordingError(f"{path}: there is no wording for '{language}' to change; known: {known}")
            self[language]

    def __getitem__(self, language: str) -> Wording:
        """The wording of a language that there is one for, else KeyError."""
        if language not in self._read:
            if language not in self._languages:
                raise KeyError(language)
            self._read[language] = _wording(language, self._changes.get(language))
        return self._read[language]

    def __iter__(self) -> Iterator[str]:
        """The languages, sorted."""
        return iter(self._languages)

    def __len__(self) -> int:
        """How many languages there are."""
        return len(self._languages)

    def own(self) -> list[Wording]:
        """The wordings that the owner changed something in."""
        return [self[language] for language in self._changes]


def _wording(language: str, changes: Path | None) -> Wording:
    try:
        own = changes.read_text(encoding="utf-8") if changes else ""
    except (OSError, UnicodeDecodeError) as why:
        raise WordingError(f"{changes} cannot be read as UTF-8 text ({why})") from None
    source = str(changes) if changes else f"{language}.toml"
    return Wording.read(resources.text("wordings", f"{language}.toml"), own, source=source)


def fingerprint(
    profile: Profile,
    wordings: Wordings,
    second: str = "",
    lessons: Lessons | None = None,
    caution: float = CAUTION,
) -> str:
    """A digest of all that a judgement depends on beside the message: version, model, profile, own wordings, lessons.

    `second` names the second reader, if there is one; the usual caution is not part of it.
    """
    own = [repr(wording) for wording in wordings.own()]
    own += [second] if second else []
    own += [repr(lesson) for lesson in lessons.taught] if lessons else []
    own += [] if caution == CAUTION else [f"caution {caution}"]
    text = "\0".join([__version__, resources.model_digest(), repr(profile), *own])
    return hashlib.sha256(text.encode()).hexdigest()[:16]
