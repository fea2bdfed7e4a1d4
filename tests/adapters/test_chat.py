"""The second reader against a server of ours that speaks chat completions, well and badly."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chat_server import ADVERSARIAL, HUGE, LEAK, RIGHT, SERVERS, SILENT, SLOW, Server
from kindregards.adapters.chat import PATIENCE, ChatReader, Settings, read_settings
from kindregards.core.errors import ProfileError
from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.message import Channel
from kindregards.core.opinion import Opinion, Question, Trouble

OPINION = Opinion(kind=Kind.SOLICITATION, ask=Ask.OFFER_TRANSLATION, turn=Turn.OPENING, relevant=False)
QUESTION = Question(channel=Channel.EMAIL, subject="Hello", text="We translate.", welcomes=("strategy work",))
SAY = f"say {json.dumps(RIGHT)}"


def reader(server: Server, model: str = SAY, *, timeout: float = 30.0, **environment: str) -> ChatReader:
    """A reader that asks a model of the server; with a variable given it uses that as its key."""
    settings = Settings(base_url=server.url, model=model, timeout=timeout, api_key_env=next(iter(environment), ""))
    return ChatReader(settings, "Label the mail; answer in JSON.", environment)


# ---- the table


def table(**fields: object) -> str:
    """The text of a profile with such a [reader] table."""
    fields = {"base_url": "http://127.0.0.1:11434/v1", "model": "tiny"} | fields
    lines = (f"{key} = {json.dumps(value)}" for key, value in fields.items() if value is not None)
    return "[owner]\nname = 'A'\n[reader]\n" + "\n".join(lines)


def test_the_table_is_read() -> None:
    """Address and model are enough; the time-out is 20 seconds where none is given; no table is no reader."""
    assert read_settings("[owner]\nname = 'A'") is None
    plain = read_settings(table())
    assert plain == Settings(base_url="http://127.0.0.1:11434/v1", model="tiny", api_key_env="", timeout=20.0)
    full = read_settings(table(base_url="https://models.example/v1/", api_key_env="MODEL_KEY", timeout=2.5))
    assert full == Settings(base_url="https://models.example/v1", model="tiny", api_key_env="MODEL_KEY", timeout=2.5)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"base_url": None}, "'base_url' is missing"),
        ({"base_url": ""}, "'base_url' is missing"),
        ({"base_url": 5}, "'base_url' in [reader] must be a text"),
        ({"base_url": "127.0.0.1:11434/v1"}, "must be an address like http://127.0.0.1:11434/v1"),
        ({"base_url": "ftp://models.example/v1"}, "must be an address like"),
        ({"base_url": "file:///etc/passwd"}, "must be an address like"),
        ({"base_url": "http://"}, "must be an address like"),
        ({"base_url": "http://a b/v1"}, "must be an address like"),
        ({"base_url": "http://[::1/v1"}, "must be an address like"),
        ({"base_url": "http://models.example:port/v1"}, "must be an address like"),
        ({"base_url": "http://models.example:99999/v1"}, "must be an address like"),
        ({"base_url": "http://models.example/v1\nx"}, "on one line"),
        ({"base_url": "https://me:secret@models.example/v1"}, "a key belongs in a variable"),
        ({"base_url": "https://models.example/v1?key=secret"}, "a key belongs in a variable"),
        ({"model": None}, "'model' is missing"),
        ({"model": ["tiny"]}, "'model' in [reader] must be a text"),
        ({"api_key_env": "sk-secret"}, "must be the name of an environment variable"),
        ({"api_key_env": 7}, "'api_key_env' in [reader] must be a text"),
        ({"api_key": "sk-secret"}, "unknown key 'api_key' in [reader]; known are base_url, model, api_key_env, timeout"),
        ({"timeout": 0}, "'timeout' in [reader] must be seconds"),
        ({"timeout": -1}, "'timeout' in [reader] must be seconds"),
        ({"timeout": 601}, "at most 600"),
        ({"timeout": True}, "'timeout' in [reader] must be seconds"),
        ({"timeout": "20"}, "'timeout' in [reader] must be seconds"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_told_in_a_line(fields: dict[str, object], words: str) -> None:
    """Each mistake has a line that says what is wrong; nothing that may be a secret is repeated in it."""
    with pytest.raises(ProfileError) as why:
        read_settings(table(**fields))
    assert words in str(why.value)
    assert "\n" not in str(why.value)
    assert "secret" not in str(why.value)


def test_a_table_is_a_table() -> None:
    """A key of that name outside the tables is a mistake too, and so is a time that is no number."""
    with pytest.raises(ProfileError, match="must be a table"):
        read_settings("reader = 'http://127.0.0.1:11434/v1'")
    with pytest.raises(ProfileError, match="must be seconds"):
        read_settings(table() + "\ntimeout = nan")


def test_a_key_that_is_not_there(server: Server) -> None:
    """A variable that is not set, or holds what cannot be a key, is told by its name and never by its value."""
    settings = Settings(base_url=server.url, model=SAY, api_key_env="MODEL_KEY")
    for environment, words in (
        ({}, "is not set"),
        ({"MODEL_KEY": " "}, "is not set"),
        ({"MODEL_KEY": "clé"}, "no key"),
    ):
        with pytest.raises(ProfileError, match=f"MODEL_KEY.*{words}") as why:
            ChatReader(settings, "", environment)
        assert "clé" not in str(why.value)


def test_without_the_extra(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the client is not installed the line says how to install it."""
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ProfileError, match=r"pip install 'kindregards\[reader\]'"):
        reader(server)


def test_the_client_is_imported_when_it_is_needed() -> None:
    """To make a reader imports nothing of the client; it is for whoever asks it something."""
    script = (
        "import sys; from kindregards.adapters.chat import ChatReader, Settings\n"
        "ChatReader(Settings(base_url='http://127.0.0.1:1/v1', model='tiny'), '', {})\n"
        "sys.exit(bool({'openai', 'httpx2', 'pydantic'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_name_tells_what_the_answers_depend_on(server: Server) -> None:
    """Server, model and instructions are in the name, the key is not."""
    one = reader(server, MODEL_KEY="sk-secret")
    assert one.name == reader(server).name
    assert one.name != reader(server, "tiny").name
    assert one.name != ChatReader(Settings(base_url=server.url, model=SAY), "Other", {}).name
    assert "secret" not in one.name


# ---- answers


@pytest.mark.parametrize("model", [SAY, *SERVERS])
def test_the_right_answer(server: Server, model: str) -> None:
    """Labels are taken from the envelopes of three servers, asked for by a strict schema, in one request."""
    assert reader(server, model).ask(QUESTION) == OPINION
    (request,) = server.requests
    body = json.loads(request["body"])
    assert request["path"] == "/v1/chat/completions"
    assert (body["model"], body["temperature"]) == (model, 0)
    assert body["response_format"]["type"] == "json_schema"
    assert body["response_format"]["json_schema"]["strict"] is True


def test_a_server_that_knows_no_schema(server: Server) -> None:
    """A server that refuses the schema is asked for a JSON object, from then on at once."""
    found = reader(server, "no schema")
    assert [found.ask(QUESTION) for _ in range(3)] == [OPINION] * 3
    forms = [json.loads(request["body"])["response_format"]["type"] for request in server.requests]
    assert forms == ["json_schema", "json_object", "json_object", "json_object"]


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_whatever_else_comes_is_no_opinion(server: Server, name: str) -> None:
    """Every other answer is one of three troubles, in the time that is given, and no text of the server's is in it."""
    found = reader(server, ADVERSARIAL[name], timeout=0.5 if name in SLOW else 20.0)
    found.ask(QUESTION) if name not in SLOW else found._connect()  # the import of the client takes its own time
    begun = time.monotonic()
    trouble = found.ask(QUESTION)
    assert time.monotonic() - begun < (2.0 if name in SLOW else 10.0)
    expected = Trouble.SLOW if name in SLOW else Trouble.REFUSED if name in SILENT else Trouble.UNUSABLE
    assert trouble is expected
    assert LEAK not in trouble.value


def test_an_answer_of_50_mb_is_not_taken_in(server: Server) -> None:
    """Of a huge answer, or a small one that unpacks to a huge one, little more than the limit is ever held."""
    script = (
        "import resource, sys; from kindregards.adapters.chat import *; from kindregards.core.message import Channel\n"
        "question = Question(channel=Channel.EMAIL, subject='', text='Hello')\n"
        "def ask(model): return ChatReader(Settings(base_url=sys.argv[1], model=model), '', {}).ask(question)\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "assert isinstance(ask(sys.argv[2]), Opinion); before = peak()\n"
        "for model in ('huge', 'huge error', 'gzip bomb'): assert ask(model) is Trouble.UNUSABLE, model\n"
        "print(peak() - before)"
    )
    command = [sys.executable, "-c", script, server.url, SAY]
    grown = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown < HUGE / 4


def test_nobody_listens() -> None:
    """A refused connection is a trouble, at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = Settings(base_url=f"http://127.0.0.1:{port}/v1", model="tiny")
    assert ChatReader(settings, "", {}).ask(QUESTION) is Trouble.REFUSED


# ---- giving up


@pytest.mark.parametrize(("model", "one"), [("slow", Trouble.SLOW), ("closed", Trouble.REFUSED)])
def test_after_three_in_a_row_it_is_switched_off(server: Server, model: str, one: Trouble) -> None:
    """The third time-out or refusal in a row is the last; it is told once, and nothing is sent any more."""
    found = reader(server, model, timeout=0.3 if one is Trouble.SLOW else 20.0)
    found._client = found._connect()
    assert [found.ask(QUESTION) for _ in range(5)] == [one, one, Trouble.LAST, Trouble.OFF, Trouble.OFF]
    assert len(server.requests) == PATIENCE
    assert server.url in found.off
    assert one.value in found.off


def test_an_answer_between_begins_the_count_anew(server: Server) -> None:
    """Troubles that do not follow each other do not add up, and what cannot be used is an answer too."""
    found = reader(server, "file")
    (server.folder / "body").unlink(missing_ok=True)  # the server fails and closes
    assert [found.ask(QUESTION) for _ in range(2)] == [Trouble.REFUSED] * 2
    (server.folder / "body").write_bytes(b"{}")
    assert [found.ask(QUESTION) for _ in range(5)] == [Trouble.UNUSABLE] * 5
    (server.folder / "body").unlink()
    assert [found.ask(QUESTION) for _ in range(2)] == [Trouble.REFUSED] * 2
    assert found.off == ""


# ---- what leaves


def test_what_a_request_tells_of_this_machine(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """No header tells the system, the Python or an account, and no key is sent that the profile does not name."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "sk-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "x-more: sk-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    assert reader(server).ask(QUESTION) == OPINION
    (request,) = server.requests
    assert set(request["headers"]) == {
        "host", "connection", "accept", "content-type", "content-length", "user-agent", "accept-encoding",
    }  # fmt: skip
    assert request["headers"]["user-agent"] == "kindregards"
    assert "sk-environment" not in json.dumps(request)


def test_the_key_is_the_one_that_the_profile_names(server: Server) -> None:
    """The value of the named variable is sent as a bearer token."""
    assert reader(server, MODEL_KEY=" sk-mine\n").ask(QUESTION) == OPINION
    assert server.requests[0]["headers"]["authorization"] == "Bearer sk-mine"


def test_no_proxy_and_no_other_place(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text goes to the server that is named: by no proxy of the environment, and to nowhere it is sent on to."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert reader(server).ask(QUESTION) == OPINION
    assert reader(server, "redirect").ask(QUESTION) is Trouble.REFUSED
    assert {request["path"] for request in server.requests} == {"/v1/chat/completions"}


def test_the_server_is_ours_and_local(model_server: Server) -> None:
    """The tests speak to the loopback interface alone."""
    assert model_server.url.startswith("http://127.0.0.1:")
    assert Path(model_server.folder, "requests.jsonl").exists()
