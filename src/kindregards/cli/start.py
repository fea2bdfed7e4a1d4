"""`kindregards init`: make a profile from questions, from a LinkedIn export or from a JSON Resume."""

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import typer

from kindregards import config
from kindregards.cli import console
from kindregards.core.errors import UsageError
from kindregards.core.profile import LANGUAGE_TAG, Role, read

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
    linkedin: Annotated[Path | None, typer.Option(help="Take name, headline and roles from a LinkedIn export.")] = None,
    json_resume: Annotated[Path | None, typer.Option(help="Take them from a JSON Resume file.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where to write; your configuration folder if not given.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a profile that is there already.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take what was found and the proposals.")
    ] = False,
) -> None:
    """Make your profile: who you are, what you welcome, what you decline. Ten questions, three minutes."""
    where = output or config.default_profile()
    if where.exists() and not force:
        raise UsageError(f"{where} is there already; edit it, or replace it with --force")
    outline = _found(linkedin, json_resume)
    if not yes:
        outline = _asked(outline)
    text = as_toml(outline)
    read(text)  # whatever would not be understood later is said now
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text, encoding="utf-8")
        where.chmod(0o600)
    except OSError as why:
        raise UsageError(f"cannot write {where} ({why.strerror})") from None
    console.out.print(f"Your profile is at {where}. Read it once: the sentences in it are what replies are judged by.")
    console.out.print("Then: kindregards triage YOUR-MAILBOX --dry-run", style="bold")


def _found(linkedin: Path | None, json_resume: Path | None) -> Outline:
    """What an export or a resume tells."""
    outline = Outline()
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
    addresses = tuple(getattr(person, "addresses", ())) or outline.addresses
    languages = tuple(tag for tag in getattr(person, "languages", ()) if LANGUAGE_TAG.fullmatch(tag))
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


def _asked(outline: Outline) -> Outline:
    """Ask what is not known, and what only the owner can say."""
    ask = typer.prompt
    name = ask("Your name, as it stands under your mails", default=outline.name or None)
    addresses = _listed(
        ask("Your mail addresses, all of them, with commas", default=", ".join(outline.addresses) or None)
    )
    languages = _listed(ask("Languages you read (en, fr, de …)", default=", ".join(outline.languages or ("en",))))
    zone = ask("Your time zone", default=_local_zone())
    headline = ask("What you are, in one line", default=outline.headline or None)
    roles = outline.roles or (Role(title=ask("Your present role", default=headline)),)
    never = _listed(
        ask("Roles you never held but are taken for, with commas (may be empty)", default="", show_default=False)
    )
    console.out.print("\nWhat should reach you? One plain sentence a line, empty line to end.")
    welcomes = _sentences(outline.welcomes)
    console.out.print("\nWhat do you always turn down? Proposed below; Enter keeps them, or write your own.")
    for sentence in COMMON_DECLINES:
        console.out.print(f"  - {sentence}", style="bright_black")
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


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _sentences(proposed: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences until an empty line; none at all takes what is proposed."""
    found: list[str] = []
    while sentence := typer.prompt("", prompt_suffix="> ", default="", show_default=False).strip():
        found.append(sentence)
    return tuple(found) or proposed


def _local_zone() -> str:
    """The machine's time zone by name, where it tells."""
    link = Path("/etc/localtime")
    try:
        parts = str(link.resolve()).partition("zoneinfo/")
    except OSError:
        return "UTC"
    return parts[2] if parts[2] and parts[2][0].isupper() else "UTC"


def as_toml(outline: Outline) -> str:
    """The text of a profile.toml with a comment for each list."""
    roles = "".join(f"  {{ {_role(role)} }},\n" for role in outline.roles)
    return (
        "# Who you are and what you want; the replies are judged by these sentences. See docs/profile.md.\n"
        "[owner]\n"
        f"name = {_quoted(outline.name or 'Your Name')}\n"
        f"addresses = [{', '.join(map(_quoted, outline.addresses or ('you@example.org',)))}]\n"
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
    """A TOML basic string; JSON's escapes are TOML's (TOML 1.0, basic strings)."""
    return json.dumps(text, ensure_ascii=False)
