"""Mails of a network become what their members said; what only claims to come from it stays a mail."""

import tomllib
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formataddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.message import Address, Channel, Message
from kindregards.core.mime import parse
from kindregards.core.quoting import QuotingWords
from kindregards.desk.notification import HEADLINE, unwrap
from kindregards.desk.platforms import Platforms

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "kindregards" / "data"
SHARED = ROOT.parent / "shared"
PLATFORMS = Platforms.load((DATA / "platforms.toml").read_text(encoding="utf-8"))
WORDS = QuotingWords.load((DATA / "quoting.toml").read_text(encoding="utf-8"))
SITE = "https://www.linkedin.example"
GENUINE = "mx.example.net; dkim=pass header.d=linkedin.example; spf=pass smtp.mailfrom=b-1@bounce.linkedin.example; dmarc=pass (p=REJECT) header.from=linkedin.example"


def mail(name: str, local: str, subject: str, body: str, domain: str = "linkedin.example", **headers: str) -> Message:
    """A mail as the network sends it, through the real parser."""
    message = EmailMessage()
    message["From"] = formataddr((name, f"{local}@{domain}"))
    message["To"] = "Robin Vale <robin@owner.example>"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0100"
    message["Message-ID"] = "<1.JavaMail@linkedin.example>"
    for key, value in headers.items():
        message[key.replace("_", "-")] = value
    message.set_content(body)
    return parse(message.as_bytes(), quoting=WORDS)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A mail with a member's words in it, and what is to come out."""

    name: str
    local: str
    subject: str
    body: str
    channel: Channel
    member: str
    text: str
    headline: str = ""
    url: str = ""
    left: str = ""  #: the subject that is left
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.channel.value}: {self.subject}"


CASES = [
    Case(  # the layout of a raw mail of 2016
        name="Morgan Ellis",
        local="invitations",
        subject="Robin, please add me to your LinkedIn network",
        body=f"""Hi Robin,

I'd like to join your LinkedIn network.

Morgan Ellis
Managing Director

View profile: {SITE}/comm/profile/view?id=1&midToken=2&trk=eml-email_m2m_invite_single_01-hero-3-prof

Accept: {SITE}/comm/people/invite-accept?mboxid=3&invitationId=4&trk=eml-email_m2m_invite_single_01

.....................................

Unsubscribe: {SITE}/e/v2?e=5&t=lun&midToken=6

Help: {SITE}/e/v2?e=7&a=customerServiceUrl

You are receiving Invitation emails.

This email was intended for Robin Vale (Strategist at Vale & Co).
Learn why we included this: {SITE}/e/v2?e=8

© 2016 LinkedIn Corporation, 2029 Stierlin Court, Mountain View CA 94043.
""",
        channel=Channel.INVITATION,
        member="Morgan Ellis",
        text="Morgan Ellis\nManaging Director",
        headline="Managing Director",
    ),
    Case(
        name="Morgan Ellis",
        local="invitations",
        subject="Robin, please add me to your LinkedIn network",
        body=f"""Hi Robin,

we met at the forum in Gothenburg. I help manufacturers move
their service manuals into 30 languages: https://ellis.example/manuals

Shall we talk?

Morgan Ellis
Managing Director, Ellis Languages
Charlotte, North Carolina Area
3 mutual connections

View profile: {SITE}/comm/in/morgan-ellis-12?midToken=2&trk=eml

Accept: {SITE}/comm/people/invite-accept?invitationId=4&trk=eml

.....................................

This email was intended for Robin Vale (Strategist).
""",
        channel=Channel.INVITATION,
        member="Morgan Ellis",
        text="Hi Robin,\n\nwe met at the forum in Gothenburg. I help manufacturers move\ntheir service manuals into 30 languages: https://ellis.example/manuals\n\nShall we talk?",
        headline="Managing Director, Ellis Languages",
        url=f"{SITE}/in/morgan-ellis-12",
    ),
    Case(
        name="Nadège Courtin",
        local="invitations",
        subject="Nadège Courtin souhaite faire partie de votre réseau",
        body="Nadège Courtin\nDirectrice de la stratégie – Équipements du Nord\nValenciennes\n\n4 relations en commun\n\nAccepter | Voir le profil\n\nVous recevez les e-mails d’invitation.\nCet e-mail est destiné à Robin Vale.",
        channel=Channel.INVITATION,
        member="Nadège Courtin",
        text="Nadège Courtin\nDirectrice de la stratégie – Équipements du Nord",
        headline="Directrice de la stratégie – Équipements du Nord",
    ),
    Case(
        name="Corentin Vassal via LinkedIn",
        local="messages-noreply",
        subject="Corentin vous a envoyé un message",
        body=f"Corentin Vassal\nÉtudiant en école de commerce\n\nBonjour Monsieur Vale, je cherche un stage de six mois en conseil.\nMon CV est en lien.\n\nRépondre à Corentin · Voir le profil\n\nRépondre : {SITE}/comm/messaging/thread/2-YWJj%3D/?trk=eml\n",
        channel=Channel.MESSAGE,
        member="Corentin Vassal",
        text="Bonjour Monsieur Vale, je cherche un stage de six mois en conseil.\nMon CV est en lien.",
        headline="Étudiant en école de commerce",
    ),
    Case(
        name="Swantje Oltmann",
        local="invitations",
        subject="Swantje Oltmann möchte sich mit Ihnen vernetzen",
        body="Swantje Oltmann\nEntwicklerin bei Nordlicht Datenbanken\nOldenburg\n\nMoin Frau Vale, darf ich Ihnen nach dem Vernetzen eine längere Nachricht schicken?\n\nAnnehmen | Profil ansehen\n\nSie erhalten Einladungs-E-Mails.",
        channel=Channel.INVITATION,
        member="Swantje Oltmann",
        text="Moin Frau Vale, darf ich Ihnen nach dem Vernetzen eine längere Nachricht schicken?",
        headline="Entwicklerin bei Nordlicht Datenbanken",
    ),
    Case(
        name="Kerstin Wohlgemut",
        local="messages-noreply",
        subject="Kerstin hat Ihnen eine neue Nachricht gesendet",
        body="Kerstin Wohlgemut\nFinanzmentorin | Ich mache IT-Frauen frei 💜\n\nLiebe Robin, Sie erhalten von mir ein Mentoring für 990 Euro. Sind Sie dabei?\n\nAntworten · Profil ansehen\nDiese E-Mail war für Robin Vale bestimmt (Strategist). Hier erfahren Sie, warum wir das angeben.",
        channel=Channel.MESSAGE,
        member="Kerstin Wohlgemut",
        text="Liebe Robin, Sie erhalten von mir ein Mentoring für 990 Euro. Sind Sie dabei?",
        headline="Finanzmentorin | Ich mache IT-Frauen frei 💜",
    ),
    Case(
        name="Emilio Santacruz",
        local="invitations",
        subject="Emilio Santacruz quiere conectar contigo",
        body="Emilio Santacruz\nMaquinista ferroviario · Aficionado a la ornitología\nAlbacete\n\nSin contactos en común\n\nAceptar | Ver perfil",
        channel=Channel.INVITATION,
        member="Emilio Santacruz",
        text="Emilio Santacruz\nMaquinista ferroviario · Aficionado a la ornitología",
        headline="Maquinista ferroviario · Aficionado a la ornitología",
    ),
    Case(
        name="Rebeca Luján",
        local="inmail-hit-reply",
        subject="¿Y si tu asignatura cupiera en una app?",
        body=f"¿Y si tu asignatura cupiera en una app?\n\nHola, Robin:\n\nDesarrollamos aplicaciones docentes. ¿Tienes 15 minutos esta semana?\n\nRebeca Luján\n  Responder\n  {SITE}/messaging/thread/2-ZGVm?trk=eml\n\nEste email estaba destinado a Robin Vale (Strategist).",
        channel=Channel.INMAIL,
        member="Rebeca Luján",
        text="Hola, Robin:\n\nDesarrollamos aplicaciones docentes. ¿Tienes 15 minutos esta semana?",
        left="¿Y si tu asignatura cupiera en una app?",
        headline="",
    ),
    Case(
        name="Sabrina Lolli",
        local="invitations",
        subject="Sabrina Lolli vuole collegarsi con te",
        body="Ciao Robin,\n\nvorrei entrare a far parte della tua rete LinkedIn.\n\nSabrina Lolli\nReferente commerciale\n\nAccetta l’invito | Visualizza il profilo",
        channel=Channel.INVITATION,
        member="Sabrina Lolli",
        text="Sabrina Lolli\nReferente commerciale",
        headline="Referente commerciale",
    ),
    Case(
        name="Donatella Crippi",
        local="hit-reply",
        subject="Donatella Crippi ti ha inviato un messaggio",
        body=f"Donatella Crippi ti ha inviato un messaggio\n\nDonatella Crippi\nConsulente energia\n\nBuongiorno, posso mandarLe un preventivo?\n\nRispondi: {SITE}/comm/messaging/thread/2-Z2hp?trk=eml\nVedi profilo: {SITE}/comm/in/donatella-crippi?trk=eml\n\nQuesta email era destinata a Robin Vale.",
        channel=Channel.MESSAGE,
        member="Donatella Crippi",
        text="Buongiorno, posso mandarLe un preventivo?",
        headline="Consulente energia",
        url=f"{SITE}/in/donatella-crippi",
    ),
    Case(
        name="Yuri Fontenele",
        local="invitations",
        subject="Yuri Fontenele quer se conectar",
        body="Yuri Fontenele\nGestor de tráfego pago 🚀\n\nOi Robin! Conecta comigo que te mostro como captar 100 doadores/mês.\n\nAceitar · Ignorar",
        channel=Channel.INVITATION,
        member="Yuri Fontenele",
        text="Oi Robin! Conecta comigo que te mostro como captar 100 doadores/mês.",
        headline="Gestor de tráfego pago 🚀",
    ),
    Case(
        name="Marjolein Depuis",
        local="messaging-digest-noreply",
        subject="Marjolein Depuis heeft u een bericht gestuurd",
        body="Marjolein Depuis\nPhD researcher\n\nDag dokter, graag uw mening over onze studie.\n\nBeantwoorden\n\nDeze e-mail was bedoeld voor Robin Vale.",
        channel=Channel.MESSAGE,
        member="Marjolein Depuis",
        text="Dag dokter, graag uw mening over onze studie.",
        headline="PhD researcher",
    ),
    Case(
        name="Dominik Sojka",
        local="invitations",
        subject="Dominik Sojka chce nawiązać z Tobą kontakt",
        body="Cześć! Pomagam zdobywać 5-10 klientów miesięcznie.\n\nDominik Sojka\nTrener sprzedaży\nKraków\n2 wspólne kontakty\n\nZaakceptuj | Zobacz profil",
        channel=Channel.INVITATION,
        member="Dominik Sojka",
        text="Cześć! Pomagam zdobywać 5-10 klientów miesięcznie.",
        headline="Trener sprzedaży",
    ),
    Case(
        name="Аркадий Белозёров",
        local="invitations",
        subject="Аркадий Белозёров хочет добавить вас в контакты",
        body="Аркадий Белозёров\nИмпорт мебели\n\nЗдравствуйте! Буду рад знакомству.\n\nПринять | Посмотреть профиль",
        channel=Channel.INVITATION,
        member="Аркадий Белозёров",
        text="Здравствуйте! Буду рад знакомству.",
        headline="Импорт мебели",
    ),
    Case(
        name="山田花子",
        local="messages-noreply",
        subject="山田花子さんからメッセージが届いています",
        body="山田花子\n翻訳者\n\nはじめまして。翻訳のご依頼はありませんか。\n\n返信する | プロフィールを見る",
        channel=Channel.MESSAGE,
        member="山田花子",
        text="はじめまして。翻訳のご依頼はありませんか。",
        headline="翻訳者",
    ),
    Case(  # a shortened name, and no announcement: the sender's local part tells
        name="Neeraj S.",
        local="inmail-hit-reply",
        subject="Dedicated Rust team",
        body=f"Dedicated Rust team\n\nDear Robin, we provide engineers at 11 USD per hour.\n\nNeeraj Sharma\n  Reply\n  {SITE}/messaging/thread/2-amts?trk=eml\n\nThis email was intended for Robin Vale.",
        channel=Channel.INMAIL,
        member="Neeraj S.",
        text="Dear Robin, we provide engineers at 11 USD per hour.",
        left="Dedicated Rust team",
        headers={"X_LinkedIn_Class": "INMAIL"},
    ),
    Case(  # the name stands in the subject only
        name="LinkedIn",
        local="invitations",
        subject="Reminder: Jane Oakes wants to connect",
        body="Jane Oakes\nTalent Partner\n\nAccept | Ignore",
        channel=Channel.INVITATION,
        member="Jane Oakes",
        text="Jane Oakes\nTalent Partner",
        headline="Talent Partner",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_members_words(case: Case) -> None:
    """A member's own words come out, and nothing of the network's around them."""
    headers = {"List_Unsubscribe": f"<{SITE}/e/v2?u=1>", "Authentication_Results": GENUINE} | case.headers
    carrier = mail(case.name, case.local, case.subject, case.body, **headers)
    found = unwrap(carrier, PLATFORMS)
    assert found.channel is case.channel
    assert found.text == case.text
    assert found.senders == (Address(name=case.member, url=case.url),)
    assert found.headers == (((HEADLINE, case.headline),) if case.headline else ())
    assert found.subject == case.left
    assert (found.reply_to, found.return_path, found.warnings) == ((), None, ())
    assert (found.key, found.message_id, found.body) == (carrier.key, carrier.message_id, carrier.body)


def test_conversation_id() -> None:
    """A link to the conversation gives its id, as the export has it."""
    case = next(case for case in CASES if case.local == "messages-noreply")
    assert unwrap(mail(case.name, case.local, case.subject, case.body), PLATFORMS).thread_id == "2-YWJj="


PLATFORM_MAILS = [
    (
        "LinkedIn",
        "notifications-noreply",
        "Félicitez Nathalie Prigent pour ses 20 ans chez Télécoms",
        "Nathalie Prigent célèbre ses 20 ans.\n\nEnvoyer un message",
    ),
    ("LinkedIn", "notifications", "Jane Oakes has a birthday today", "Say happy birthday to Jane"),
    (
        "LinkedIn Premium",
        "premium-noreply",
        "Robin, 1 mois de Premium offert",
        "Découvrez qui consulte votre profil.\n\nSe désabonner · Aide",
    ),
    (
        "LinkedIn Job Alerts",
        "jobalerts-noreply",
        '"vendor manager": 9 new jobs in Lyon',
        "Vendor Manager – Alpine Bikes – Annecy",
    ),
    ("LinkedIn", "messages-noreply", "Jane Oakes and 6 others sent messages", "See all messages"),
    ("LinkedIn", "messages-noreply", 'Walter Giacom shared a post: "Nuovi arrivi"', "See what he has to say"),
    ("LinkedIn", "invitations", "Robin, możesz znać te osoby", "Osoby, które możesz znać\n\nKinga Bernat – Rekruterka"),
    ("Jane Oakes", "invitations", "Jane Oakes accepted your invitation", "See Jane's connections"),
    ("Jane Oakes", "messages-noreply", "Jane Oakes and 3 others", f"Reply: {SITE}/comm/messaging/thread/2-a/?trk=eml"),
    ("LinkedIn", "editors", "Te hemos seleccionado: añade tu perspectiva", "12 expertos ya han respondido."),
    ("LinkedIn Talent", "hiring", "Robin, are you hiring?", "Post a job in minutes. Unsubscribe"),
    ("Jane Oakes", "jobs-listings", "Jane Oakes is hiring", "Strategist – Oakes"),
    ("LinkedIn", "hit-reply", "Your weekly numbers", "You appeared in 41 searches."),
    ("", "security-noreply", "Your password was changed", "If this was not you, tell us."),
]


@pytest.mark.parametrize(("name", "local", "subject", "body"), PLATFORM_MAILS)
def test_networks_own_mail(name: str, local: str, subject: str, body: str) -> None:
    """What the network itself writes, about whomever, is a notification and otherwise unchanged."""
    carrier = mail(name, local, subject, body)
    found = unwrap(carrier, PLATFORMS)
    assert found.channel is Channel.NOTIFICATION
    assert (found.text, found.senders, found.headers) == (carrier.text, carrier.senders, carrier.headers)


def test_marketing_domain() -> None:
    """Mail from a subdomain of the network is the network's."""
    assert (
        unwrap(mail("LinkedIn", "news", "News", "News", domain="e.linkedin.com"), PLATFORMS).channel
        is Channel.NOTIFICATION
    )


def test_colleague() -> None:
    """A person who works for the network and writes with her own address sends a mail like anybody else's."""
    carrier = mail(
        "Anna Kowalska", "akowalska", "Our ads for your events", "Hello Robin, may I show you our ads?\n\nAnna"
    )
    assert unwrap(carrier, PLATFORMS) is carrier
    listed = mail("Anna Kowalska", "akowalska", "Our ads", "Hello", List_Unsubscribe="<https://linkedin.example/u>")
    assert unwrap(listed, PLATFORMS).channel is Channel.NOTIFICATION


INVITATION = CASES[1]

FORGED = [
    {
        "Authentication_Results": "mx.example.net; dkim=fail header.d=linkedin.example; dmarc=fail header.from=linkedin.example"
    },
    {
        "Authentication_Results": "mx.example.net; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=x@evil.example"
    },
    {"Authentication_Results": "mx.example.net; dkim=pass header.d=notlinkedin.example"},
    {"Authentication_Results": "mx.example.net; dkim=none; spf=none"},
    {"Authentication_Results": "mx.example.net; dkim=pass ( header.d=linkedin.example ) header.d=evil.example"},
    {"Authentication_Results": "mx.example.net; dmarc=fail; dkim=pass header.d=linkedin.example"},
    {"Reply_To": "morgan@evil.example"},
]


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_forged(headers: dict[str, str]) -> None:
    """A mail that the receiver could not confirm, or whose answers go elsewhere, stays a mail with a warning."""
    carrier = mail(INVITATION.name, INVITATION.local, INVITATION.subject, INVITATION.body, **headers)
    found = unwrap(carrier, PLATFORMS)
    assert found.channel is Channel.EMAIL
    assert (found.text, found.senders) == (carrier.text, carrier.senders)
    assert any("claims to come from LinkedIn" in warning for warning in found.warnings)


def test_later_result_is_not_asked() -> None:
    """Only the topmost result is the receiver's own: one that came with the mail proves nothing."""
    raw = f"Authentication-Results: mx.example.net; dmarc=fail header.from=linkedin.example\nAuthentication-Results: {GENUINE}\nFrom: LinkedIn <x@linkedin.example>\n\nHello\n"
    assert unwrap(parse(raw.encode(), quoting=WORDS), PLATFORMS).channel is Channel.EMAIL


@pytest.mark.parametrize(
    "results",
    [
        GENUINE,
        "mx.example.net; none",
        "mx.example.net; iprev=pass",
        "mx.example.net 1; dkim=pass header.i=@linkedin.example",
        "mx.example.net; dmarc=pass",
        "mx.example.net; spf=softfail; dkim=pass header.d=mail.linkedin.example",
    ],
)
def test_genuine(results: str) -> None:
    """An aligned pass, or a receiver that says nothing, is believed."""
    carrier = mail(
        INVITATION.name, INVITATION.local, INVITATION.subject, INVITATION.body, Authentication_Results=results
    )
    assert unwrap(carrier, PLATFORMS).channel is Channel.INVITATION


@pytest.mark.parametrize(
    "link",
    [
        "Accept: https://linkedin.example.evil.example/invite-accept",
        "Accept\nhttps://evil.example/x",
        "View profile <https://evil.example/?linkedin.example>",
    ],
)
def test_buttons_that_lead_elsewhere(link: str) -> None:
    """A button of the frame that leads out of the network gives a forgery away."""
    found = unwrap(mail("Morgan Ellis", "invitations", INVITATION.subject, f"Hi Robin,\n\n{link}\n"), PLATFORMS)
    assert found.channel is Channel.EMAIL
    assert found.warnings == ("The message claims to come from LinkedIn, but its buttons lead elsewhere.",)


def test_links_of_members_are_free() -> None:
    """A link in a member's own words may lead wherever it likes."""
    body = "Hello Robin,\nsee https://ellis.example and https://www.linkedin.example/in/morgan\n\nMorgan"
    found = unwrap(mail("Morgan Ellis", "hit-reply", "Morgan Ellis sent you a message", body), PLATFORMS)
    assert found.channel is Channel.MESSAGE
    assert "https://ellis.example and https://www.linkedin.example/in/morgan" in found.text


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("LinkedIn", "evil.example"),
        ("Jane via LinkedIn", "mail.evil.example"),
        ("Jane (LinkedIn)", "mail.evil.example"),
        ("Jane Oakes", "linkedin-mail.example"),
        ("LinkedIn", "evillinkedin.example"),
    ],
)
def test_look_alike(name: str, domain: str) -> None:
    """A stranger's mail under the network's name is a mail, with a warning."""
    carrier = mail(name, "invitations", INVITATION.subject, INVITATION.body, domain=domain)
    found = unwrap(carrier, PLATFORMS)
    assert found.channel is Channel.EMAIL
    assert "The message uses the name of LinkedIn, but does not come from there." in found.warnings


def test_ordinary_mail() -> None:
    """Any other mail comes back as it is, whatever it says about the network."""
    carrier = mail("Ana Lopes", "ana", "I want to connect", "I saw you on LinkedIn.\n\nAccept", domain="lingua.example")
    assert unwrap(carrier, PLATFORMS) is carrier


def test_outgoing() -> None:
    """What the owner wrote is never unwrapped."""
    message = Message(key="", senders=(Address(address="invitations@linkedin.example"),), outgoing=True)
    assert unwrap(message, PLATFORMS) is message


def test_several_authors() -> None:
    """A mail with more than one author is not believed to be the network's."""
    senders = (Address(name="Jane Oakes", address="hit-reply@linkedin.example"), Address(address="x@evil.example"))
    for order in (senders, senders[::-1]):
        found = unwrap(Message(key="", senders=order, subject="Hello", body="Hello"), PLATFORMS)
        assert (found.channel, len(found.warnings)) == (Channel.EMAIL, 1)


def test_owners_page_is_not_the_members() -> None:
    """Of two pages in a mail without a label nobody can tell whose they are."""
    body = f"Hello Robin.\n\n{SITE}/comm/in/robin-vale?trk=eml\n{SITE}/comm/in/jane-oakes?trk=eml\n"
    assert unwrap(mail("Jane Oakes", "hit-reply", "Hello", body), PLATFORMS).sender.url == ""
    body = f"Jane Oakes\n{SITE}/comm/in/jane-oakes?trk=eml\n\nHello Robin.\n\n{SITE}/comm/in/robin-vale?trk=eml\n"
    assert unwrap(mail("Jane Oakes", "hit-reply", "Hello", body), PLATFORMS).sender.url == f"{SITE}/in/jane-oakes"


def test_page_that_the_member_typed() -> None:
    """A member cannot pass for somebody else with a link to their page, marked like the network's or not."""
    real = f"View profile: {SITE}/comm/in/jane-oakes?trk=eml\n"
    for typed in (f"View profile: {SITE}/in/ana-lopes", f"View profile: {SITE}/comm/in/ana-lopes?trk=x"):
        found = unwrap(mail("Jane Oakes", "hit-reply", "Hello", f"Hello Robin.\n{typed}\n\n{real}"), PLATFORMS)
        assert found.sender.url in ("", f"{SITE}/in/jane-oakes")
    found = unwrap(mail("Jane Oakes", "hit-reply", "Hello", f"Hello, see {SITE}/in/ana-lopes"), PLATFORMS)
    assert found.sender.url == ""


def test_short_message() -> None:
    """A message may be a greeting and no more; words about mutual contacts are the member's own."""
    assert unwrap(mail("Jane Oakes", "hit-reply", "Hello", "Hi Robin!"), PLATFORMS).text == "Hi Robin!"
    body = "Two mutual connections told me about you.\n\n2 mutual connections, including Ana"
    assert (
        unwrap(mail("Jane Oakes", "hit-reply", "x", body), PLATFORMS).text
        == "Two mutual connections told me about you."
    )


def test_html_only() -> None:
    """A mail of HTML alone, whose links are gone, still gives the words."""
    message = EmailMessage()
    message["From"] = "Jane Oakes <invitations@linkedin.example>"
    message["Subject"] = "Jane Oakes wants to connect"
    message.set_content(
        "<div style='display:none'>Hi Robin, I'd like to join your LinkedIn network.</div><table><tr><td>Robin Vale</td></tr></table>"
        "<p>Hi Robin, we sell pallets.</p><p><b>Jane Oakes</b><br>Pallets &amp; more<br>Lyon</p><p><a href='x'>Accept</a></p><p><a href='y'>View profile</a></p><p>© 2026 LinkedIn Ireland</p>",
        subtype="html",
    )
    found = unwrap(parse(message.as_bytes(), quoting=WORDS), PLATFORMS)
    assert found.channel is Channel.INVITATION
    assert found.text.endswith("Hi Robin, we sell pallets.")
    assert found.header(HEADLINE) == "Pallets & more"


class TestExported:
    """Messages of an export are the member's already; what a copied mail leaves around them goes."""

    @pytest.mark.parametrize(
        ("text", "left"),
        [
            (
                "Yuki Hanabusa\nCeramic artist\nKanazawa\n\n1 mutual connection: Ulla Kettunen\n\nAccept | View profile",
                "Yuki Hanabusa\nCeramic artist\nKanazawa",
            ),
            ("Hallo!\n\nAntworten · Profil ansehen\nDiese E-Mail war für Robin Vale bestimmt.", "Hallo!"),
            ("Tampa, FL\n\nNo mutual connections\n\nAccept | Ignore", "Tampa, FL"),
        ],
    )
    def test_frame(self, text: str, left: str) -> None:
        """Buttons, mutual contacts and footers are dropped, name and headline stay."""
        assert unwrap(Message(key="", channel=Channel.INVITATION, text=text), PLATFORMS).text == left

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Hello,\n\n  indented | text\n\nAccept my best wishes\n",
            "Sie erhalten ein Angebot.\n\nHilfe brauchen wir alle.",
        ],
    )
    def test_nothing_to_drop(self, text: str) -> None:
        """A message without a frame comes back as it is."""
        message = Message(key="", channel=Channel.MESSAGE, text=text)
        assert unwrap(message, PLATFORMS) is message


@pytest.mark.parametrize("name", ["2016-05-02-invitation-a.eml", "2016-05-02-invitation-b.eml"])
def test_real_invitations(name: str) -> None:
    """Two real invitations without a note give name and headline, and no word of the network's."""
    path = SHARED / "data" / "linkedin_notifications" / name
    if not path.exists():
        pytest.skip("the real notification mails do not lie beside the checkout")
    found = unwrap(parse(path.read_bytes(), quoting=WORDS), PLATFORMS)
    assert found.channel is Channel.INVITATION
    assert found.sender.name in ("Morgan Example", "Foo Bar")
    assert found.text == f"{found.sender.name}\n{found.header(HEADLINE)}"
    assert found.header(HEADLINE) in ("Managing Director", "Vice President")


@given(st.text(max_size=300), st.text(max_size=80), st.sampled_from(["hit-reply", "invitations", "inmail-hit-reply"]))
def test_anything(body: str, subject: str, local: str) -> None:
    """Whatever stands in a mail of the network, unwrapping it gives a message and never fails."""
    message = Message(
        key="",
        senders=(Address(name="Jane", address=f"{local}@linkedin.example"),),
        subject=subject,
        body=body,
        text=body,
    )
    found = unwrap(message, PLATFORMS)
    assert found.channel is not Channel.EMAIL or found.warnings
    assert found.body == body


def test_every_language_is_whole() -> None:
    """Every language has all lists of wordings, so that none can be half unwrapped."""
    phrases = tomllib.loads((DATA / "platforms.toml").read_text(encoding="utf-8"))["phrases"]
    assert len(phrases) >= 19
    keys = {"via", "invitation", "message", "inmail", "several", "boilerplate", "buttons", "mutual", "footers"}
    assert all(set(table) == keys and all(table.values()) for table in phrases.values())
