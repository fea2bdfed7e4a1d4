"""The check of our own code on a Python with known holes."""

from dataclasses import replace

import pytest

from kindregards import selfcheck, setup
from kindregards.core.errors import UsageError
from kindregards.core.message import Address, Message


def test_our_own_paths_pass() -> None:
    """Parser and serializer do not mishandle what the standard library does."""
    selfcheck.run(setup.parser())


def test_a_parser_that_picks_the_wrong_address_is_noticed() -> None:
    """A parser that reads the hostile From as somebody else's stops the program."""
    parse = setup.parser()

    def wrong(raw: bytes, folder: str, flags: frozenset[str]) -> Message:
        return replace(parse(raw, folder, flags), senders=(Address(address="alice@ok.example"),))

    with pytest.raises(UsageError, match="update Python"):
        selfcheck.run(wrong)
