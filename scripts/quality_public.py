"""Public mail through the command line: who of the lists, newsletters, crooks and robots would get an answer."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import quality_mails as given
from quality_page import met, table

PROFILE = Path(__file__).resolve().parent / "quality_owner.toml"
MOST_ANSWERED = 0.003
LEAST_RECOGNISED = 0.85
PERSONAL = ("solicitation", "invitation")
_HEAD = (
    "set", "mails", "drafts", "share", "aim, at most", "met", "of them welcomed", "held", "silent by what went before",
    "taken for",
)  # fmt: skip
NOTE = f"""Each mail is a conversation of its own, its text and header fields as the set has them, read by `kindregards
triage` for an invented consultant whom none of these mails names. A set of more than {given.MOST:,} is sampled, always
the same way. phishing_pot is given as the fields that were kept and the text, one mail of each campaign; Ling-Spam, of
which only subject and text are left, as written by one person to the owner alone (as it is, without any sender, it gets
no draft). *Silent by what went before* are senders who had an answer to an earlier mail of the set, or of whom one was
read as an opt-out: a first mail of theirs would have been answered or held."""
KINDS = ("correspondence", "solicitation", "invitation", "bulk", "fraud", "platform", "automatic")
SETS: tuple[tuple[str, str, Callable[[Path], Iterable[given.Mail]]], ...] = (
    ("spamassassin, ham of lists", "spamassassin", given.whole("easy-ham")),
    ("spamassassin, newsletters", "spamassassin", given.whole("hard-ham")),
    ("spamassassin, spam", "spamassassin", given.whole("spam")),
    ("enron_categories, work", "enron_categories", given.whole("")),
    ("ling_spam, posts to a list", "ling_spam", given.ling_spam("ham")),
    ("ling_spam, spam", "ling_spam", given.ling_spam("spam")),
    ("phishing_pot, campaigns", "phishing_pot", given.phishing_pot),
    ("bounces_autoreplies", "bounces_autoreplies", given.bounces_autoreplies),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one set: how many mails, and the answers of the command line with the mail of each."""

    name: str
    mails: int
    answers: Sequence[tuple[given.Mail | None, dict[str, Any]]]

    @property
    def drafts(self) -> list[tuple[given.Mail | None, dict[str, Any]]]:
        """The answers that hold a reply."""
        return [pair for pair in self.answers if pair[1]["reply"]]


def triage(command: Path, sources: Sequence[Path], work: Path) -> list[dict[str, Any]]:
    """Run the command with a new ledger; RuntimeError where it fails."""
    work.mkdir(parents=True, exist_ok=True)
    words = [str(command), "triage", *map(str, sources), "--profile", str(PROFILE), "--json"]
    places = {**os.environ, "XDG_DATA_HOME": str(work / "data"), "XDG_CONFIG_HOME": str(work / "config")}
    done = subprocess.run(  # noqa: S603  # our own command on files that we wrote
        [*words, "--ledger", str(work / "ledger.db")], capture_output=True, text=True, env=places, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-500:]}")
    return [json.loads(line) for line in done.stdout.split("\n") if line.startswith("{")]


def measure(data: Path, command: Path, work: Path, answered: Path) -> str:
    """Measure every set; the section of the page. Mails that would be answered are listed in the file `answered`."""
    found = []
    for number, (name, folder, read) in enumerate(SETS):
        there = work / f"set{number}"
        kept = given.laid(list(read(data / folder)), there / "mail")
        answers = triage(command, [there / "mail"], there)
        by_mail = [(_mail(kept, answer), answer) for answer in answers]
        found.append(Outcome(name=name, mails=len(kept), answers=by_mail))
        print(f"  {name}: {len(kept)} mails, {len(answers)} conversations, {len(found[-1].drafts)} drafts", flush=True)
    quoted = given.rows(data / "solicitations_quoted" / "dev.jsonl")
    sources = given.laid_quoted(quoted, work / "quoted" / "mail")
    recognised = _recognised(quoted, triage(command, sources, work / "quoted"))
    answered.parent.mkdir(parents=True, exist_ok=True)
    answered.write_text("".join(_lines(found)) + _missed(quoted, recognised), encoding="utf-8")
    print(f"  the mails answered and the solicitations missed: {answered}")
    return "\n\n".join((NOTE, _answered_table(found), _recognised_table(quoted, recognised)))


def _mail(kept: Sequence[given.Mail], answer: dict[str, Any]) -> given.Mail | None:
    number = given.number_of(answer["message_id"])
    return kept[number] if number is not None and number < len(kept) else None


def _answered_table(found: list[Outcome]) -> str:
    whole = Outcome(name="**all**", mails=sum(o.mails for o in found), answers=[a for o in found for a in o.answers])
    rows = []
    for outcome in (*found, whole):
        actions = Counter(answer["action"] for _, answer in outcome.answers)
        kinds = Counter(answer["kind"] for _, answer in outcome.answers)
        share = len(outcome.drafts) / max(1, outcome.mails)
        rows.append(
            [
                outcome.name,
                f"{outcome.mails:,}",
                f"{len(outcome.drafts):,}",
                f"{share:.2%}",
                f"{MOST_ANSWERED:.1%}",
                met(share <= MOST_ANSWERED),
                actions["welcome"],
                actions["hold"],
                actions["rest"] + actions["close"],
                ", ".join(f"{kind} {kinds[kind]:,}" for kind in KINDS if kinds[kind]),
            ]
        )
    return table(_HEAD, rows)


def _recognised(quoted: list[dict[str, Any]], answers: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """What the command said of each quoted text, by place in the list."""
    found = {}
    for answer in answers:
        url = answer["from"]["url"] or ""
        place = int(url.rpartition("-")[2]) if "/quoted-" in url else given.number_of(answer["message_id"])
        if place is not None and place < len(quoted):
            found[place] = answer
    return found


def _recognised_table(quoted: list[dict[str, Any]], found: dict[int, dict[str, Any]]) -> str:
    lone = [place for place, row in enumerate(quoted) if row["kind"] == "solicitation"]
    invited = [place for place, row in enumerate(quoted) if row["kind"] == "invitation_default"]
    enough = [place for place in lone if len(quoted[place]["text"].split()) >= 12]
    by_channel = {
        "by mail": [place for place in lone if quoted[place]["channel"] in ("email", "phone")],
        "on a network": [place for place in lone if quoted[place]["channel"] not in ("email", "phone")],
    }
    rows = [
        _share("personal solicitations", lone, found, LEAST_RECOGNISED),
        *(_share(f"… {name}", places, found) for name, places in by_channel.items()),
        _share("… of twelve words or more", enough, found),
        _share("invitations to connect", invited, found),
    ]
    return table(("solicitations_quoted", "texts", "recognised", "share", "aim, at least", "met"), rows)


def _share(name: str, places: list[int], found: dict[int, dict[str, Any]], aim: float | None = None) -> list[object]:
    right = sum(place in found and found[place]["kind"] in PERSONAL for place in places)
    share = right / max(1, len(places))
    reached = "" if aim is None else met(share >= aim)
    return [name, len(places), right, f"{share:.0%}", "" if aim is None else f"{aim:.0%}", reached]


def _lines(found: list[Outcome]) -> list[str]:
    """The mails that would be answered, for whoever wants to look at them."""
    lines = []
    for outcome in found:
        for mail, answer in outcome.drafts:
            text = " ".join((mail.text if mail else "").split())
            subject, sender = answer["reply"]["subject"], answer["from"]["address"]
            said = (
                f"{answer['kind']}, {answer['ask']}, {answer['turn']}: {answer['action']} ({answer['confidence']:.2f})"
            )
            lines.append(f"{outcome.name}\t{mail.name if mail else '?'}\t{said}\n  {subject} | {sender} | {text}\n")
    return lines


def _missed(quoted: list[dict[str, Any]], found: dict[int, dict[str, Any]]) -> str:
    """The solicitations that were taken for something else."""
    lines = []
    for place, row in enumerate(quoted):
        kind = found[place]["kind"] if place in found else "nothing"
        if row["kind"] == "solicitation" and kind not in PERSONAL:
            lines.append(
                f"missed solicitation\t{row['id']}\t{row['channel']}, taken for {kind}\n  {row['text'][:200]!r}\n"
            )
    return "".join(lines)
