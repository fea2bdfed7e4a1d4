"""What a message is and asks: the closed labels, the `Intent`, and the `Reader` that finds it.

The labels are those of the mission (DESIGN §2): kind, ask, turn. A reader never sees the owner's connections, and what
it returns is closed: enum members, probabilities and words out of our own lexicon, never text of the sender's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol


class Kind(Enum):
    """What a message is."""

    __hash__ = object.__hash__  # members are single: the default goes through Python for each look-up

    SOLICITATION = "solicitation"  #: somebody personally wants something of the owner
    INVITATION = "invitation"  #: a request to connect, with or without a note
    PLATFORM = "platform"  #: the network's own mail
    BULK = "bulk"  #: newsletters and list marketing
    FRAUD = "fraud"  #: scams and phishing
    AUTOMATIC = "automatic"  #: absence notes, bounces, receipts, calendars
    CORRESPONDENCE = "correspondence"  #: real work, friends, customers: no machine answers it

    @property
    def personal(self) -> bool:
        """Whether a person asks something of the owner, so that a courteous answer is due."""
        return self in (Kind.SOLICITATION, Kind.INVITATION)


class Turn(Enum):
    """The dialogue act of the last incoming message."""

    __hash__ = object.__hash__  # members are single: the default goes through Python for each look-up

    OPENING = "opening"  #: the first message
    FOLLOW_UP = "follow-up"  #: a reminder while nobody has answered
    THANKS = "thanks"  #: thanks for the no, or takes it
    ORIENTATION = "orientation"  #: after a no, asks where or whom to ask instead
    INSISTENCE = "insistence"  #: after a no, presses on with the same ask
    NEW_ASK = "new-ask"  #: after an answer, asks something else
    OPT_OUT = "opt-out"  #: asks not to be written to
    HOSTILE = "hostile"  #: insults after a no
    OTHER = "other"  #: none of these


class Ask(Enum):
    """What is wanted: offer.* is sold or offered to the owner, request.* is wanted of the owner."""

    __hash__ = object.__hash__  # members are single: the default goes through Python for each look-up

    OFFER_RECRUITMENT = "offer.recruitment"  #: staff for the owner's team
    OFFER_TRANSLATION = "offer.translation"  #: translation and interpreting
    OFFER_SOFTWARE_DEVELOPMENT = "offer.software-development"  #: developers and projects to order
    OFFER_SOFTWARE_PRODUCT = "offer.software-product"  #: a program or a subscription
    OFFER_MARKETING = "offer.marketing"  #: advertising, SEO, leads
    OFFER_DESIGN_MEDIA = "offer.design-media"  #: design, photo, film
    OFFER_CONSULTING = "offer.consulting"  #: advice for a fee
    OFFER_TRAINING = "offer.training"  #: courses and coaching
    OFFER_INVESTMENT = "offer.investment"  #: put your money in
    OFFER_FUNDING = "offer.funding"  #: we give or lend you money
    OFFER_INSURANCE = "offer.insurance"  #: insurance
    OFFER_REAL_ESTATE = "offer.real-estate"  #: flats, offices, land
    OFFER_LEGAL_ACCOUNTING = "offer.legal-accounting"  #: lawyers, tax, bookkeeping
    OFFER_GOODS = "offer.goods"  #: things, machines, supplies
    OFFER_EVENTS = "offer.events"  #: tickets, stands, paid conferences
    OFFER_PUBLISHING = "offer.publishing"  #: journals and publishers that want a paper or a fee
    OFFER_OTHER = "offer.other"  #: anything else that is sold
    REQUEST_JOB = "request.job"  #: they look for work
    REQUEST_HIRE = "request.hire"  #: they want to employ the owner
    REQUEST_FUNDING = "request.funding"  #: they want the owner's money for a venture
    REQUEST_INTRODUCTION = "request.introduction"  #: to be put in touch with somebody
    REQUEST_ADVICE = "request.advice"  #: advice, mentoring, a coffee
    REQUEST_PARTNERSHIP = "request.partnership"  #: work together
    REQUEST_SPEAKING = "request.speaking"  #: a talk, a panel
    REQUEST_INTERVIEW = "request.interview"  #: the press, a podcast
    REQUEST_REVIEW = "request.review"  #: read, review, endorse
    REQUEST_GUEST_POST = "request.guest-post"  #: an article or a link on the owner's pages
    REQUEST_DONATION = "request.donation"  #: money or gifts for a cause
    REQUEST_STUDY = "request.study"  #: surveys, theses
    REQUEST_PURCHASE = "request.purchase"  #: they want to buy from the owner
    REQUEST_TECHNICAL_HELP = "request.technical-help"  #: help with a technical problem
    REQUEST_ACQUISITION = "request.acquisition"  #: buy the owner's company or site
    REQUEST_CONNECTION = "request.connection"  #: connect, nothing else
    REQUEST_OTHER = "request.other"  #: anything else that is wanted


#: What is called so says only whether something is sold or wanted, not what.
CATCH_ALL = (Ask.OFFER_OTHER, Ask.REQUEST_OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What passed in a conversation before the message that is read.

    `incoming` are the correspondent's earlier texts, oldest first; `answered` says that the owner, or the desk in the
    owner's name, has answered since.
    """

    incoming: tuple[str, ...] = ()
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a message is and asks.

    `ask` is None where the kind asks nothing; `topic` are phrases out of our lexicon that stand in the message, the
    most telling first; the three mappings hold the probabilities of every label, each summing to 1.
    """

    kind: Kind
    ask: Ask | None
    turn: Turn
    language: str
    topic: tuple[str, ...] = ()
    kinds: Mapping[Kind, float] = field(default_factory=dict)
    asks: Mapping[Ask, float] = field(default_factory=dict)
    turns: Mapping[Turn, float] = field(default_factory=dict)

    @property
    def personal(self) -> float:
        """How surely a person asks something of the owner, 0 to 1."""
        return sum(value for kind, value in self.kinds.items() if kind.personal)


class Reader(Protocol):
    """Whatever can tell what a message is and asks."""

    def understand(self, subject: str, text: str, channel: str, before: Before) -> Intent:
        """Read one message in the light of what passed before; `channel` is the value of a `Channel`."""

    def language(self, subject: str, text: str) -> str:
        """The language of a message, a BCP 47 tag."""
