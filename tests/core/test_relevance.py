"""The judge: an ask against who the owner is."""

import pytest

from kindregards.adapters import resources
from kindregards.core.intent import Ask, Before, Intent, Kind, Turn
from kindregards.core.profile import Profile
from kindregards.core.relevance import StatementJudge, fragments


@pytest.fixture(scope="module")
def judge() -> StatementJudge:
    """The shipped judge."""
    return resources.judge()


def owner(*, welcomes: tuple[str, ...] = (), declines: tuple[str, ...] = ()) -> Profile:
    """An owner with these statements."""
    return Profile(name="Robin Sample", addresses=("me@example.net",), welcomes=welcomes, declines=declines)


def read(text: str) -> Intent:
    """What the shipped reader makes of a text."""
    return resources.reader().understand("", text, "email", Before())


def test_what_the_owner_declines_does_not_fit(judge: StatementJudge) -> None:
    """The statement that rules it out is named, and the probability is low."""
    text = "Our agency offers translation services in forty languages, may we quote for your documents?"
    found = judge.judge(read(text), text, owner(welcomes=("strategy consulting",), declines=("translation services",)))
    assert found.relevant is False
    assert found.side == "declines"
    assert found.statement == "translation services"
    assert found.ruled_out


def test_what_the_owner_welcomes_fits_better_than_what_they_decline(judge: StatementJudge) -> None:
    """The same message is likelier to fit the owner who asks for it than the one who turns it down."""
    text = "We would like to invite you to give a keynote talk on industrial strategy at our conference in May."
    fits = judge.judge(
        read(text), text, owner(welcomes=("invitations to speak about strategy",), declines=("job applications",))
    )
    does_not = judge.judge(read(text), text, owner(welcomes=("job applications",), declines=("invitations to speak",)))
    assert fits.probability > does_not.probability + 0.2


def test_a_contact_is_never_given_away(judge: StatementJudge) -> None:
    """A request for an introduction does not fit anybody, whatever they welcome."""
    intent = Intent(kind=Kind.SOLICITATION, ask=Ask.REQUEST_INTRODUCTION, turn=Turn.OPENING, language="en")
    found = judge.judge(intent, "Could you introduce me?", owner(welcomes=("requests for introductions",)))
    assert found.relevant is False
    assert found.ruled_out


def test_nothing_asked_is_nothing_to_judge(judge: StatementJudge) -> None:
    """Where there is no ask, relevance is unknown."""
    intent = Intent(kind=Kind.BULK, ask=None, turn=Turn.OTHER, language="en")
    assert judge.judge(intent, "News of the week", owner()).relevant is None


def test_an_owner_without_statements_can_be_judged(judge: StatementJudge) -> None:
    """An empty profile gives a probability like any other, and no statement."""
    text = "We sell steel pipes."
    found = judge.judge(read(text), text, owner())
    assert 0.0 < found.probability < 1.0
    assert found.statement == ""


def test_a_statement_is_read_whole_and_in_its_parts() -> None:
    """An enumeration speaks of each thing it names."""
    assert fragments("investments, real estate and loans") == (
        "investments, real estate and loans",
        "investments",
        "real estate",
        "loans",
    )
    assert fragments("translation services") == ("translation services",)
