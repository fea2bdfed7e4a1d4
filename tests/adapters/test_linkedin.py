"""Exports of every layout give the same conversations, profile and connections."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.adapters.linkedin import SPONSORED, LinkedInExport, export_tables, moment
from kindregards.core.errors import HeldMessageError, SourceError
from kindregards.core.message import Address, Channel, Message
from kindregards.core.profile import Role
from kindregards.scout.contacts import Contact

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
LAYOUTS = SHARED / "data" / "linkedin_export" / "real-structure-fictional-content"

CHAT = (
    "CONVERSATION ID",
    "FROM",
    "SENDER PROFILE URL",
    "TO",
    "RECIPIENT PROFILE URLS",
    "DATE",
    "SUBJECT",
    "CONTENT",
    "FOLDER",
)
REQUEST = ("From", "To", "Sent At", "Message", "Direction", "inviterProfileUrl", "inviteeProfileUrl")
PAGE = "https://www.linkedin.example/in/"
ROBIN, ANA, BEN = (
    Address(name="Robin Vale", url=PAGE + "robin"),
    Address(name="Ana Lopes", url=PAGE + "ana"),
    Address(name="Ben Oduya, PhD", url=PAGE + "ben"),
)


def text(columns: Sequence[str], *rows: Sequence[str]) -> str:
    """A table as CSV."""
    out = io.StringIO()
    csv.writer(out).writerows([columns, *rows])
    return out.getvalue()


def export(path: Path, files: dict[str, str]) -> LinkedInExport:
    """Lay the files of an export into a folder."""
    for name, content in files.items():
        (path / name).write_text(content, encoding="utf-8", newline="")
    return LinkedInExport(path)


def chat(
    sender: Address, receiver: Address, date: str = "2026-03-02 09:00:00 UTC", content: str = "Hello", **more: str
) -> list[str]:
    """A row of messages.csv."""
    row = {"CONVERSATION ID": "2-abc=", "FROM": sender.name, "SENDER PROFILE URL": sender.url, "TO": receiver.name}
    row |= {"RECIPIENT PROFILE URLS": receiver.url, "DATE": date, "CONTENT": content, "FOLDER": "INBOX"} | more
    return [row.get(column, "") for column in CHAT]


PROFILE = text(("First Name", "Last Name", "Headline"), ("Robin", "Vale", "Strategist"))


def messages(source: LinkedInExport) -> list[Message]:
    """All messages of an export."""
    return [entry.load() for entry in source.entries()]


def one(path: Path, *rows: list[str], **files: str) -> Message:
    """The last message of an export of these rows."""
    names = {name.replace("_", " ") + ".csv": content for name, content in files.items()}
    return messages(export(path, {"Profile.csv": PROFILE, "messages.csv": text(CHAT, *rows)} | names))[-1]


@pytest.fixture(
    params=[
        "Basic_LinkedInDataExport_05-14-2021",
        "Complete_LinkedInDataExport_09-18-2022",
        "Basic_LinkedInDataExport_10-21-2023",
        "Basic_LinkedInDataExport_08-15-2025",
        "Complete_LinkedInDataExport_03-09-2026",
    ]
)
def layout(request: pytest.FixtureRequest) -> Path:
    """One export folder of each era."""
    if not LAYOUTS.is_dir():
        pytest.skip("the export fixtures do not lie beside the checkout")
    return LAYOUTS / str(request.param)


class TestLayouts:
    """What holds in every era."""

    def test_zip_and_folder_agree(self, layout: Path, tmp_path: Path) -> None:
        """A zipped export holds the same as the folder it was made of."""
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for file in sorted(layout.rglob("*.*")):
                target.write(file, file.relative_to(layout))
        assert messages(LinkedInExport(path)) == messages(LinkedInExport(layout))
        assert LinkedInExport(path).connections() == LinkedInExport(layout).connections()

    def test_every_conversation(self, layout: Path) -> None:
        """Every conversation and invitation is there, dated, with sender and recipients, drafts left out."""
        with (layout / "messages.csv").open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row.get("IS MESSAGE DRAFT") != "Yes"]
        with (layout / "Invitations.csv").open(encoding="utf-8", newline="") as stream:
            invitations = list(csv.DictReader(stream))
        found = messages(LinkedInExport(layout))
        chats = [message for message in found if message.channel is not Channel.INVITATION]
        assert [(message.thread_id, message.sender.name) for message in chats] == [
            (row["CONVERSATION ID"], row["FROM"]) for row in rows
        ]
        assert len(found) == len(rows) + len(invitations)
        assert all(message.date and message.recipients and message.sender.name for message in found)
        assert len({message.key for message in found}) == len(found)

    def test_outgoing(self, layout: Path) -> None:
        """The owner's messages are those under the name of Profile.csv, which nobody else bears here."""
        owner = LinkedInExport(layout).profile().name
        for message in messages(LinkedInExport(layout)):
            assert message.outgoing == (message.sender.name == owner)

    def test_connections(self, layout: Path) -> None:
        """Every connection that shows itself is there; rows of a date alone are not."""
        with (layout / "Connections.csv").open(encoding="utf-8", newline="") as stream:
            shown = [row for row in csv.reader(stream) if len(row) > 3 and row[0] and row[0] != "First Name"]
        found = LinkedInExport(layout).connections()
        assert [contact.name for contact in found] == [f"{row[0]} {row[1]}" for row in shown]
        assert all(contact.company and contact.position for contact in found)


class TestConversations:
    """What a row becomes."""

    def test_message(self, tmp_path: Path) -> None:
        """A row becomes a message of its sender to its recipients, in its conversation."""
        message = one(tmp_path, chat(ANA, ROBIN, content="Hello,\r\nRobin"))
        assert (message.channel, message.senders, message.recipients) == (Channel.MESSAGE, (ANA,), (ROBIN,))
        assert (message.thread_id, message.text, message.body) == ("2-abc=", "Hello,\nRobin", "Hello,\nRobin")
        assert (message.date, message.folder) == (datetime(2026, 3, 2, 9, tzinfo=UTC), "INBOX")
        assert not message.outgoing
        assert message.message_id is None

    def test_same_key_in_every_export(self, tmp_path: Path) -> None:
        """A message keeps its key when it turns up in a later export with more columns."""
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        old = text(CHAT[:4] + CHAT[5:], chat(ANA, ROBIN)[:4] + chat(ANA, ROBIN)[5:])
        first = messages(export(tmp_path / "a", {"Profile.csv": PROFILE, "messages.csv": old}))[0]
        assert one(tmp_path / "b", chat(ANA, ROBIN)).key == first.key

    def test_inmail(self, tmp_path: Path) -> None:
        """A message with a subject from somebody who is no connection is an InMail, and so is the answer to it."""
        assert one(tmp_path, chat(ANA, ROBIN, SUBJECT="Your next move")).channel is Channel.INMAIL
        assert one(tmp_path, chat(ROBIN, ANA, SUBJECT="Re: Your next move")).channel is Channel.INMAIL
        connections = text(("First Name", "Last Name", "URL"), ("Ana", "Lopes", ANA.url))
        assert one(tmp_path, chat(ANA, ROBIN, SUBJECT="Minutes"), Connections=connections).channel is Channel.MESSAGE

    def test_connection_by_name_in_old_layouts(self, tmp_path: Path) -> None:
        """Where Connections.csv has no addresses a connection is told by name, and only there."""
        row = chat(ANA, ROBIN, SUBJECT="Minutes")
        old = text(("First Name", "Last Name", "Company"), ("Ana", "Lopes", "Lingua"))
        assert one(tmp_path, row, Connections=old).channel is Channel.MESSAGE
        new = text(("First Name", "Last Name", "URL"), ("Ana", "Lopes", PAGE + "another-ana"))
        assert one(tmp_path, row, Connections=new).channel is Channel.INMAIL

    @pytest.mark.parametrize("column", ["IS MESSAGE DRAFT", "IS CONVERSATION DRAFT"])
    def test_drafts(self, tmp_path: Path, column: str) -> None:
        """Drafts were never sent, so they are not there."""
        rows = ([*chat(ANA, ROBIN), "No"], [*chat(ROBIN, ANA, content="half-wri"), "Yes"])
        source = export(tmp_path, {"Profile.csv": PROFILE, "messages.csv": text((*CHAT, column), *rows)})
        assert [message.text for message in messages(source)] == ["Hello"]

    @pytest.mark.parametrize(
        ("value", "folder"),
        [("INBOX", "INBOX"), ("", "INBOX"), ("ARCHIVE", "Archive"), ("SPAM", "Junk"), ("OTHER", "OTHER")],
    )
    def test_folders(self, tmp_path: Path, value: str, folder: str) -> None:
        """What the network took for spam lies in Junk."""
        assert one(tmp_path, chat(ANA, ROBIN, FOLDER=value)).folder == folder

    def test_sponsored(self, tmp_path: Path) -> None:
        """A paid campaign is marked, lies in Junk, and its HTML has become text."""
        content = '<p class="spinmail-quill-editor__spin-break">Hi %FIRSTNAME%,</p><p>Our <b>webinar</b> &amp; more</p>'
        message = one(tmp_path, chat(Address(name="Ana Lopes"), ROBIN, content=content))
        assert message.headers == (SPONSORED,)
        assert message.folder == "Junk"
        assert message.text.splitlines() == ["Hi %FIRSTNAME%,", "", "Our webinar & more"]

    def test_campaign_markup_of_a_member(self, tmp_path: Path) -> None:
        """The same markup from a member with a page of their own is a personal message."""
        message = one(tmp_path, chat(ANA, ROBIN, content='<p class="spinmail-quill-editor__spin-break">Hello</p>'))
        assert (message.text, message.headers, message.folder) == ("Hello", (), "INBOX")

    @pytest.mark.parametrize("content", ["a < b & c > d", "I <3 maps", "x<y, see <https://example.com>", "&amp;"])
    def test_plain_text_is_no_markup(self, tmp_path: Path, content: str) -> None:
        """Angle brackets that a person typed stay."""
        assert one(tmp_path, chat(ANA, ROBIN, content=content)).text == content

    def test_intricate_markup(self, tmp_path: Path) -> None:
        """Markup that cannot be read in bounded time holds its message and no other."""
        rows = (chat(ANA, ROBIN, content="<p>" * 20_000 + "</p>"), chat(BEN, ROBIN, content="Hello"))
        source = export(tmp_path, {"Profile.csv": PROFILE, "messages.csv": text(CHAT, *rows)})
        first, second = source.entries()
        with pytest.raises(HeldMessageError):
            first.load()
        assert second.load().text == "Hello"

    def test_hidden_member(self, tmp_path: Path) -> None:
        """A sender whom the network hides has no address, and that is told."""
        message = one(tmp_path, chat(Address(name="LinkedIn Member"), ROBIN))
        assert message.sender == Address(name="LinkedIn Member")
        assert message.warnings
        assert not message.outgoing

    def test_order(self, tmp_path: Path) -> None:
        """Messages are ordered by date, and by their place in the file where the date is the same."""
        late, early = "2026-03-02 09:00:01 UTC", "2026-03-02 09:00:00 UTC"
        rows = (chat(ANA, ROBIN, late, "3"), chat(ANA, ROBIN, early, "1"), chat(ANA, ROBIN, early, "2"))
        source = export(tmp_path, {"Profile.csv": PROFILE, "messages.csv": text(CHAT, *rows[1:], rows[0])})
        assert [message.text for message in messages(source)] == ["1", "2", "3"]

    def test_order_of_newest_first(self, tmp_path: Path) -> None:
        """In a file that has the newest first, the later of two of the same second stands above."""
        dates = (
            "2026-03-03 09:00:00 UTC",
            "2026-03-02 09:00:00 UTC",
            "2026-03-02 09:00:00 UTC",
            "2026-03-01 09:00:00 UTC",
        )
        rows = [chat(ANA, ROBIN, date, content) for date, content in zip(dates, "4321", strict=True)]
        source = export(tmp_path, {"Profile.csv": PROFILE, "messages.csv": text(CHAT, *rows)})
        assert [message.text for message in messages(source)] == ["1", "2", "3", "4"]

    def test_unreadable_date(self, tmp_path: Path) -> None:
        """A message whose date cannot be read has none and comes last."""
        rows = (chat(ANA, ROBIN, "yesterday", "?"), chat(ANA, ROBIN))
        assert one(tmp_path, *rows).text == "?"
        assert one(tmp_path, *rows).date is None


class TestPeople:
    """Who is who."""

    def test_owner_by_address(self, tmp_path: Path) -> None:
        """Somebody else with the owner's name is not the owner."""
        namesake = Address(name="Robin Vale", url=PAGE + "robin-vale-2")
        rows = (chat(namesake, ROBIN), chat(ANA, ROBIN), chat(ROBIN, ANA))
        source = export(tmp_path, {"Profile.csv": PROFILE, "messages.csv": text(CHAT, *rows)})
        assert [message.outgoing for message in messages(source)] == [False, False, True]

    @pytest.mark.parametrize("direction", ["OUTGOING", "INCOMING"])
    def test_owner_by_invitation(self, tmp_path: Path, direction: str) -> None:
        """An invitation tells the owner's address even where the profile bears another name."""
        sides = (ROBIN, ANA) if direction == "OUTGOING" else (ANA, ROBIN)
        row = (sides[0].name, sides[1].name, "3/2/26, 9:00 AM", "", direction, sides[0].url, sides[1].url)
        files = {"Profile.csv": PROFILE.replace("Vale", "Vale-Marsh"), "Invitations.csv": text(REQUEST, row)}
        source = export(tmp_path, files | {"messages.csv": text(CHAT, chat(ANA, ROBIN), chat(ROBIN, ANA))})
        assert [message.outgoing for message in messages(source)][:2] == [False, True]

    def test_owner_by_name(self, tmp_path: Path) -> None:
        """Where no address of the owner's is known the name tells, in any case and spacing."""
        row = chat(Address(name="ROBIN  Vale"), Address(name="Ana Lopes"))
        assert one(tmp_path, row).outgoing

    def test_nameless_export(self, tmp_path: Path) -> None:
        """Without Profile.csv the owner's name has to come from elsewhere, or the export is refused."""
        files = {"messages.csv": text(CHAT, chat(ROBIN, ANA))}
        with pytest.raises(SourceError, match=r"Profile\.csv is missing"):
            messages(export(tmp_path, files))
        assert messages(LinkedInExport(tmp_path, owner="Robin Vale"))[0].outgoing

    def test_recipients_with_addresses(self, tmp_path: Path) -> None:
        """Names that hold a comma are paired with their addresses all the same."""
        row = chat(ANA, ROBIN, TO="Robin Vale, Ben Oduya, PhD", **{"RECIPIENT PROFILE URLS": f"{ROBIN.url},{BEN.url}"})
        assert one(tmp_path, row).recipients == (ROBIN, BEN)

    def test_one_recipient_with_commas(self, tmp_path: Path) -> None:
        """A single address has a single name, whatever is in it."""
        name = "Ben Oduya, PhD, MBA, Kind Person"
        assert one(tmp_path, chat(ANA, Address(name=name, url=BEN.url))).recipients == (
            Address(name=name, url=BEN.url),
        )

    def test_recipients_without_addresses(self, tmp_path: Path) -> None:
        """In layouts without addresses known names and degrees tell where a name ends."""
        connections = text(("First Name", "Last Name"), ("Chi", "Vu, of Hanoi"))
        row = chat(
            ANA,
            ROBIN,
            TO="Robin Vale, Chi Vu, of Hanoi, Jane Doe, Ph.D., MBA, Ana Lopes",
            **{"RECIPIENT PROFILE URLS": ""},
        )
        names = [each.name for each in one(tmp_path, row, Connections=connections).recipients]
        assert names == ["Robin Vale", "Chi Vu, of Hanoi", "Jane Doe, Ph.D., MBA", "Ana Lopes"]

    def test_more_addresses_than_names(self, tmp_path: Path) -> None:
        """Where names and addresses do not match the addresses count, named as they are elsewhere."""
        row = chat(ROBIN, ANA, TO="Ana", **{"RECIPIENT PROFILE URLS": f"{ANA.url},{PAGE}x"})
        found = one(tmp_path, chat(ANA, ROBIN, "2026-03-01 09:00:00 UTC"), row).recipients
        assert found == (ANA, Address(url=PAGE + "x"))


class TestInvitations:
    """Requests to connect."""

    def test_incoming(self, tmp_path: Path) -> None:
        """An invitation is a conversation of its own, named after the inviter's page."""
        row = ("Ana Lopes", "Robin Vale", "1/29/26, 2:37 PM", "Hello\r\nRobin", "INCOMING", ANA.url + "/", ROBIN.url)
        (message,) = messages(export(tmp_path, {"Invitations.csv": text(REQUEST, row)}))
        assert (message.channel, message.senders, message.recipients) == (Channel.INVITATION, (ANA,), (ROBIN,))
        assert message.thread_id == f"invitation:{ANA.url}"
        assert (message.text, message.date) == ("Hello\nRobin", datetime(2026, 1, 29, 14, 37, tzinfo=UTC))
        assert not message.outgoing

    def test_outgoing(self, tmp_path: Path) -> None:
        """The owner's own invitation belongs to the conversation of the one invited."""
        row = ("Robin Vale", "Ana Lopes", "1/29/26, 2:37 PM", "", "OUTGOING")
        (message,) = messages(export(tmp_path, {"Invitations.csv": text(REQUEST[:5], row)}))
        assert message.outgoing
        assert message.thread_id == "invitation:ana lopes"


class TestExport:
    """The export as a whole."""

    def test_file_names(self) -> None:
        """Case, spaces, underscores and folders do not matter; look-alikes and a Mac's shadows do."""
        names = [
            "x/Email_Addresses.CSV",
            "Messages.csv",
            "guide_messages.csv",
            "__MACOSX/connections.csv",
            "connections.txt",
        ]
        assert export_tables(names) == {"messages": "Messages.csv", "emailaddresses": "x/Email_Addresses.CSV"}

    def test_least_deep(self) -> None:
        """Of two files of one name the one nearer to the root counts."""
        assert export_tables(["a/messages.csv", "messages.csv"]) == {"messages": "messages.csv"}

    def test_saved_by_a_spreadsheet(self, tmp_path: Path) -> None:
        """Tables that went through a spreadsheet of another locale are read."""
        (tmp_path / "Profile.csv").write_text(PROFILE, encoding="utf-8")
        table = text(CHAT, chat(ANA, ROBIN, content="Grüße, Żaneta")).replace(",", ";").replace("Grüße;", "Grüße,")
        (tmp_path / "messages.csv").write_text(table.replace('"', ""), encoding="utf-16")
        assert messages(LinkedInExport(tmp_path))[0].text == "Grüße, Żaneta"

    def test_missing_column(self, tmp_path: Path) -> None:
        """A table without a required column is refused, and the column named."""
        source = export(tmp_path, {"Profile.csv": PROFILE, "messages.csv": text(CHAT[:7], chat(ANA, ROBIN)[:7])})
        with pytest.raises(SourceError, match=r"messages\.csv' lacks the column CONTENT"):
            messages(source)

    def test_only_connections(self, tmp_path: Path) -> None:
        """An export of connections alone has no conversations, which is no error."""
        source = export(tmp_path, {"Connections.csv": text(("First Name", "Last Name"), ("Ana", "Lopes"))})
        assert messages(source) == []
        assert source.connections() == [Contact(name="Ana Lopes")]

    def test_something_else(self, tmp_path: Path) -> None:
        """A folder without any of the tables is no export."""
        with pytest.raises(SourceError, match="not a LinkedIn data export"):
            messages(export(tmp_path, {"budget.csv": "a,b\n"}))

    def test_profile(self, tmp_path: Path) -> None:
        """Name, headline, positions, languages and addresses come from their own files; all but the first may lack."""
        files = {
            "Profile.csv": PROFILE,
            "Positions.csv": text(
                ("Company Name", "Title", "Started On", "Finished On"),
                ("A", "Strategist", "Jan 2013", ""),
                ("B", "Manager", "May 1998", "Dec 2012"),
            ),
            "Languages.csv": text(("Name", "Proficiency"), ("French", "Native"), ("English", "")),
            "Email Addresses.csv": text(
                ("Email Address", "Confirmed", "Primary"),
                ("old@example.com", "No", "No"),
                ("b@example.com", "Yes", "No"),
                ("a@example.com", "Yes", "Yes"),
            ),
        }
        found = export(tmp_path, files).profile()
        assert (found.name, found.headline, found.email) == ("Robin Vale", "Strategist", "a@example.com")
        assert found.addresses == ("a@example.com", "b@example.com")
        assert found.languages == ("French", "English")
        assert found.roles == (Role(title="Strategist", since=2013), Role(title="Manager", since=1998, until=2012))

    def test_no_profile(self, tmp_path: Path) -> None:
        """Without Profile.csv nobody can tell who the owner is."""
        with pytest.raises(SourceError, match=r"Profile\.csv is missing"):
            export(tmp_path, {"messages.csv": text(CHAT)}).profile()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-06-01 14:03:22 UTC", (2025, 6, 1, 14, 3, 22)),
        ("2024/02/01 15:02:55 UTC", (2024, 2, 1, 15, 2, 55)),
        ("2025-06-01T14:03:22.123Z", (2025, 6, 1, 14, 3, 22)),
        ("2025-06-01 14:03:22 +05:30", (2025, 6, 1, 8, 33, 22)),
        ("2025-06-01 14:03:22 -0330", (2025, 6, 1, 17, 33, 22)),
        ("1/29/26, 2:37 PM", (2026, 1, 29, 14, 37)),
        ("1/29/26, 2:37\u202fPM", (2026, 1, 29, 14, 37)),
        ("12/1/2025, 12:05 AM", (2025, 12, 1, 0, 5)),
        ("12/1/2025 12:05:09 p.m.", (2025, 12, 1, 12, 5, 9)),
        ("29.01.2026, 14:37", (2026, 1, 29, 14, 37)),
        ("5.1.26 14:37", (2026, 1, 5, 14, 37)),
        ("29/01/2026 14:37", (2026, 1, 29, 14, 37)),
    ],
)
def test_dates(written: str, expected: tuple[int, ...]) -> None:
    """Every shape of date that exports hold is read, without a zone as UTC."""
    assert moment(written) == datetime(*expected, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "5/10/24 14:37",
        "13/13/26, 2:37 PM",
        "2025-02-30 10:00:00 UTC",
        "2025-06-01 14:03:22 +99:00",
        "08 Feb 2026",
    ],
)
def test_no_dates(written: str) -> None:
    """A date that is broken, or could be two, is none."""
    assert moment(written) is None


@given(st.text(max_size=40))
def test_any_date(written: str) -> None:
    """No text makes the reader of dates fail."""
    found = moment(written)
    assert found is None or found.tzinfo is not None


def test_exam_export(tmp_path: Path) -> None:
    """An export as the exam builds it: one conversation a case, the invitations by their inviters."""
    files = {
        "messages.csv": text(CHAT, chat(ANA, ROBIN, SUBJECT="A question")),
        "Invitations.csv": text(
            REQUEST, ("Ben Oduya, PhD", "Robin Vale", "3/2/26, 9:14 AM", "", "INCOMING", BEN.url, ROBIN.url)
        ),
        "Profile.csv": PROFILE,
        "Connections.csv": 'Notes:\n"When exporting your connection data, some of the addresses are missing."\n\n'
        + text(
            ("First Name", "Last Name", "URL", "Email Address", "Company", "Position", "Connected On"),
            ("Chi", "Vu", PAGE + "chi", "chi@example.com", "Lingua", "Editor", "12 Mar 2016"),
        ),
    }
    first, second = messages(export(tmp_path, files))
    assert (first.channel, first.outgoing, first.sender) == (Channel.INMAIL, False, ANA)
    assert (second.channel, second.outgoing, second.sender) == (Channel.INVITATION, False, BEN)
    assert LinkedInExport(tmp_path).connections() == [
        Contact(name="Chi Vu", address="chi@example.com", url=PAGE + "chi", company="Lingua", position="Editor")
    ]
