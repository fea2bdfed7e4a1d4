"""The optional second reader: a language model on a server that speaks OpenAI's chat completions.

Ollama, llama.cpp and vLLM do. It is there only where the profile has a [reader] table: without one neither the
client library is imported nor the network touched. `Settings` are that table, `ChatReader` is the `SecondReader`.
What it is sent and what is taken of an answer is `adapters.prompt`'s, the limits of a request `adapters.chat_client`'s.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kindregards.adapters import prompt
from kindregards.core.errors import ProfileError
from kindregards.core.opinion import Opinion, Question, Trouble

if TYPE_CHECKING:
    from kindregards.adapters.chat_client import ChatClient

KEYS = ("base_url", "model", "api_key_env", "timeout")
DEFAULT_TIMEOUT, MOST_TIMEOUT = 20.0, 600.0
#: Time-outs and refusals in a row after which it is not asked again in a run. Answers that cannot be used are not
#: counted: else three mails that confuse a model would switch it off for all that come after them.
PATIENCE = 3
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The [reader] table: where the server is, which model, and the variable that holds the key if it wants one."""

    base_url: str
    model: str
    api_key_env: str = ""
    timeout: float = DEFAULT_TIMEOUT  #: seconds for one message, from question to answer


def read_settings(text: str) -> Settings | None:
    """Read the [reader] table of a profile.toml that is valid TOML, None where there is none; ProfileError."""
    table = tomllib.loads(text).get("reader")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ProfileError("profile: 'reader' must be a table, [reader]")
    for key in table:
        if key not in KEYS:
            raise ProfileError(f"profile: unknown key '{key}' in [reader]; known are {', '.join(KEYS)}")
    variable = _text(table, "api_key_env")
    if variable and not _VARIABLE.fullmatch(variable):  # perhaps the key itself: it is not shown
        raise ProfileError("profile: 'api_key_env' in [reader] must be the name of an environment variable, not a key")
    return Settings(base_url=_base_url(table), model=_model(table), api_key_env=variable, timeout=_timeout(table))


def _text(table: Mapping[str, object], key: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str) or not value.isprintable():
        raise ProfileError(f"profile: '{key}' in [reader] must be a text in quotes, on one line")
    return value.strip()


def _base_url(table: Mapping[str, object]) -> str:
    """The address of the server, without anything that could be a secret."""
    url = _text(table, "base_url")
    if not url:
        raise ProfileError("profile: 'base_url' is missing in [reader]; for Ollama it is http://127.0.0.1:11434/v1")
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number, brackets that do not close
        whole = False
    if not whole or re.search(r"\s", url):
        raise ProfileError("profile: 'base_url' in [reader] must be an address like http://127.0.0.1:11434/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise ProfileError("profile: 'base_url' in [reader] must end with its path; a key belongs in a variable")
    return url.rstrip("/")


def _model(table: Mapping[str, object]) -> str:
    model = _text(table, "model")
    if not model:
        raise ProfileError("profile: 'model' is missing in [reader]; name it as your server does")
    return model


def _timeout(table: Mapping[str, object]) -> float:
    value = table.get("timeout", DEFAULT_TIMEOUT)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_TIMEOUT:
        raise ProfileError(
            f"profile: 'timeout' in [reader] must be seconds, more than 0 and at most {MOST_TIMEOUT:.0f}"
        )
    return float(value)


class ChatReader:
    """Asks a model on a server for its labels; it gives up on a server that does not answer, and never raises."""

    def __init__(self, settings: Settings, instructions: str, environment: Mapping[str, str]) -> None:
        """Take the table, the instructions for the model and the variables of the process; ProfileError."""
        if find_spec("openai") is None or find_spec("httpx2") is None:
            raise ProfileError("[reader] in your profile needs one more package: pip install 'kindregards[reader]'")
        self._key = _key(settings, environment)
        self._settings, self._instructions = settings, instructions
        self._failures, self._last = 0, Trouble.OFF  #: time-outs and refusals in a row, and which was the last
        self._client: ChatClient | None = None

    @property
    def name(self) -> str:
        """What its answers depend on: server, model, instructions."""
        digest = hashlib.sha256(self._instructions.encode()).hexdigest()[:16]
        return f"{self._settings.base_url} {self._settings.model} {digest}"

    @property
    def off(self) -> str:
        """What to tell the owner where it was switched off in this run, else ""."""
        if self._failures < PATIENCE:
            return ""
        what = f"the second reader at {self._settings.base_url} {self._last.value} {PATIENCE} times in a row"
        return f"{what}; it was switched off, and the built-in reader alone read the rest"

    def ask(self, question: Question) -> Opinion | Trouble:
        """Ask about one message."""
        if self._failures >= PATIENCE:
            return Trouble.OFF
        found = self._in_time(question)
        if found not in (Trouble.SLOW, Trouble.REFUSED):
            self._failures = 0
            return found
        self._failures, self._last = self._failures + 1, found
        return Trouble.LAST if self._failures >= PATIENCE else found

    def _in_time(self, question: Question) -> Opinion | Trouble:
        """Ask in a thread of its own and wait no longer than was allowed.

        The client's own time-outs bound each read and not the whole, and none bounds the look-up of a name. A thread
        that is not waited for ends with the program at the latest; after `PATIENCE` of them there are no more.
        """
        try:
            client = self._client = self._client or self._connect()
            box = SimpleQueue[Opinion | Trouble]()
            Thread(target=lambda: box.put(self._labels(client, question)), daemon=True).start()
            return box.get(timeout=self._settings.timeout)
        except Empty:
            return Trouble.SLOW
        except Exception:  # an installation that is broken, no thread to be had
            return Trouble.REFUSED

    def _labels(self, client: "ChatClient", question: Question) -> Opinion | Trouble:
        try:
            found = client.answer(prompt.messages(question, self._instructions), prompt.SCHEMA)
            return found if isinstance(found, Trouble) else prompt.labels(found)
        except (ValueError, RecursionError):
            return Trouble.UNUSABLE

    def _connect(self) -> "ChatClient":
        from kindregards.adapters.chat_client import ChatClient  # half a second, and only for who asked for it

        chosen = self._settings
        return ChatClient(base_url=chosen.base_url, model=chosen.model, key=self._key, timeout=chosen.timeout)


def _key(settings: Settings, environment: Mapping[str, str]) -> str:
    """The key out of the environment, "" where the server wants none; ProfileError, which never shows it."""
    if not settings.api_key_env:
        return ""
    key = environment.get(settings.api_key_env, "").strip()
    if not key:
        raise ProfileError(f"the variable {settings.api_key_env} that [reader] in your profile names is not set")
    if not (key.isascii() and key.isprintable()):
        raise ProfileError(f"the variable {settings.api_key_env} that [reader] in your profile names holds no key")
    return key
