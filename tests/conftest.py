"""What many tests share: the shipped desk, owners, and a builder of messages."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chat_server import Server, running
from kindregards import setup
from kindregards.config import Wordings
from kindregards.core.message import Address, Channel, Message, message_key
from kindregards.core.profile import Profile, Role, read
from kindregards.desk.answers import OwnAnswers
from kindregards.desk.conversation import OwnerAct
from kindregards.desk.handle import Desk
from kindregards.desk.reply import Stationery

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DEMO = Path(__file__).resolve().parents[1] / "src" / "kindregards" / "data" / "demo"

Letter = Callable[..., Message]


class PlainAnswers(OwnAnswers):
    """Reads the owner's answers by a few words, for tests of what follows from them, whatever the model says."""

    ENGAGED = re.compile(r"\b(let us meet|call me|next tuesday|send me|appelez|treffen wir|nos vemos)\b", re.IGNORECASE)

    def read(self, text: str) -> OwnerAct:
        """Tell a pointer by its address and a real conversation by its plans; the rest is a no."""
        if self.ENGAGED.search(text):
            return OwnerAct.HAND
        return OwnerAct.POINTER if "https://" in text else OwnerAct.NO


def build(
    text: str = "", /, *, name: str = "Ana Lopes", address: str = "ana@lingua.example", **changes: Any
) -> Message:
    """Build one message; `days` before NOW, `mine` where the owner wrote it, any field of `Message` by its name."""
    mine = changes.pop("mine", False)
    date = changes.pop("date", NOW - timedelta(days=changes.pop("days", 1)))
    url = changes.pop("url", "")
    them, owner = (
        Address(name=name, address=address, url=url),
        Address(name="Alex Moreau", address="alex@owner.example"),
    )
    fields: dict[str, Any] = {
        "key": message_key(None, address, f"{date} {mine}", text),
        "message_id": f"<{message_key(None, address, f'{date} {mine}', text)[:20]}@mail.example>",
        "senders": (owner if mine else them,),
        "recipients": (them if mine else owner,),
        "return_path": address,
        "date": date,
        "subject": "",
        "body": text,
        "text": text,
        "outgoing": mine,
    }
    if changes.get("channel", Channel.EMAIL) is not Channel.EMAIL:
        fields |= {"message_id": None, "return_path": None}
    return Message(**(fields | changes))


@pytest.fixture(scope="session")
def letter() -> Letter:
    """Give the builder of messages, which takes a text, name, address, days, mine and any field of a message."""
    return build


@pytest.fixture(scope="session")
def wordings(tmp_path_factory: pytest.TempPathFactory) -> Wordings:
    """The shipped wordings, without changes of whoever runs the tests."""
    return Wordings(tmp_path_factory.mktemp("no-own-wordings"))


@pytest.fixture(scope="session")
def stationery(wordings: Wordings) -> Stationery:
    """What replies are written on, as shipped."""
    return setup.stationery(wordings)


@pytest.fixture(scope="session")
def desk(wordings: Wordings) -> Desk:
    """The desk as the package ships it."""
    return setup.desk(wordings)


@pytest.fixture(scope="session")
def strategist() -> Profile:
    """A strategist who welcomes strategy work and talks, and declines translations, software, jobs and investments."""
    found = read((DEMO / "profile.toml").read_text(encoding="utf-8"))
    return Profile(
        name=found.name,
        addresses=("alex@owner.example", *found.addresses),
        languages=found.languages,
        headline=found.headline,
        roles=found.roles,
        never=found.never,
        welcomes=found.welcomes,
        declines=found.declines,
    )


@pytest.fixture(scope="module")
def model_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that speaks chat completions, started once for the tests of a file."""
    with running(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def server(model_server: Server) -> Server:
    """The model server with an empty record."""
    model_server.forget()
    return model_server


@pytest.fixture(scope="session")
def baker() -> Profile:
    """A baker of whom little is told."""
    return Profile(
        name="Noor Peeters",
        addresses=("noor@bakery.example",),
        languages=("nl",),
        roles=(Role(title="Baker", since=2010),),
        welcomes=("flour and equipment suppliers",),
        declines=("software products",),
    )
