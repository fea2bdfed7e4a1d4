"""Turn the public mail sets that lie beside the checkout into mails and exports as an owner would have them.

Every mail is given whole and as it is, with one exception: its ids are made its own, so that each is a conversation
and each is judged, also in a set of threads. What a set did not keep (Ling-Spam and the quoted solicitations have no
senders) is invented: a sender of example.com who writes to the owner alone, which protects least.
"""

import csv
import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST = 2_000  #: mails of a set; a larger one is sampled, always the same way
OWNER, OWNER_ADDRESS = "Robin Ashdown", "robin.ashdown@example.org"
_IDS = re.compile(
    rb"^((?:message-id|in-reply-to|references)[ \t]*:)((?:.*\n)(?:[ \t].*\n)*)", re.IGNORECASE | re.MULTILINE
)
_HTML = re.compile(r"<(?:!doctype|html|head|body|table|div|style)\b", re.IGNORECASE)
_SLOT = re.compile(r"\[([A-Z]+)\]")
_SAID = {
    "OWNER": "Robin", "NAME": "Jordan Field", "COMPANY": "Northlake", "SITE": "ashdown.example", "TOWN": "Reading",
    "PLACE": "Reading", "SCHOOL": "Westbrook College", "PHONE": "+44 20 7946 0000", "EMAIL": "jordan@example.com",
    "N": "7",
}  # fmt: skip
_DATE = "Mon, 02 Mar 2026 09:14:00 +0000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail of a set: the set's own id of it, its bytes, and the start of its text for whoever looks at it."""

    name: str
    raw: bytes
    text: str = ""


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, compressed or not."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in raw.split(b"\n") if line.strip()]


def own_ids(raw: bytes, number: int) -> bytes:
    """A mail whose Message-ID, In-Reply-To and References no other mail of the set has."""
    raw = raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
    head, gap, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw.partition(b"\n\n")[0] else b"\n\n")

    def mark(found: re.Match[bytes]) -> bytes:
        return found[1] + re.sub(rb"<(?=\S)", b"<%d." % number, found[2])

    return _IDS.sub(mark, head + b"\n").removesuffix(b"\n") + gap + body


def number_of(message_id: str | None) -> int | None:
    """The number under which a mail was given, None for those without an id."""
    found = re.match(r"<?(\d+)\.", message_id or "")
    return int(found[1]) if found else None


def whole(part: str) -> Callable[[Path], Iterator[Mail]]:
    """The mails of a set that kept them whole, those of the parts whose names begin so."""

    def read(folder: Path) -> Iterator[Mail]:
        for row in rows(folder / "dev.jsonl.gz"):
            if str(row.get("part", "")).startswith(part):
                yield Mail(name=row["id"], raw=row["raw_latin1"].encode("latin-1"), text=row["text"][:300])

    return read


def phishing_pot(folder: Path) -> Iterator[Mail]:
    """One mail of each campaign: the header fields that were kept, and the text."""
    for row in rows(folder / "dev.jsonl.gz"):
        if row["nth_of_campaign"] == 1:
            fields = {name: value for name, value in row["headers"].items() if name != "content-type"}
            yield Mail(name=row["id"], raw=written(fields, row["text"]), text=row["text"][:300])


def ling_spam(label: str) -> Callable[[Path], Iterator[Mail]]:
    """Posts to a list of linguists, or spam to it: subject and text."""

    def read(folder: Path) -> Iterator[Mail]:
        for number, row in enumerate(rows(folder / "dev.jsonl.gz")):
            if row["label"] == label:
                yield Mail(name=row["id"], raw=invented(number, row["subject"], row["text"]), text=row["text"][:300])

    return read


def bounces_autoreplies(folder: Path) -> Iterator[Mail]:
    """Bounces, reports and a few automatic replies, byte by byte."""
    for row in rows(folder / "dev.jsonl"):
        yield Mail(name=row["id"], raw=(folder / "raw_dev" / row["id"]).read_bytes(), text=row["text"][:300])


def invented(number: int, subject: str, text: str) -> bytes:
    """A mail around a text of which only subject and text were kept."""
    sender = f"jordan.field{number}@example.com"
    fields = {
        "return-path": f"<{sender}>",
        "from": f"Jordan Field <{sender}>",
        "to": f"{OWNER} <{OWNER_ADDRESS}>",
        "subject": subject,
        "date": _DATE,
        "message-id": f"<{number}@mail.example.com>",
    }
    return written(fields, text)


def written(fields: dict[str, str], text: str) -> bytes:
    """A mail of header fields and a text, which may be HTML."""
    head = "".join(f"{name}: {' '.join(str(value).split())}\n" for name, value in fields.items())
    form = "html" if _HTML.search(text[:2_000]) else "plain"
    mime = f"mime-version: 1.0\ncontent-type: text/{form}; charset=utf-8\ncontent-transfer-encoding: 8bit\n\n"
    return (head + mime + text.replace("\r\n", "\n") + "\n").encode("utf-8", "surrogatepass")


def laid(mails: list[Mail], folder: Path) -> list[Mail]:
    """Write mails as .eml files, a fixed sample of them where they are many; those written, by number."""
    kept = mails if len(mails) <= MOST else random.Random(7).sample(mails, MOST)  # noqa: S311  # no secret
    folder.mkdir(parents=True)
    for number, mail in enumerate(kept):
        (folder / f"{number:05}.eml").write_bytes(own_ids(mail.raw, number))
    return kept


def quoted(row: dict[str, Any]) -> str:
    """The text of a quoted solicitation with invented names where the set has placeholders."""
    return _SLOT.sub(lambda found: _SAID.get(found[1], "Northlake"), row["text"])


def laid_quoted(found: list[dict[str, Any]], folder: Path) -> list[Path]:
    """Write the quoted solicitations as a mailbox and an export of the network; the sources to read.

    Each is known again by its place in the list: `<PLACE.` in the id of a mail, `/in/quoted-PLACE` in an export.
    """
    folder.mkdir(parents=True)
    chats, invitations = [], []
    for place, row in enumerate(found):
        url, channel = f"https://www.linkedin.com/in/quoted-{place}", row["channel"]
        if channel.endswith("_invitation"):
            invitations.append(["Jordan Field", OWNER, "3/2/26, 9:14 AM", quoted(row), "INCOMING", url, ""])
        elif channel == "linkedin_message":
            chats.append(
                [
                    f"quoted-{place}",
                    "",
                    "Jordan Field",
                    url,
                    OWNER,
                    "",
                    "2026-03-02 09:14:00 UTC",
                    "",
                    quoted(row),
                    "INBOX",
                ]
            )
        else:
            (folder / f"{place:05}.eml").write_bytes(own_ids(invented(place, "", quoted(row)), place))
    return [folder, _export(chats, invitations, folder.with_suffix(".zip"))]


def _export(chats: list[list[str]], invitations: list[list[str]], path: Path) -> Path:
    """Write a network's data export with these messages and invitations."""
    files = {
        "messages.csv": (
            "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,"
            "DATE,SUBJECT,CONTENT,FOLDER",
            chats,
        ),
        "Invitations.csv": ("From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl", invitations),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, (head, lines) in files.items():
            out = io.StringIO()
            csv.writer(out).writerows([head.split(","), *lines])
            archive.writestr(name, out.getvalue())
    return path
