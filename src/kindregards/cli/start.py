"""`kindregards init`: make a profile from questions, from a LinkedIn export or from a JSON Resume."""

import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import available_timezones

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.core.errors import UsageError
from kindregards.core.profile import ADDRESS, LANGUAGE_TAG, Role, read

T = TypeVar("T")

#: Proposed where the owner says nothing: what most professionals are solicited for and few want. To be cut down.
COMMON_DECLINES = (
    "job applications and requests for work",
    "translation services",
    "recruitment and staffing services",
    "software outsourcing and web development",
    "marketing, SEO and lead generation services",
    "investment, loan and wealth management offers",
    "guest posts and link exchange",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What is known of the owner while the profile is being made."""

    name: str = ""
    addresses: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    timezone: str = "UTC"
    headline: str = ""
    roles: tuple[Role, ...] = ()
    never: tuple[str, ...] = ()
    welcomes: tuple[str, ...] = ()
    declines: tuple[str, ...] = field(default=COMMON_DECLINES)


def init(
    linkedin: Annotated[
        Path | None,
        typer.Option(metavar="EXPORT", help="Take name, addresses and roles from a LinkedIn export (.zip or folder)."),
    ] = None,
    json_resume: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Take them from a resume in the JSON Resume format.")
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MAIL", help="Your mail address, if the export does not tell it; may be given repeatedly."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it, if not into your configuration folder.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Replace the profile that is there already.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", "-y", metavar="", help="Ask nothing; needs --linkedin or --json-resume to know who you are."
        ),
    ] = False,
) -> None:
    """Make your profile: who you are, what you welcome, what you decline.

    Nine short questions, three minutes. The profile is a text file that you can edit at any time.
    """
    where = output or config.default_profile()
    if where.is_dir():
        raise UsageError(f"{where} is a folder; name a file in it, such as {where / 'profile.toml'}")
    if where.exists() and not force:
        raise UsageError(f"{where} is there already; edit it, or replace it with --force")
    outline = _found(linkedin, json_resume)
    if address:
        outline = replace(outline, addresses=_addresses(",".join(address)))
    outline = _complete(outline) if yes else _asked(outline)
    text = as_toml(outline)
    read(text)  # whatever would not be understood later is said now
    _write(where, text)
    console.say(f"Your profile is at {where}", whole=True)
    console.say("Read it once: by the sentences in it your mail is judged.")
    console.say("Next: kindregards triage YOUR-MAILBOX", style="bold")


def _write(where: Path, text: str) -> None:
    """Write a file for the owner's eyes only, whole or not at all: a full disk leaves the earlier one as it was."""
    target = where.resolve()
    fresh = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            fresh.replace(target)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
    except OSError as why:
        raise UsageError(f"cannot write {where} ({why.strerror}); nothing was changed") from None


def _found(linkedin: Path | None, json_resume: Path | None) -> Outline:
    """What an export or a resume tells."""
    outline = Outline(timezone=_local_zone())
    if linkedin:
        from kindregards.adapters.linkedin import LinkedInExport

        outline = _merge(outline, LinkedInExport(linkedin).profile())
    if json_resume:
        from kindregards.adapters.resume import read_resume

        outline = _merge(outline, read_resume(json_resume))
    return outline


def _merge(outline: Outline, person: object) -> Outline:
    """Lay what was found over the outline; roles name what the owner does, so they propose what is welcome."""
    name = getattr(person, "name", "") or outline.name
    headline = getattr(person, "headline", "") or outline.headline
    roles = tuple(getattr(person, "roles", ())) or outline.roles
    addresses = tuple(a for a in getattr(person, "addresses", ()) if ADDRESS.fullmatch(a)) or outline.addresses
    languages = _tags(getattr(person, "languages", ()))
    present = [role.title for role in roles if role.until is None][:2]
    welcomes = tuple(f"questions and projects about my work as {title}" for title in present)
    return replace(
        outline,
        name=name,
        headline=headline or (present[0] if present else ""),
        roles=roles,
        addresses=addresses,
        languages=languages or outline.languages,
        welcomes=welcomes or outline.welcomes,
    )


def _tags(languages: tuple[str, ...]) -> tuple[str, ...]:
    """The tags of languages that are named or tagged; whatever else is called a language is left out."""
    from kindregards.adapters import resources

    named = {name: tag for tag, names in tomllib.loads(resources.text("languages.toml")).items() for name in names}
    tags = (language if LANGUAGE_TAG.fullmatch(language) else named.get(language.casefold()) for language in languages)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _complete(outline: Outline) -> Outline:
    """Pass on an outline that names somebody; a profile of nobody would sign replies with nobody's name."""
    missing = [what for what, value in (("name", outline.name), ("mail address", outline.addresses)) if not value]
    if missing:
        raise UsageError(
            f"your {' and '.join(missing)} could not be found; leave out --yes to be asked, or give --address"
        )
    return outline


def _asked(outline: Outline) -> Outline:
    """Ask what is not known, and what only the owner can say; a wrong answer is asked again."""
    name = _ask("Your name, as you sign your mails", outline.name, _sentence)
    addresses = _ask("Your mail addresses, all of them, separated by commas", ", ".join(outline.addresses), _addresses)
    languages = _ask("Languages you read, as in en, fr, de", ", ".join(outline.languages or ("en",)), _languages)
    zone = _ask("Your time zone", outline.timezone, _zone)
    headline = _ask("What you are, in one line", outline.headline, _sentence)
    roles = outline.roles or (Role(title=_ask("Your present role", headline, _sentence)),)
    never = _listed(
        typer.prompt("Roles people wrongly take you for, such as recruiter (may be empty)", "", show_default=False)
    )
    console.say()
    console.say("What should reach you? One plain sentence a line, an empty line to end.")
    welcomes = _sentences(outline.welcomes)
    console.say()
    console.say("What do you always turn down? One plain sentence a line, an empty line to end.")
    declines = _sentences(COMMON_DECLINES)
    return Outline(
        name=name,
        addresses=addresses,
        languages=languages,
        timezone=zone,
        headline=headline,
        roles=roles,
        never=never,
        welcomes=welcomes,
        declines=declines,
    )


def _ask(question: str, known: str, check: Callable[[str], T]) -> T:
    """Ask until the answer will do; what is known already is taken with Enter."""
    answer: T = typer.prompt(question, default=known or None, value_proc=check)
    return answer


def _sentence(text: str) -> str:
    plain = " ".join(text.split())
    if not plain:
        raise typer.BadParameter("please write something")
    return plain


def _addresses(text: str) -> tuple[str, ...]:
    found = _listed(text)
    for address in found:
        if not ADDRESS.fullmatch(address):
            raise typer.BadParameter(f"'{address}' is not a mail address")
    if not found:
        raise typer.BadParameter("at least one address is needed, to tell your own mail from that of others")
    return found


def _languages(text: str) -> tuple[str, ...]:
    words = _listed(text)
    for word in words:
        if not _tags((word,)):
            raise typer.BadParameter(f"'{word}' is not known; write en for English, fr for French, pt-BR and so on")
    return _tags(words)


def _zone(text: str) -> str:
    if text.strip() not in available_timezones():
        raise typer.BadParameter(f"'{text.strip()}' is not a time zone; write it like Europe/Paris")
    return text.strip()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _sentences(proposed: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences until an empty line; none at all takes what is proposed."""
    if proposed:
        console.say("An empty line now takes these:")
    for sentence in proposed:
        console.say(f"- {sentence}", style="bright_black")
    found: list[str] = []
    while sentence := typer.prompt("", prompt_suffix="> ", default="", show_default=False).strip():
        found.append(sentence)
    return tuple(found) or proposed


def _local_zone() -> str:
    """The machine's time zone by name, where it tells."""
    try:
        name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2]
    except OSError:
        return "UTC"
    return name if name in available_timezones() else "UTC"


def as_toml(outline: Outline) -> str:
    """The text of a profile.toml with a comment for each list."""
    roles = "".join(f"  {{ {_role(role)} }},\n" for role in outline.roles)
    return (
        "# Who you are and what you want; the replies are judged by these sentences. See docs/profile.md.\n"
        "[owner]\n"
        f"name = {_quoted(outline.name)}\n"
        f"addresses = [{', '.join(map(_quoted, outline.addresses))}]\n"
        f"languages = [{', '.join(map(_quoted, outline.languages or ('en',)))}]\n"
        f"timezone = {_quoted(outline.timezone)}\n"
        f"headline = {_quoted(outline.headline)}\n\n"
        f"roles = [\n{roles}]\n"
        "# roles you never held but are taken for\n"
        f"never = {_block(outline.never)}\n"
        "# what should reach you, one plain sentence each\n"
        f"welcomes = {_block(outline.welcomes)}\n"
        "# what you turn down; cut what does not hold\n"
        f"declines = {_block(outline.declines)}\n"
    )


def _role(role: Role) -> str:
    years = "".join(f", {key} = {year}" for key, year in (("from", role.since), ("to", role.until)) if year)
    return f"title = {_quoted(role.title)}{years}"


def _block(sentences: tuple[str, ...]) -> str:
    return "[\n" + "".join(f"  {_quoted(sentence)},\n" for sentence in sentences) + "]"


def _quoted(text: str) -> str:
    """A TOML basic string without control characters; JSON's escapes are TOML's (TOML 1.0, basic strings)."""
    return json.dumps("".join(sign if sign.isprintable() else " " for sign in text), ensure_ascii=False)
