"""What a second reader is sent and what is taken of its answer: pure, for any server that speaks chat completions.

The mail stands between fences with a mark that it cannot contain, and the instructions say that it is data. Nothing
rests on a model's minding that: `labels` takes members of the closed sets and nothing else, and an answer with a
word too many is none.
"""

import hashlib
import json
from typing import Any

from kindregards.core.intent import Ask, Kind, Turn
from kindregards.core.opinion import Opinion, Question

#: How an answer says that nothing is asked.
NOTHING = "none"
_FIELDS: dict[str, dict[str, Any]] = {
    "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
    "ask": {"type": "string", "enum": [*(ask.value for ask in Ask), NOTHING]},
    "turn": {"type": "string", "enum": [turn.value for turn in Turn]},
    "relevant": {"type": "boolean"},
}
#: The form of an answer, as JSON Schema.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": _FIELDS,
    "required": list(_FIELDS),
    "additionalProperties": False,
}


def messages(question: Question, instructions: str) -> list[dict[str, str]]:
    """The chat: our instructions, then one turn with the owner's statements and the fenced texts."""
    head = {
        "channel": question.channel.value,
        "answered": question.answered,
        "owner": {
            "is": question.roles,
            "was": question.former,
            "never": question.never,
            "welcomes": question.welcomes,
            "declines": question.declines,
        },
    }
    texts = [*question.earlier, "\n".join(filter(None, (question.subject, question.text)))]
    mark = hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:16]
    lines = [json.dumps(head, ensure_ascii=False)]
    for number, text in enumerate(texts, start=1):
        name = "last" if number == len(texts) else "earlier"
        lines.append(f"<<<{mark} {name} text\n{_shown(text)}\n{mark}>>>")
    return [
        {"role": "system", "content": instructions},
        {"role": "user", "content": "\n".join(lines)},
    ]


def _shown(text: str) -> str:
    """A text without control characters and halves of characters: the ones end lines, the others no UTF-8 can carry."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else " " for sign in text)


def labels(answer: object) -> Opinion:
    """Take the labels of an answer; ValueError for whatever is not exactly the four of them, of the right types."""
    if not isinstance(answer, str):
        raise ValueError("no text")  # noqa: TRY004  one error for every answer that cannot be used
    found = json.loads(answer, object_pairs_hook=_once)
    if not isinstance(found, dict) or found.keys() != _FIELDS.keys():
        raise ValueError("not the four fields")
    if not isinstance(found["relevant"], bool) or not all(isinstance(found[n], str) for n in ("kind", "ask", "turn")):
        raise ValueError("a field of the wrong type")
    return Opinion(
        kind=Kind(found["kind"]),
        ask=None if found["ask"] == NOTHING else Ask(found["ask"]),
        turn=Turn(found["turn"]),
        relevant=found["relevant"],
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that says nothing twice, for readers differ on which of the two counts (RFC 8259 §4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found
