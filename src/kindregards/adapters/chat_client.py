"""The one module that speaks to a server: chat completions by the `openai` client, under limits.

It is imported by `adapters.chat` when a second reader is asked for the first time, and by nobody else. The client is
kept from doing more than it is told: no retries, no redirects, no proxy or key out of the environment, no header
that tells of this machine, no answer longer than `MOST_ANSWER`. One request, one connection.
"""

import time
from collections.abc import Iterator
from typing import Any, cast

import httpx2
import openai

from kindregards.core.opinion import Trouble

#: Bytes of an answer, envelope included; four labels take two hundred, a model that thinks aloud before some thousands.
MOST_ANSWER = 256 * 1024
MOST_TOKENS = 2_000
#: Header fields that leave; the client would add the operating system, the Python version and names of accounts.
_HEADERS = frozenset({"host", "content-type", "content-length", "accept", "connection", "authorization"})
#: Status codes by which servers say that they cannot keep to a schema: llama.cpp has used 400 and 500, others 422, 501.
_NO_SCHEMA = frozenset({400, 422, 500, 501})


class TooLongError(Exception):
    """An answer went on after `MOST_ANSWER` bytes."""


class _Measured(httpx2.SyncByteStream):
    """The bytes of an answer, counted and timed; TooLongError, ReadTimeout."""

    def __init__(self, stream: httpx2.SyncByteStream, until: float) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        """Pass on what comes while there is room and time."""
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MOST_ANSWER:
                raise TooLongError
            if time.monotonic() > self._until:  # a time-out of the client's is for each read, not for all of them
                raise httpx2.ReadTimeout("the answer drips")
            yield chunk

    def close(self) -> None:
        """Close the connection's stream."""
        self._stream.close()


class _Guarded(httpx2.BaseTransport):
    """Sends the few header fields that are needed, and lets a plain answer of some length in."""

    def __init__(self, *, key: str, timeout: float) -> None:
        # Without kept connections each is closed with its answer.
        self._plain = httpx2.HTTPTransport(trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))
        self._kept = _HEADERS if key else _HEADERS - {"authorization"}
        self._timeout = timeout

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request."""
        for name in set(request.headers.keys()) - self._kept:
            del request.headers[name]
        request.headers["user-agent"] = "kindregards"
        request.headers["accept-encoding"] = "identity"
        until = time.monotonic() + self._timeout
        response = self._plain.handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":  # a few bytes that may become millions
            response.close()
            raise TooLongError
        stream = cast("httpx2.SyncByteStream", response.stream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Measured(stream, until),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close what is open."""
        self._plain.close()


class ChatClient:
    """One model on one server."""

    def __init__(self, *, base_url: str, model: str, key: str, timeout: float) -> None:
        """Make the client; nothing is sent yet."""
        transport = _Guarded(key=key, timeout=timeout)
        # The empty names keep the client from looking for them in the environment.
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=key or "none",
            admin_api_key="",
            organization="",
            project="",
            webhook_secret="",
            timeout=timeout,
            max_retries=0,
            http_client=httpx2.Client(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout),
        )
        self._model = model
        self._schema_kept: bool | None = None  #: whether the server keeps to a schema, None until it is known

    def answer(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> object | Trouble:
        """Ask once; what stands where the text of the answer should, or why there is none. Never raises."""
        try:
            return self._asked(messages, schema)
        except openai.APITimeoutError:
            return Trouble.SLOW
        except openai.APIConnectionError as why:
            return Trouble.UNUSABLE if isinstance(why.__cause__, TooLongError) else Trouble.REFUSED
        except openai.APIStatusError:
            return Trouble.REFUSED
        except Exception:  # whatever a server answers, the desk goes on
            return Trouble.UNUSABLE

    def _asked(self, messages: list[dict[str, str]], schema: dict[str, Any]) -> object:
        """Ask with the schema; where the server refuses that, ask for any JSON object, and for the whole run."""
        if self._schema_kept is not False:
            form = {"type": "json_schema", "json_schema": {"name": "labels", "strict": True, "schema": schema}}
            try:
                found = self._send(messages, form, temperature=0, max_tokens=MOST_TOKENS)
            except openai.APIStatusError as why:
                if self._schema_kept or why.status_code not in _NO_SCHEMA:
                    raise
            else:
                self._schema_kept = True
                return found
        # Some refuse the two settings above; this form does without.
        found = self._send(messages, {"type": "json_object"})
        self._schema_kept = False
        return found

    def _send(self, messages: list[dict[str, str]], form: dict[str, Any], **settings: Any) -> object:
        completion = self._client.chat.completions.create(
            model=self._model, messages=cast("Any", messages), response_format=cast("Any", form), **settings
        )
        return completion.choices[0].message.content
