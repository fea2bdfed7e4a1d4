"""Make the sample mailbox of `kindregards demo` out of sample.jsonl, a file that people can edit.

    python examples/make_sample.py [SAMPLE.jsonl [PROFILE.toml [MAIL.mbox]]]

Every message gets the header fields that a mail of its sort really has: Return-Path and Received (RFC 5321
section 4.4), Authentication-Results (RFC 8601), Message-ID, In-Reply-To and References (RFC 5322 section
3.6.4). The same input gives the same bytes on every machine: no clock, no chance, and no folding by the
standard library, which differs from version to version. Nothing is sent and no label is checked here;
tests/test_sample.py does the latter.
"""

import base64
import binascii
import hashlib
import json
import sys
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
DEMO = HERE.parent / "src" / "kindregards" / "data" / "demo"

#: Folded lines stay within the 78 characters of RFC 5322 §2.1.1.
WIDTH = 78
#: Bytes of text in one encoded word: its base64 form stays within the 75 characters of RFC 2047 §2.
WORD = 36
#: The host that receives the owner's mail.
RECEIVER = "mx.example.org"
#: Networks set aside for documentation (RFC 5737).
NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
#: Fields of a turn's `headers` that replace the usual ones instead of being added.
USUAL = ("Return-Path", "Authentication-Results", "From")


#: A display name and a mail address.
Person = tuple[str, str]


class Owner(NamedTuple):
    """Whose mailbox it is."""

    name: str
    address: str


class Part(NamedTuple):
    """A MIME part: its own header lines and its encoded content, both without a last line end."""

    head: tuple[str, ...]
    content: str


# ---- header fields


def encoded_words(text: str, charset: str) -> Iterator[str]:
    """Yield a text as base64 encoded words (RFC 2047 §4.1), never cutting a character in two (§5)."""
    chunk = ""
    for character in text:
        if len((chunk + character).encode(charset)) > WORD:
            yield _word(chunk, charset)
            chunk = ""
        chunk += character
    yield _word(chunk, charset)


def _word(text: str, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode('ascii')}?="


def unstructured(name: str, value: str, charset: str) -> str:
    """Write a field whose value is free text, folded (RFC 5322 §2.2.3)."""
    value = " ".join(value.split())
    if value.isascii():
        lines = textwrap.wrap(f"{name}: {value}", WIDTH - 1, break_long_words=False, break_on_hyphens=False)
        return "\n ".join(lines)
    return f"{name}: " + "\n ".join(encoded_words(value, charset))


def party(name: str, address: str, charset: str) -> str:
    """Write one mailbox of an address field (RFC 5322 §3.4)."""
    if not name:
        return address
    if not name.isascii():
        return "\n ".join(encoded_words(name, charset)) + f"\n <{address}>"
    plain = all(character.isalnum() or character in " -'!" for character in name)
    shown = name if plain else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    fold = " " if len(f"From: {shown} <{address}>") <= WIDTH else "\n "
    return f"{shown}{fold}<{address}>"


def trace(turn: Mapping[str, Any], moment: datetime, to: str) -> Iterator[str]:
    """Yield what the receiving host puts on top of a mail: path, hop and what it found about the sender."""
    given = turn.get("headers", {})
    path = given.get("Return-Path", f"<{turn['address']}>")
    domain = path.strip("<>").rpartition("@")[2] or turn["address"].rpartition("@")[2]
    host, queue = (hashlib.sha256(text.encode()) for text in (domain, f"{domain} {turn['date']}"))
    network = NETWORKS[host.digest()[0] % len(NETWORKS)]
    yield f"Return-Path: {path}"
    yield (
        f"Received: from mail.{domain}\n"
        f"\t(mail.{domain} [{network}.{host.digest()[1] % 250 + 2}])\n"
        f"\tby {RECEIVER} with ESMTPS id {queue.hexdigest()[:11].upper()}\n"
        f"\tfor <{to}>; {format_datetime(moment.astimezone(UTC))}"
    )
    author = turn["address"].rpartition("@")[2]
    spf = f"spf=pass smtp.mailfrom={path.strip('<>') or domain}"
    found = f"{RECEIVER}; dkim=pass header.d={author}; {spf}; dmarc=pass header.from={author}"
    yield "Authentication-Results: " + given.get("Authentication-Results", found).replace("; ", ";\n\t")


# ---- bodies


def text_part(media_type: str, text: str, charset: str) -> Part:
    """Encode a text (RFC 2045 §6): 7bit where it is enough, else quoted-printable, base64 for far scripts."""
    text = text.rstrip("\n") + "\n"
    raw = text.encode(charset)
    charset = "us-ascii" if text.isascii() else charset
    head = f"Content-Type: {media_type}; charset={charset}"
    lines = raw.split(b"\n")
    # a line that begins with "From " would look like the next message of an mbox file (RFC 4155)
    looks_like_next = any(line.startswith(b"From ") for line in lines)
    if looks_like_next or 3 * sum(byte > 127 for byte in raw) > len(raw):
        coded = base64.encodebytes(raw).decode("ascii")
        return Part((head, "Content-Transfer-Encoding: base64"), coded.rstrip("\n"))
    if max(raw) < 128 and max(map(len, lines)) <= WIDTH:
        return Part((head, "Content-Transfer-Encoding: 7bit"), raw.decode("ascii").rstrip("\n"))
    quoted = binascii.b2a_qp(raw, istext=True).decode("ascii")
    return Part((head, "Content-Transfer-Encoding: quoted-printable"), quoted.rstrip("\n"))


def other_part(described: Mapping[str, str], charset: str) -> Part:
    """Encode one of a turn's `parts`: a file to keep, a report, a calendar."""
    media_type, text = described["type"], described["text"]
    if media_type.startswith("message/") or media_type == "text/rfc822-headers":
        return Part((f"Content-Type: {media_type}",), text.rstrip("\n"))
    if "filename" not in described:
        return text_part(media_type, text, charset)
    name = described["filename"]
    head = (
        f'Content-Type: {media_type}; name="{name}"',
        f'Content-Disposition: attachment; filename="{name}"',
        "Content-Transfer-Encoding: base64",
    )
    return Part(head, base64.encodebytes(text.encode("utf-8")).decode("ascii").rstrip("\n"))


def multipart(subtype: str, parts: Sequence[Part]) -> Part:
    """Put parts together (RFC 2046 §5.1.1), with a boundary made of what they hold."""
    boundary = "=_" + hashlib.sha256(repr(parts).encode()).hexdigest()[:24]
    blocks = [f"--{boundary}\n" + "\n".join(part.head) + "\n\n" + part.content + "\n" for part in parts]
    head = f'Content-Type: multipart/{subtype};\n\tboundary="{boundary}"'
    return Part((head,), "\n".join([*blocks, f"--{boundary}--"]))


def body(turn: Mapping[str, Any]) -> Part:
    """Make the body of a turn: its text, with an HTML twin, attachments or a report where it has them."""
    charset = turn.get("charset", "utf-8")
    part = text_part("text/plain", turn["body"], charset)
    if "html" in turn:
        part = multipart("alternative", [part, text_part("text/html", turn["html"], charset)])
    if "parts" in turn:
        others = [other_part(described, charset) for described in turn["parts"]]
        part = multipart(turn.get("multipart", "mixed"), [part, *others])
    return part


# ---- messages


def message_id(case: Mapping[str, Any], place: int, owner: Owner) -> str:
    """Name a message after its conversation and its place there; the domain is its author's."""
    turn = case["thread"][place]
    domain = (owner.address if turn["way"] == "out" else turn["address"]).rpartition("@")[2]
    return f"<{case['id']}.{place}@{domain}>"


def parties(case: Mapping[str, Any], turn: Mapping[str, Any], owner: Owner) -> tuple[Person, Person]:
    """Say who writes a turn and to whom."""
    peer = next(other for other in reversed(case["thread"]) if other["way"] == "in")
    mine = (owner.name, owner.address)
    if turn["way"] == "out":
        return mine, parseaddr(turn["to"]) if "to" in turn else (peer["name"], peer["address"])
    return (turn["name"], turn["address"]), (owner.name, turn.get("to", owner.address))


def message(case: Mapping[str, Any], place: int, owner: Owner) -> str:
    """Write one turn of a conversation as a mail, lines ending in a line feed."""
    turn = case["thread"][place]
    charset, given = turn.get("charset", "utf-8"), turn.get("headers", {})
    author, reader = parties(case, turn, owner)
    moment = datetime.fromisoformat(turn["date"])
    lines = list(trace(turn, moment, reader[1])) if turn["way"] == "in" else []
    lines += [
        f"From: {given.get('From') or party(*author, charset)}",
        f"To: {party(*reader, charset)}",
        unstructured("Subject", turn["subject"], charset),
        f"Date: {format_datetime(moment)}",
        f"Message-ID: {message_id(case, place, owner)}",
    ]
    earlier = [message_id(case, number, owner) for number in range(place)]
    if earlier:
        lines += [f"In-Reply-To: {earlier[-1]}", "References: " + "\n ".join(earlier)]
    lines += [unstructured(name, value, charset) for name, value in given.items() if name not in USUAL]
    whole = body(turn)
    return "\n".join([*lines, "MIME-Version: 1.0", *whole.head, "", whole.content]) + "\n"


def mailbox(cases: Sequence[Mapping[str, Any]], owner: Owner) -> bytes:
    """Write all messages of all conversations as one mbox file (RFC 4155), oldest first, as they came."""
    rows = []
    for case in cases:
        for place, turn in enumerate(case["thread"]):
            moment = datetime.fromisoformat(turn["date"]).astimezone(UTC)
            path = turn.get("headers", {}).get("Return-Path", "").strip("<>")
            sender = owner.address if turn["way"] == "out" else path or turn["address"]
            text = f"From {sender} {moment.ctime()}\n{message(case, place, owner)}\n"
            rows.append((moment, case["id"], place, text))
    return "".join(text for *_, text in sorted(rows)).encode("ascii")


def read_cases(path: Path) -> list[dict[str, Any]]:
    """Read a file of one JSON object a line; empty lines are allowed."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def read_owner(path: Path) -> Owner:
    """Read the owner's name and first address out of a profile.toml."""
    owner = tomllib.loads(path.read_text(encoding="utf-8"))["owner"]
    return Owner(owner["name"], owner["addresses"][0])


def main(arguments: Sequence[str]) -> None:
    """Make the mailbox, by default the one that the package carries."""
    usual = (HERE / "sample.jsonl", DEMO / "profile.toml", DEMO / "mail.mbox")
    sample, profile, box = (*map(Path, arguments), *usual[len(arguments) :])
    cases = read_cases(sample)
    box.write_bytes(mailbox(cases, read_owner(profile)))
    print(f"{box}: {sum(len(case['thread']) for case in cases)} messages in {len(cases)} conversations")


if __name__ == "__main__":
    main(sys.argv[1:])
