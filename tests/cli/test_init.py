"""`kindregards init`: questions, exports and resumes become a profile that the other commands accept."""

import json
from pathlib import Path

import pytest

from kindregards.core.profile import Profile, read

from .conftest import House, mail, mbox, one_line

EXPORTS = (
    Path(__file__).resolve().parents[2].parent
    / "shared"
    / "data"
    / "linkedin_export"
    / "real-structure-fictional-content"
)
#: Answers to the nine questions, in their order: the sentences end with an empty line each.
ANSWERS = [
    "Noor Peeters",
    "noor@bakery.example, n.peeters@home.example",
    "nl, English",
    "Europe/Brussels",
    "Baker in Ghent",
    "Owner of a bakery",
    "restaurant owner, caterer",
    "flour and equipment suppliers",
    "apprentices",
    "",
    "software products",
    "",
]
RESUME = {
    "basics": {"name": "Mira Holm", "label": "Hydrologist", "email": "mira@water.example"},
    "work": [
        {"position": "Hydrologist", "startDate": "2018-03"},
        {"position": "Assistant", "startDate": "2012", "endDate": "2018"},
    ],
    "languages": [{"language": "Swedish"}, {"language": "English"}, {"language": "Klingon"}],
}


def made(path: Path) -> Profile:
    """The profile in a file, which nobody else may read."""
    assert path.stat().st_mode & 0o777 == 0o600
    return read(path.read_text(encoding="utf-8"))


def export(house: House) -> Path:
    """A small LinkedIn export that tells everything."""
    house.put("export/Profile.csv", "First Name,Last Name,Headline\nMira,Holm,Water and [bold] ideas\n")
    house.put(
        "export/Positions.csv",
        "Company Name,Title,Started On,Finished On\nX,Hydrologist,Mar 2018,\nY,Clerk,2012,2018\n",
    )
    house.put("export/Languages.csv", "Name,Proficiency\nSvenska,Native\nEnglish,\n")
    return house.put(
        "export/Email Addresses.csv",
        "Email Address,Confirmed,Primary,Updated On\nold@water.example,Yes,No,\nmira@water.example,Yes,Yes,\n",
    ).parent


def test_nine_answers_make_a_profile_that_triage_accepts(bare: House) -> None:
    """Answered questions become a private file with all that was said, and triage works with it at once."""
    ran = bare.run("init", stdin="\n".join([*ANSWERS, ""]))
    assert (ran.code, ran.err) == (0, "")
    assert str(bare.profile) in ran.out.replace("\n", "")
    assert "kindregards triage" in ran.out
    profile = made(bare.profile)
    assert (profile.name, profile.timezone, profile.headline) == ("Noor Peeters", "Europe/Brussels", "Baker in Ghent")
    assert profile.addresses == ("noor@bakery.example", "n.peeters@home.example")
    assert profile.languages == ("nl", "en")
    assert [role.title for role in profile.roles] == ["Owner of a bakery"]
    assert profile.never == ("restaurant owner", "caterer")
    assert profile.welcomes == ("flour and equipment suppliers", "apprentices")
    assert profile.declines == ("software products",)
    (found,) = bare.triage(bare.put("in.mbox", mbox(mail(To="noor@bakery.example"))))
    assert found["reply"]["body"].rstrip().endswith("Noor Peeters")


def test_enter_takes_what_is_proposed(bare: House) -> None:
    """Whoever only presses Enter where something is proposed gets it, among them what is commonly declined."""
    answers = ["Noor Peeters", "noor@bakery.example", "", "", "Baker", "", "", "", "", ""]
    ran = bare.run("init", stdin="\n".join(answers))
    assert ran.code == 0
    profile = made(bare.profile)
    assert (profile.languages, profile.roles[0].title, profile.never) == (("en",), "Baker", ())
    assert "translation services" in profile.declines
    assert all(f"- {sentence}" in ran.out for sentence in profile.declines)


def test_a_wrong_answer_is_asked_again(bare: House) -> None:
    """An answer that would not do is told why and asked again at once: no answer before it is lost."""
    wrong = ["Noor Peeters", "noor", ANSWERS[1], "Klingon", "nl", "Brussels", "Europe/Brussels", *ANSWERS[4:], ""]
    ran = bare.run("init", stdin="\n".join(wrong))
    assert ran.code == 0
    for words in ("'noor' is not a mail address", "'Klingon' is not known", "'Brussels' is not a time zone"):
        assert words in ran.out + ran.err
    assert made(bare.profile).languages == ("nl",)


def test_questions_that_end_early_write_nothing(bare: House) -> None:
    """Where the answers end in the middle, one line says so and no file is made."""
    ran = bare.run("init", stdin="Noor Peeters\n")
    assert ran.code == 2
    assert ran.err.splitlines()[-1] == "kindregards: stopped before the end of the questions; nothing was written"
    assert bare.files() == {}


def test_a_linkedin_export_makes_a_profile(bare: House) -> None:
    """Name, addresses, roles, headline and languages come from the export; the primary address is the first."""
    ran = bare.run("init", "--yes", "--linkedin", export(bare))
    assert (ran.code, ran.err) == (0, "")
    profile = made(bare.profile)
    assert (profile.name, profile.headline) == ("Mira Holm", "Water and [bold] ideas")
    assert profile.addresses == ("mira@water.example", "old@water.example")
    assert profile.languages == ("sv", "en")
    assert [(role.title, role.since, role.until) for role in profile.roles] == [
        ("Hydrologist", 2018, None),
        ("Clerk", 2012, 2018),
    ]
    assert profile.welcomes == ("questions and projects about my work as Hydrologist",)
    assert len(bare.triage(bare.put("in.mbox", mbox(mail(To="mira@water.example"))))) == 1


def test_what_an_export_tells_is_proposed(bare: House) -> None:
    """With an export the questions stay, and Enter takes what was found."""
    ran = bare.run("init", "--linkedin", export(bare), stdin="\n" * 12)
    assert ran.code == 0
    assert made(bare.profile).name == "Mira Holm"
    assert "[mira@water.example, old@water.example]" in ran.out


@pytest.mark.shared
def test_exports_of_every_layout_make_a_profile(bare: House) -> None:
    """The exports that lie beside the checkout, of every layout, make a profile; their address has to be given."""
    if not EXPORTS.is_dir():
        pytest.skip("the sample exports do not lie beside the checkout")
    for layout in sorted(path for path in EXPORTS.iterdir() if path.is_dir()):
        output = bare.home / f"{layout.name}.toml"
        ran = bare.run("init", "-y", "--linkedin", layout, "--output", output, "--address", "me@example.org")
        assert (ran.code, ran.err) == (0, "")
        assert made(output).addresses == ("me@example.org",)
        assert made(output).name


def test_a_json_resume_makes_a_profile(bare: House) -> None:
    """Name, address, roles and languages come from a JSON Resume; a language nobody knows is left out."""
    ran = bare.run("init", "--yes", "--json-resume", bare.put("resume.json", json.dumps(RESUME)))
    assert (ran.code, ran.err) == (0, "")
    profile = made(bare.profile)
    assert (profile.name, profile.addresses, profile.languages) == ("Mira Holm", ("mira@water.example",), ("sv", "en"))
    assert [(role.title, role.since, role.until) for role in profile.roles] == [
        ("Hydrologist", 2018, None),
        ("Assistant", 2012, 2018),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--yes"], "your name and mail address could not be found"),
        (["--yes", "--json-resume", "{home}/half.json"], "your mail address could not be found"),
        (["--linkedin", "{home}/absent.zip"], "absent.zip"),
        (["--json-resume", "{home}/broken.json"], "not valid JSON"),
        (["--yes", "--address", "me"], "'me' is not a mail address"),
        (["--output", "{home}"], "is a folder"),
    ],
)
def test_what_cannot_be_made_a_profile_is_told(bare: House, arguments: list[str], words: str) -> None:
    """Wrong or missing sources end in one line; no profile of nobody is written."""
    bare.put("half.json", '{"basics": {"name": "Mira Holm"}}')
    bare.put("broken.json", "{")
    before = bare.files()
    ran = bare.run("init", *(argument.format(home=bare.home) for argument in arguments))
    assert ran.code in (1, 2)
    one_line(ran, words)
    assert bare.files() == before


def test_a_profile_is_never_replaced_without_force(house: House) -> None:
    """A profile that is there is left alone unless --force is given, also at the place of --output."""
    before = house.files()
    for arguments in (["init"], ["init", "--output", house.profile]):
        ran = house.run(*arguments)
        assert ran.code == 2
        one_line(ran, str(house.profile), "--force")
    assert house.files() == before
    house.profile.chmod(0o644)
    assert house.run("init", "--force", stdin="\n".join([*ANSWERS, ""])).code == 0
    assert made(house.profile).name == "Noor Peeters"


def test_a_profile_that_cannot_be_written_leaves_the_earlier_one(house: House) -> None:
    """Where writing fails the earlier profile stays whole, and a link to a profile stays a link."""
    real = house.profile.rename(house.home / "real.toml")
    house.profile.symlink_to(real)
    assert house.run("init", "--force", stdin="\n".join([*ANSWERS, ""])).code == 0
    assert house.profile.is_symlink()
    assert made(real).name == "Noor Peeters"
    (house.home / ".real.toml.new").mkdir()  # in the way of the new file
    before = real.read_bytes()
    ran = house.run("init", "--force", stdin="\n".join([*ANSWERS, ""]))
    assert ran.code == 2
    assert "nothing was changed" in one_line(ran)
    assert real.read_bytes() == before


def test_odd_signs_in_an_export_make_a_profile_all_the_same(bare: House) -> None:
    """Quotes, backslashes and control characters in a headline do not break the file."""
    export(bare)
    bare.put(
        "export/Profile.csv",
        'First Name,Last Name,Headline\nMi"\\ra,Holm,"a ""b"" \\n \x7f \x1b[1m 👩‍🔬"\n'.replace('Mi"', "Mi"),
    )
    assert bare.run("init", "--yes", "--linkedin", bare.home / "export").code == 0
    assert made(bare.profile).headline.startswith('a "b" \\n')
    assert not set("\x7f\x1b") & set(made(bare.profile).headline)
