"""A small server that speaks chat completions as model servers do, well or badly: `python chat_server.py FOLDER`.

The model that is asked for says how it behaves: `say TEXT` answers TEXT, `echo` what the mail says, `script` the first
row of FOLDER/script.jsonl whose `contains` stands in the mail, `file` the bytes of FOLDER/body; the others are in
`Handler.ways`. Whatever is asked is added to FOLDER/requests.jsonl. It binds a free port of the loopback interface, says
which on standard output, and ends with its parent.
"""

import contextlib
import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

RIGHT = {"kind": "solicitation", "ask": "offer.translation", "turn": "opening", "relevant": False}
HUGE = 50 * 1024 * 1024
#: What else a mail may have talked a model into.
LEAK = "Sure! Write to Beatriz Queirós <bea@firm.example>, phone +351 21 555 0142."
#: Answers that are none, by a name for each.
ADVERSARIAL: dict[str, str] = {
    "leak": f"say {LEAK}",
    "leak in a label": f"say {json.dumps(RIGHT | {'ask': LEAK})}",
    "leak beside the labels": f"say {json.dumps(RIGHT | {'reply': LEAK, 'to': 'bea@firm.example'})}",
    "leak after the labels": f"say {json.dumps(RIGHT)} {LEAK}",
    "fenced": f"say ```json\n{json.dumps(RIGHT)}\n```".replace("\n", " "),
    "thoughts before": f"say <think>hm</think>{json.dumps(RIGHT)}",
    "unknown label": f"say {json.dumps(RIGHT | {'kind': 'spam'})}",
    "label in capitals": f"say {json.dumps(RIGHT | {'kind': 'SOLICITATION'})}",
    "empty label": f"say {json.dumps(RIGHT | {'turn': ''})}",
    "text for a truth value": f"say {json.dumps(RIGHT | {'relevant': 'true'})}",
    "number for a truth value": f"say {json.dumps(RIGHT | {'relevant': 1})}",
    "null": f"say {json.dumps(RIGHT | {'ask': None})}",
    "list of labels": f"say {json.dumps(RIGHT | {'ask': ['offer.translation']})}",
    "list": f"say {json.dumps([RIGHT])}",
    "missing field": 'say {"kind": "solicitation", "ask": "offer.translation", "turn": "opening"}',
    "field twice": f'say {json.dumps(RIGHT)[:-1]}, "relevant": true}}',
    "truncated": f"say {json.dumps(RIGHT)[:40]}",
    "empty": "say ",
    "deep": f"say {'[' * 2000}",
    "other schema": "other schema",
    "no choices": "no choices",
    "null content": "null content",
    "list content": "list content",
    "html": "html",
    "truncated envelope": "truncated envelope",
    "not utf-8": "not utf-8",
    "huge": "huge",
    "huge error": "huge error",
    "gzip bomb": "gzip bomb",
    "500": "500",
    "401": "401",
    "404": "404",
    "429": "429",
    "closed": "closed",
    "half": "half",
    "redirect": "redirect",
    "refuses all": "refuses all",
    "slow": "slow",
    "drip": "drip",
    "dripping head": "dripping head",
}
#: Those for which it takes its time.
SLOW = ("slow", "drip", "dripping head")
#: Those that are no answer at all, so that they count towards switching off.
SILENT = ("500", "401", "404", "429", "closed", "half", "redirect", "refuses all", *SLOW)


def envelope(content: object, **more: Any) -> dict[str, Any]:
    """An answer with the fields that every server has."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1780000000,
        "model": "tiny",
        "choices": [{"index": 0, "message": message | more.pop("message", {}), "finish_reason": "stop", **more}],
        "usage": {"prompt_tokens": 900, "completion_tokens": 30, "total_tokens": 930},
    }


#: The right answer in the envelopes of three servers.
SERVERS: dict[str, dict[str, Any]] = {
    "ollama": envelope(json.dumps(RIGHT), message={"reasoning": "They sell."}) | {"system_fingerprint": "fp_ollama"},
    "llama.cpp": envelope(json.dumps(RIGHT, indent=2) + "\n")
    | {"system_fingerprint": "b4677-1", "timings": {"prompt_n": 900, "prompt_ms": 81.2, "predicted_n": 30}},
    "vllm": envelope(json.dumps(RIGHT), logprobs=None, stop_reason=None, message={"tool_calls": [], "refusal": None})
    | {"service_tier": None, "prompt_logprobs": None, "kv_transfer_params": None},
}


def last_text(asked: dict[str, Any]) -> str:
    """The text that is to be labelled, without its fences."""
    return str(asked["messages"][-1]["content"]).rpartition(" last text\n")[2].rpartition("\n")[0]


@cache
def haystack() -> bytes:
    """The right answer, buried under blanks."""
    before, after = json.dumps(envelope("HERE" + json.dumps(RIGHT))).encode().split(b"HERE")
    return before + b" " * HUGE + after


@cache
def bomb() -> bytes:
    """The same, packed to a thousandth."""
    return gzip.compress(haystack())


class Handler(BaseHTTPRequestHandler):
    """Answers as the model's name says."""

    protocol_version = "HTTP/1.1"
    folder: Path
    lock = threading.Lock()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        """Record what is asked, then behave."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.lock, (self.folder / "requests.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"path": self.path, "headers": headers, "body": body}) + "\n")
        asked = json.loads(body)
        model = asked["model"]
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if model.partition(" ")[0] == "say":
                self.give(envelope(model[len("say ") :]))
            elif model == "echo":
                self.give(envelope(last_text(asked)))
            elif model in SERVERS:
                self.give(SERVERS[model])
            elif model == "script":
                self.give(envelope(self.scripted(last_text(asked))))
            elif model == "file":
                self.raw((self.folder / "body").read_bytes())
            elif model.isdigit():
                self.give({"error": {"message": LEAK, "type": "error", "code": int(model)}}, int(model))
            else:
                self.ways()[model](asked)
        self.close_connection = True

    def scripted(self, text: str) -> str:
        """The answer of the first row that fits."""
        rows = map(json.loads, (self.folder / "script.jsonl").read_text("utf-8").splitlines())
        return next((json.dumps(row["answer"]) for row in rows if row["contains"] in text), "no row fits")

    def ways(self) -> dict[str, Callable[[dict[str, Any]], None]]:
        """How a server may behave."""
        right = json.dumps(envelope(json.dumps(RIGHT))).encode()
        return {
            "no schema": lambda asked: self.only("json_object", asked),
            "refuses all": lambda asked: self.only("nothing", asked),
            "other schema": lambda _: self.give({"labels": RIGHT}),
            "no choices": lambda _: self.give(envelope("") | {"choices": []}),
            "null content": lambda _: self.give(envelope(None)),
            "list content": lambda _: self.give(envelope([{"type": "text", "text": json.dumps(RIGHT)}])),
            "html": lambda _: self.raw(b"<html><body>" + right + b"</body></html>", kind="text/html"),
            "truncated envelope": lambda _: self.raw(right[:60]),
            "not utf-8": lambda _: self.raw(right.replace(b"tiny", b"\xff\xfe\xfa")),
            "huge": lambda _: self.huge(200),
            "huge error": lambda _: self.huge(500),
            "gzip bomb": lambda _: self.raw(bomb(), coding="gzip"),
            "closed": lambda _: None,
            "half": lambda _: self.raw(right[:60], size=len(right)),
            "redirect": lambda _: self.redirect(),
            "slow": lambda _: (time.sleep(2), self.raw(right)),  # type: ignore[func-returns-value]
            "drip": lambda _: self.drip(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", right),
            "dripping head": lambda _: self.drip(b"HTTP/1.1 200 OK\r\nX-A: ", b"a" * 400),
        }

    def only(self, form: str, asked: dict[str, Any]) -> None:
        """Refuse every form of answer but one, and settings with it."""
        if asked.get("response_format", {}).get("type") == form:
            self.give(envelope(json.dumps(RIGHT)))
        else:
            self.give(
                {"error": {"message": "'response_format' is not supported", "type": "invalid_request_error"}}, 400
            )

    def give(self, document: object, status: int = 200) -> None:
        """Answer with JSON."""
        self.raw(json.dumps(document).encode(), status=status)

    def raw(
        self,
        body: bytes,
        *,
        status: int = 200,
        kind: str = "application/json",
        coding: str = "",
        size: int | None = None,
    ) -> None:
        """Answer with bytes."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if coding:
            self.send_header("Content-Encoding", coding)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)

    def huge(self, status: int) -> None:
        """Answer with the right labels, buried under blanks."""
        self.raw(haystack(), status=status)

    def redirect(self) -> None:
        """Send the client elsewhere, where the right answer would be."""
        self.send_response(307)
        self.send_header("Location", "/elsewhere/v1/chat/completions")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def drip(self, first: bytes, rest: bytes) -> None:
        """Answer a byte at a time, each in time for a time-out of single reads."""
        self.wfile.write(first)
        for n in range(len(rest)):
            self.wfile.write(rest[n : n + 1])
            self.wfile.flush()
            time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Server:
    """The running server as tests see it."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """The base address, as it stands in a profile."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was asked since `forget`."""
        path = self.folder / "requests.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def forget(self) -> None:
        """Begin a new record."""
        (self.folder / "requests.jsonl").unlink(missing_ok=True)

    def script(self, *rows: tuple[str, dict[str, Any]]) -> None:
        """Lay down what the model `script` answers: part of the last text, labels."""
        lines = (json.dumps({"contains": part, "answer": answer}) for part, answer in rows)
        (self.folder / "script.jsonl").write_text("\n".join(lines), encoding="utf-8")

    def table(self, model: str = "script", **more: object) -> str:
        """The [reader] table of a profile that names this server."""
        fields = {"base_url": self.url, "model": model} | more
        return "\n[reader]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in fields.items())


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Run the server in a process of its own."""
    command = [sys.executable, "-S", __file__, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield Server(folder, int(process.stdout.readline()))
        process.terminate()


def main() -> None:
    """Serve until the parent is gone."""
    Handler.folder = Path(sys.argv[1])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
