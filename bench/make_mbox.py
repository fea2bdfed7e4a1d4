"""Write a large mbox of the training messages, each time from somebody else: bench/make_mbox.py COUNT FILE.

Headers, sizes and the mix of plain, quoted-printable and HTML parts are like those of ordinary mail; nothing in it is
anybody's. The same COUNT gives the same bytes.
"""

import json
import random
import sys
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

MESSAGES = Path(__file__).resolve().parents[1] / "training" / "messages"


def main() -> None:
    """Write the file."""
    count, out = int(sys.argv[1]), Path(sys.argv[2])
    dice = random.Random(7)
    texts = [
        json.loads(line) for path in sorted(MESSAGES.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
    ]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    with out.open("wb") as file:
        for number in range(count):
            mail = message(dice.choice(texts), number, dice, began)
            file.write(in_mbox(mail))


def in_mbox(mail: EmailMessage) -> bytes:
    """A mail as it stands in a mailbox file."""
    separator = b"From sender@example.com Mon Mar  2 09:00:00 2026\n"
    return separator + mail.as_bytes().replace(b"\nFrom ", b"\n>From ") + b"\n"


def message(row: dict[str, str], number: int, dice: random.Random, began: datetime) -> EmailMessage:
    """One mail around a training text."""
    mail = EmailMessage()
    sender = f"person{number}@company{number % 977}.example"
    mail["Return-Path"] = f"<{sender}>"
    mail["Received"] = f"from mx{number % 7}.example.net by mx.example.org; {format_datetime(began)}"
    mail["From"] = f"Person {number} <{sender}>"
    mail["To"] = "alex.moreau@example.org"
    mail["Subject"] = " ".join((row["subject"] or "Hello").split())
    mail["Date"] = format_datetime(began + timedelta(minutes=number))
    mail["Message-ID"] = f"<{number}.bench@company{number % 977}.example>"
    mail.set_content(row["text"] + "\n" * dice.randint(0, 2))
    if dice.random() < 0.4:
        mail.add_alternative(
            "<html><body><p>" + row["text"].replace("\n", "<br>") + "</p></body></html>", subtype="html"
        )
    return mail


if __name__ == "__main__":
    main()
