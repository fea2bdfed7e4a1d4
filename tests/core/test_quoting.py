import json
import time
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kindregards.core.quoting import QuotingWords, new_text

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


@cache
def words() -> QuotingWords:
    """The word lists as shipped."""
    return QuotingWords.load((files("kindregards") / "data" / "quoting.toml").read_text(encoding="utf-8"))


NEW = "Thank you, that helps.\n\nBest regards\nAna"
ATTRIBUTIONS = {
    "en": "On Mon, Mar 2, 2026 at 9:00 AM Robin Sample <robin@example.com> wrote:",
    "en-broken": "On Mon, Mar 2, 2026 at 9:00 AM Robin Sample\n<robin@example.com>\nwrote:",
    "en-very-broken": "On Mar 2, 2026,\nat 9:00,\nRobin Sample <robin@example.com> wrote:",
    "en-short": "Robin Sample <robin@example.com> wrote:",
    "en-no-address": "On 2 Mar 2026, at 09:00, Robin Sample wrote:",
    "en-dashes": "---- On Mon, 02 Mar 2026 09:00:00 +0100 robin@example.com wrote ----",
    "date-first": "2026-03-02 9:00 GMT+01:00 Robin Sample <robin@example.com>:",
    "fr": "Le lun. 2 mars 2026 à 09:00, Robin Sample <robin@example.com> a écrit\xa0:",
    "fr-broken": 'Le 2 mars 2026 09:00, "Robin Sample"\n<robin@example.com>\na écrit :',
    "de": "Am Mo., 2. März 2026 um 09:00 Uhr schrieb Robin Sample <robin@example.com>:",
    "de-broken": 'Am 02.03.2026 09:00 schrieb "Robin Sample" <robin@example.com\n>:',
    "es": "El lun, 2 mar 2026 a las 9:00, Robin Sample (<robin@example.com>) escribió:",
    "it": "Il giorno lun 2 mar 2026 alle ore 09:00 Robin Sample <robin@example.com> ha scritto:",
    "pt": "Em seg., 2 de mar. de 2026 às 09:00, Robin Sample <robin@example.com> escreveu:",
    "nl": "Op ma 2 mrt 2026 om 09:00 schreef Robin Sample <robin@example.com>:",
    "nl-phone": "Op 2 mrt. 2026 om 09:00 heeft Robin Sample <robin@example.com> het\nvolgende geschreven:",
    "pl": "pon., 2 mar 2026 o 09:00 Robin Sample <robin@example.com> napisał(a):",
    "pl-2": "W dniu 02.03.2026 o 09:00, Robin Sample pisze:",
    "sv": "Den mån 2 mars 2026 kl 09:00 skrev Robin Sample <robin@example.com>:",
    "da": "Den man. 2. mar. 2026 kl. 09.00 skrev Robin Sample <robin@example.com>:",
    "nb": "man. 2. mar. 2026 kl. 09:00 skrev Robin Sample <robin@example.com>:",
    "fi": "ma 2. maalisk. 2026 klo 9.00 Robin Sample (robin@example.com) kirjoitti:",
    "cs": "po 2. 3. 2026 v 9:00 odesílatel Robin Sample <robin@example.com> napsal:",
    "cs-2": "Dne 2. března 2026 9:00 Robin Sample napsal(a):",
    "sk": "po 2. 3. 2026 o 9:00 Robin Sample <robin@example.com> napísal(a):",
    "ro": "Pe lun., 2 mar. 2026 la 09:00, Robin Sample <robin@example.com> a scris:",
    "tr": "Robin Sample <robin@example.com>, 2 Mar 2026 Pzt, 09:00 tarihinde şunu\nyazdı:",
    "ru": "пн, 2 мар. 2026 г. в 09:00, Robin Sample <robin@example.com>:",
    "ru-2": "2 марта 2026 г., 09:00, Robin Sample написал:",
    "uk": "пн, 2 бер. 2026 р. о 09:00 Robin Sample <robin@example.com> пише:",
    "bg": "На пн, 2.03.2026 г. в 9:00 Robin Sample <robin@example.com> написа:",
    "el": "Στις Δευ 2 Μαρ 2026 στις 9:00 π.μ., ο χρήστης Robin Sample <robin@example.com> έγραψε:",
    "ar": "في الاثنين، 2 مارس 2026 في 9:00 ص تمت كتابة ما يلي بواسطة Robin Sample <robin@example.com>:",
    "he": "בתאריך יום ב׳, 2 במרץ 2026 ב-9:00 מאת Robin Sample <robin@example.com>:",
    "zh": "Robin Sample <robin@example.com> 于2026年3月2日周一 09:00写道：",
    "zh-2": "在 2026年3月2日，上午9:00，Robin Sample <robin@example.com> 写道：",
    "zh-Hant": "Robin Sample <robin@example.com> 於 2026年3月2日 週一 上午9:00寫道：",
    "ja": "2026年3月2日(月) 9:00 Robin Sample <robin@example.com>:",
    "ja-2": "2026/03/02 9:00、Robin Sample <robin@example.com>のメール:",
    "ko": "2026년 3월 2일 (월) 오전 9:00, Robin Sample <robin@example.com>님이 작성:",
    "hu": "Robin Sample <robin@example.com> ezt írta (időpont: 2026. márc. 2., H, 9:00):",
    "hu-2": '2026.03.02. 9:00 keltezéssel, "Robin Sample" írta:',
    "ca": "Missatge de Robin Sample <robin@example.com> del dia dl., 2 de març 2026 a les 9:00:",
    "hr": "pon, 2. ožu 2026. u 09:00 Robin Sample <robin@example.com> napisao je:",
}


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_attributions_end_the_new_text(language: str) -> None:
    """Whoever wrote when is known as the beginning of an older mail, quoted or not, in every language."""
    line = ATTRIBUTIONS[language]
    assert new_text(f"{NEW}\n\n{line}\n\n> Hello,\n> this is old.\n", words()) == NEW
    assert new_text(f"{NEW}\n{line}\nHello,\n\nthis is old.\n", words()) == NEW


HEADERS = {
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "es": ("De", "Enviado el", "Para", "Asunto"),
    "it": ("Da", "Inviato", "A", "Oggetto"),
    "pt": ("De", "Enviada em", "Para", "Assunto"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "pl": ("Od", "Wysłano", "Do", "Temat"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
    "da": ("Fra", "Sendt", "Til", "Emne"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět"),
    "ro": ("De la", "Trimis", "Către", "Subiect"),
    "tr": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "ru": ("От", "Отправлено", "Кому", "Тема"),
    "uk": ("Від", "Надіслано", "Кому", "Тема"),
    "ar": ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
    "zh": ("发件人", "发送时间", "收件人", "主题"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "hu": ("Feladó", "Küldve", "Címzett", "Tárgy"),
    "ca": ("De", "Enviat el", "Per a", "Assumpte"),
}


@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.parametrize("form", ["{}: {}", "*{}:* {}", "{} :\xa0{}", "{}：{}"])
def test_copied_headers_end_the_new_text(language: str, form: str) -> None:
    """The header that office programs copy above an older mail is known in every language."""
    values = ("Robin Sample <robin@example.com>", "2 Mar 2026 09:00", "Ana", "Offer")
    block = "\n".join(form.format(name, value) for name, value in zip(HEADERS[language], values, strict=True))
    assert new_text(f"{NEW}\n\n________________________________\n{block}\n\nHello,\nthis is old.", words()) == NEW
    assert new_text(f"{NEW}\n\n\n{block}\nHello", words()) == NEW


@pytest.mark.parametrize(
    "mark",
    [
        "-----Original Message-----",
        "----- Original message follows -----",
        "-----Ursprüngliche Nachricht-----",
        "-------- Message d'origine --------",
        "---------- Forwarded message ---------",
        "-------- Mensaje original --------",
        "----- Messaggio originale -----",
        "-------- Oprindelig besked --------",
        "-------- Původní zpráva ----------",
        "-------- Исходное сообщение --------",
        "------------------ 原始邮件 ------------------",
        "-----元のメッセージ-----",
        "Begin forwarded message:",
        "Anfang der weitergeleiteten Nachricht:",
        "Début du message réexpédié :",
    ],
)
def test_lines_above_an_older_mail_end_the_new_text(mark: str) -> None:
    """A line that announces an original or forwarded mail is known with and without a header below it."""
    assert new_text(f"{NEW}\n\n{mark}\n\nHello,\nthis is old.", words()) == NEW


@pytest.mark.parametrize(
    "sign",
    [
        "Sent from my iPhone",
        "Sent from my Verizon Wireless BlackBerry",
        "Sent from my Anything 5G",
        "Get Outlook for iOS<https://outlook.example/x>",
        "Von meinem iPhone gesendet",
        "Diese Nachricht wurde von meinem Android-Mobiltelefon mit K-9 Mail gesendet.",
        "Envoyé de mon iPhone",
        "Envoyé à partir de Outlook pour iOS",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Wysłane z iPhone'a",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Odesláno z iPhonu",
        "Trimis de pe iPhone-ul meu",
        "iPhone'umdan gönderildi",
        "Отправлено с iPhone",
        "Надіслано з iPhone",
        "أُرسلت من الـ iPhone",
        "从我的 iPhone 发送",
        "發自我的 iPhone",
        "iPhoneから送信",
        "Elküldve az iPhone-omról",
        "Enviat des del meu iPhone",
        "나의 iPhone에서 보냄",
    ],
)
def test_what_a_telephone_signs_is_left_out(sign: str) -> None:
    """The line a device adds goes, the greeting and the name above it stay."""
    assert new_text(f"{NEW}\n\n{sign}\n", words()) == NEW


@pytest.mark.parametrize(
    "text",
    [
        NEW,
        "Sent from my desk, is much easier than my mobile phone.",
        "The notification was sent from my iPhone app to all users.",
        "On the one hand, we sell.\n\nOn the other hand, we buy.",
        "Here are the times:\n\n2026-03-02 14:30\n02.03.2026 14:30\n\nWhich one suits you?",
        "I fly\nFrom: Lisbon\nTo: Madrid\nDate: 3 May\n\nCould you host me?",
        "The data comes From: our database, not From: others.",
        "Our offer:\n----\n\n1. We translate your brochures for half a year.\n2. You pay us only after that.\n\nAna",
        "> You asked for a price.\n\nHere it is.",
        "Two questions:\n\n> Is it free?\n\nYes, it is.\n\n> For how long?\n\nFor a year.",
        "We met in 2019 at the fair.\nWrite to me at ana@example.com: I answer.",
        "In 2025 we made three offers to firms like yours:\ntranslation, design and print.",
        "- one -- two\n- three",
    ],
)
def test_what_somebody_wrote_stays(text: str) -> None:
    """Lines that only look like marks are kept, and so are quotes with answers between them."""
    assert new_text(text, words()) == text


@pytest.mark.parametrize("line", ["--", "-- ", "—", "__________", "*****", "====="])
def test_a_signature_under_a_line_is_left_out(line: str) -> None:
    """A short block under dashes or rules is a signature."""
    assert new_text(f"{NEW}\n\n{line}\nAna Lopes\nLingua Ltd.\n+351 555 0100\n", words()) == NEW


def test_an_answer_under_the_quote_is_found() -> None:
    """Where nothing stands above the quote the text below it is the answer."""
    old = ATTRIBUTIONS["en"] + "\n\n> Hello,\n> this is old.\n"
    assert new_text(f"{old}\n{NEW}\n\n--\nAna", words()) == NEW


def test_answers_in_between_keep_their_quotes() -> None:
    """Answers between quotes make no sense without them; only the line above them goes."""
    text = f"Hello,\n\n{ATTRIBUTIONS['en']}\n> Is it free?\n\nYes.\n\n> For how long?\n\nA year.\n> Bye"
    assert new_text(text, words()) == "Hello,\n\n> Is it free?\n\nYes.\n\n> For how long?\n\nA year."


def test_a_forwarded_mail_alone_is_its_text() -> None:
    """Of a mail that only forwards another the forwarded text is the new one."""
    mark = "---------- Forwarded message ----------\nFrom: Ana <ana@example.com>\nDate: Mon, Mar 2, 2026 at 9:00 AM"
    assert new_text(f"{mark}\nSubject: An offer\nthat is long\nTo: robin@example.com\n\n\n{NEW}", words()) == NEW


@pytest.mark.parametrize("text", ["", "\n\n", "> old\n> mail", ATTRIBUTIONS["en"] + "\n> old", "> a\n\n--\n"])
def test_nothing_new_is_nothing(text: str) -> None:
    """Quotes alone hold no new text."""
    assert new_text(text, words()) == ""


@pytest.mark.shared
def test_published_fixtures_are_met() -> None:
    """At least nine in ten of the mails with a known new text give that text."""
    path = SHARED / "data" / "reply_extraction" / "dev.jsonl"
    if not path.exists():
        pytest.skip("the reply fixtures do not lie beside the checkout")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    met = [" ".join(new_text(row["email"], words()).split()) == " ".join(row["trimmed"].split()) for row in rows]
    assert sum(met) >= 0.9 * len(met)


LINES = st.one_of(
    st.sampled_from(
        ["", "> q", "--", "-----", "text.", "Sent from my iPhone", "From: a@example.com", "To: b", "Subject: c"]
    ),
    st.sampled_from([line for block in ATTRIBUTIONS.values() for line in block.split("\n")]),
    st.text(max_size=20),
)


@given(st.lists(LINES, max_size=30).map("\n".join))
def test_new_text_is_part_of_the_text(body: str) -> None:
    """Any lines go through, and every line that comes out went in, in that order."""
    left = iter(line.rstrip() for line in body.split("\n"))
    assert all(line.rstrip() in left for line in new_text(body, words()).split("\n") if line)


@pytest.mark.parametrize(
    "line",
    [
        "To: x",
        "From: a@b.c",
        "a@b:",
        "On 1 Jan 2026 x <a@b.c>",
        "-----Original Message-----",
        "x\n===",
        "<",
        "--",
        ">",
        "wrote:",
    ],
)
def test_many_marks_cost_little(line: str) -> None:
    """64 kB of any one line are read in less than two seconds."""
    begin = time.process_time()
    new_text(f"{line}\n" * (65_536 // (len(line) + 1)), words())
    assert time.process_time() - begin < 2
