"""Who really wrote a mail, as far as its header can tell (RFC 5322 §3.6.2, RFC 8601, RFC 5321 §4.5.3.1).

It reads Authentication-Results of the owner's own receiver and finds domains that are dressed up as others;
whether an author field is ambiguous was found by `core.mime`. It verifies no signature, asks no name server
and knows no contact.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

from kindregards.core import mime
from kindregards.core.message import Address, Message
from kindregards.core.profile import Profile
from kindregards.desk.marks import Words, bare

_TOKEN = re.compile(r"[^\s<>,;:()\[\]\"\\]+")
_RESULT = re.compile(r"([a-z0-9_-]+)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)(.*)", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"\bheader\.from\s*=\s*\"?@?([^\s;\"]+)", re.IGNORECASE)
#: What `core.mime` says of a From field that two programs could read in two ways.
_ODD_AUTHOR = (mime.TWO_FROM, mime.SEVERAL_AUTHORS, mime.BROKEN_FROM, mime.NAME_HOLDS_ADDRESS)
_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN"})
#: Longest values that are looked at; what is longer is odd by itself (RELIABILITY §7).
LONGEST = 8192


def addresses_in(value: str) -> list[str]:
    """Return every plain address in a field as written, in order."""
    return [token for token in _TOKEN.findall(value) if token.count("@") == 1 and token.strip("@") == token]


class Proof(Enum):
    """What the owner's receiver found out about the author's domain."""

    PASS = "pass"  #: DMARC passed for the very domain in From  # noqa: S105
    OTHER = "other"  #: DMARC passed, but for another domain than the one in From
    FAIL = "fail"  #: DMARC failed, or SPF failed and nothing else spoke for it
    NONE = "none"  #: no result that says anything
    UNKNOWN = "unknown"  #: a result, but nothing shows that the owner's receiver wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """One Authentication-Results field: who says so, and (method, result, domain it is about)."""

    receiver: str
    methods: tuple[tuple[str, str, str], ...]

    def of(self, method: str) -> tuple[str, str] | None:
        """Return result and domain of a method, a failure first, None where it is not named."""
        found = [(result, domain) for name, result, domain in self.methods if name == method]
        return next((pair for pair in found if pair[0] in ("fail", "hardfail")), found[0] if found else None)


def results(value: str) -> Results:
    """Read an Authentication-Results field (RFC 8601 §2.2): id, then method=result and properties."""
    head, *rest = bare(value[:LONGEST]).split(";")
    methods = []
    for part in rest:
        if match := _RESULT.match(part.strip()):
            about = _PROPERTY.search(match[3])
            methods.append((match[1].casefold(), match[2].casefold(), about[1].casefold() if about else ""))
    # A version number may stand behind the id; an id may be quoted.
    words = head.split()
    return Results(receiver=words[0].strip('"').casefold() if words else "", methods=tuple(methods))


def proof(message: Message, profile: Profile, words: Words) -> Proof:
    """Say what the owner's own receiver found about the author's domain.

    Only fields of `profile.authserv_id` count (RFC 8601 §5); where it is not set, only the topmost field is
    looked at.
    """
    fields = [results(value) for value in message.all("authentication-results")]
    if profile.authserv_id:
        ours = [field for field in fields if field.receiver == profile.authserv_id.casefold()]
        # Receivers put theirs on top: what the first of them says about a method is of the last hop.
        return _verdict(ours, message.sender.domain)
    if not fields:
        return Proof.NONE
    found = _verdict(fields[:1], message.sender.domain)
    if found is Proof.PASS and not _plausible(fields[0].receiver, profile, words):
        return Proof.UNKNOWN
    return found


def _verdict(fields: list[Results], domain: str) -> Proof:
    dmarc, spf, dkim = (next((r for f in fields if (r := f.of(m))), None) for m in ("dmarc", "spf", "dkim"))
    if dmarc and dmarc[0] == "pass":
        about, author = ascii_domain(dmarc[1]), ascii_domain(domain)
        return Proof.PASS if not about or author == about or author.endswith(f".{about}") else Proof.OTHER
    if dmarc and dmarc[0] in ("fail", "hardfail"):
        return Proof.FAIL
    refused = spf is not None and spf[0] in ("fail", "hardfail")
    return Proof.FAIL if refused and not (dkim and dkim[0] == "pass") else Proof.NONE


def _plausible(receiver: str, profile: Profile, words: Words) -> bool:
    """Tell whether an id is under a domain of the owner's addresses or a mailbox provider's."""
    own = {address.rpartition("@")[2].casefold() for address in profile.addresses}
    domains = own | words.lists["origin.receivers"]
    return any(receiver == domain or receiver.endswith(f".{domain}") for domain in domains)


def ascii_domain(domain: str) -> str:
    """Return a domain in its ASCII form (RFC 5890 A-label), as it stands where it has none."""
    try:
        return domain.casefold().strip(".").encode("idna").decode("ascii")
    except UnicodeError:
        return domain.casefold().strip(".")


def odd_author(message: Message) -> str | None:
    """Say in one sentence why the author is ambiguous, None where every mail program shows the same one."""
    found = next((sentence for sentence in _ODD_AUTHOR if sentence in message.warnings), None)
    if found or len(message.senders) == 1:
        return found
    return mime.SEVERAL_AUTHORS if message.senders else mime.BROKEN_FROM


def authors(message: Message) -> tuple[Address, ...]:
    """Return who may be the author: what `core.mime` read, else every address that stands in an ambiguous From."""
    written = message.all("from") if not message.senders else []
    return message.senders or tuple(Address(address=found) for value in written for found in addresses_in(value))


def disguised(domain: str, words: Words) -> bool:
    """Tell whether a label of a domain mixes scripts or is made only of letters that look like Latin ones."""
    labels = [_unicode_label(label) for label in domain.casefold().split(".")]
    latin_end = labels[-1].isascii()
    for label in labels:
        letters = [sign for sign in label if sign.isalpha()]
        scripts = {unicodedata.name(sign, "?").partition(" ")[0] for sign in letters} & _SCRIPTS
        if len(scripts) > 1:
            return True
        foreign = [sign for sign in letters if not sign.isascii()]
        if latin_end and foreign and words.lookalikes.issuperset(letters):
            return True
    return False


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def path_address(return_path: str) -> str:
    """Return the address of a Return-Path without brackets, source route and BATV tag (prvs=…=)."""
    path = return_path.strip().strip("<>").strip().rpartition(":")[2]
    local, at, domain = path.rpartition("@")
    if local.casefold().startswith("prvs="):
        local = local.rpartition("=")[2]
    return f"{local}{at}{domain}".casefold()
