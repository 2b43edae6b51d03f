"""What a desk's mail seems to say. It is proposed, and in doubt it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.mail import MailReading
from monitor.model.report import AnswerKind
from monitor.takedown.answers import own_words, proposal_of

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
REMOVED, REFUSED = AnswerKind.REMOVED, AnswerKind.REFUSED
MORE, RECEIVED = AnswerKind.MORE_ASKED, AnswerKind.ACKNOWLEDGED

SAID = [
    pytest.param("We have removed the content you reported.", REMOVED, id="removed"),
    pytest.param(
        "The content you reported has been\nremoved from our platform.", REMOVED, id="removed, over two lines"
    ),
    pytest.param("The page is no longer available.", REMOVED, id="no longer available"),
    pytest.param("Wir haben das Bild entfernt.", REMOVED, id="removed, in German"),
    pytest.param("Hemos eliminado el contenido.", REMOVED, id="removed, in Spanish"),
    pytest.param("Nous avons supprimé l'image.", REMOVED, id="removed, in French"),
    pytest.param("The image has not been removed.", None, id="not removed"),
    pytest.param("If we removed it, you will hear from us.", None, id="if removed"),
    pytest.param("Once the content has been removed we will write.", None, id="once removed"),
    pytest.param("Das Bild wurde nicht entfernt.", REFUSED, id="refused, in German"),
    pytest.param("It does not violate our rules.", REFUSED, id="refused"),
    pytest.param("It doesn't go against our standards.", REFUSED, id="refused, in short"),
    pytest.param("We decided not to remove it.", REFUSED, id="decided not to"),
    pytest.param("No infringe nuestras normas.", REFUSED, id="refused, in Spanish"),
    pytest.param("Ce contenu n'enfreint pas nos règles.", REFUSED, id="refused, in French"),
    pytest.param("Please provide the exact URL so that we can act.", MORE, id="an address is asked for"),
    pytest.param("If you want us to act, please provide more information.", MORE, id="asked with an if"),
    pytest.param("We need to confirm your identity.", MORE, id="who she is is asked for"),
    pytest.param("Wir benötigen noch weitere Angaben.", MORE, id="asked, in German"),
    pytest.param("Veuillez nous fournir l'adresse.", MORE, id="asked, in French"),
    pytest.param("Thank you for your report. We are reviewing it.", RECEIVED, id="received"),
    pytest.param("Thank you for your report. We have removed it.", REMOVED, id="received and removed"),
    pytest.param("Hemos recibido su solicitud.", RECEIVED, id="received, in Spanish"),
    pytest.param("We removed two. The third does not violate our rules.", None, id="two answers at once"),
    pytest.param("Hello.", None, id="nothing"),
    pytest.param("", None, id="empty"),
    pytest.param("Hello\n\n> We have removed it.\n> Bye", None, id="quoted"),
    pytest.param(
        "Your account has been removed from our mailing list. We received your report.",
        RECEIVED,
        id="an account was removed from a list",
    ),
    pytest.param("Ihr Konto wurde aus dem Verteiler gelöscht.", None, id="an account, in German"),
    pytest.param("Su cuenta ha sido eliminada.", None, id="an account, in Spanish"),
    pytest.param("Votre compte a été supprimé.", None, id="an account, in French"),
    pytest.param("The account that posted it has been removed.", REMOVED, id="the other's account"),
    pytest.param(
        "The content was removed, but after a counter-notice it was restored.", None, id="removed, then restored"
    ),
    pytest.param("It has been removed. On appeal we have reinstated it.", None, id="reinstated, in another sentence"),
    pytest.param("Der Inhalt wurde entfernt und später wiederhergestellt.", None, id="restored, in German"),
    pytest.param("El contenido fue eliminado, pero ha sido restablecido.", None, id="restored, in Spanish"),
    pytest.param("L'image a été supprimée puis rétablie.", None, id="restored, in French"),
    pytest.param("Please note: content that has been removed by us is listed below. None.", None, id="an empty list"),
    pytest.param("The following content has been removed: 1", REMOVED, id="a list of what was removed"),
    pytest.param("We have removed the content listed below.", REMOVED, id="what stands in a list was removed"),
    pytest.param(
        "Thanks, we got it.\n\nFrom: Jane\nSent: Sunday\nTo: abuse\nSubject: x\n\nIt has been removed before.",
        None,
        id="Outlook's quote",
    ),
    pytest.param(
        "Hallo\n\n*Von:* Jane\n*Gesendet:* Sonntag\n*An:* abuse\n*Betreff:* x\n\nDas Bild wurde entfernt.",
        None,
        id="Outlook's quote, in German, in bold",
    ),
    pytest.param(
        "Hola\n\nDe: Jane\nEnviado el: domingo\nPara: abuse\nAsunto: x\n\nHa sido eliminado.",
        None,
        id="Outlook's quote, in Spanish",
    ),
    pytest.param(
        "Bonjour\n\nDe : Jane\nEnvoyé : dimanche\nÀ : abuse\nObjet : x\n\nL'image a été supprimée.",
        None,
        id="Outlook's quote, in French",
    ),
    pytest.param("From: our team\n\nWe have removed it.", REMOVED, id="a line that begins like a head"),
    pytest.param(
        "Hello\n\nOn Sun, 29 Nov 2026, Jane wrote:\nI ask that it has been removed.", None, id="her own words"
    ),
]


@pytest.mark.parametrize(("text", "outcome"), SAID)
def test_what_a_mail_says(text: str, outcome: AnswerKind | None) -> None:
    proposal = proposal_of(MailReading(text=text, sender="desk@site.example"), NOW)
    assert proposal.outcome is outcome
    assert bool(proposal.because) or outcome is None


@pytest.mark.parametrize(
    ("subject", "text", "numbers"),
    [
        pytest.param("Your request [#12345]", "", ("12345",), id="in brackets"),
        pytest.param("Re: Ticket 2026-1129-AB", "Case number: 77", ("2026-1129-AB",), id="two digits are none"),
        pytest.param("", "Your case number is CAS-0042.", ("CAS-0042",), id="number is"),
        pytest.param("", "Reference: #A1B2C3", ("A1B2C3",), id="with a sign"),
        pytest.param("", "Ihre Vorgangsnummer: 99-4410", ("99-4410",), id="in German"),
        pytest.param("", "Número de caso 44120", ("44120",), id="number of case"),
        pytest.param("", "expediente nº 44120", ("44120",), id="in Spanish"),
        pytest.param("Ticket 111-A", "ticket 222-B", ("111-A", "222-B"), id="the subject first"),
        pytest.param("", "We report that this request is closed in case of doubt", (), id="words alone"),
        pytest.param("", "> Ticket 4711-X", (), id="quoted"),
    ],
)
def test_which_number_it_names(subject: str, text: str, numbers: tuple[str, ...]) -> None:
    assert proposal_of(MailReading(subject=subject, text=text), NOW).numbers == numbers


@pytest.mark.parametrize(
    ("mail", "outcome", "dead"),
    [
        pytest.param(
            MailReading(failed=("abuse@desk.example",), why="550 unknown", text="We have removed the mailbox."),
            AnswerKind.BOUNCED,
            ("abuse@desk.example",),
            id="by the standard",
        ),
        pytest.param(
            MailReading(subject="Mail delivery failed: returning message", sender="Mailer-Daemon@mx.example"),
            AnswerKind.BOUNCED,
            (),
            id="by its subject and sender",
        ),
        pytest.param(
            MailReading(subject="Undelivered Mail", sender="desk@site.example"), None, (), id="by its subject alone"
        ),
        pytest.param(MailReading(is_automatic=True, text="Hello"), RECEIVED, (), id="automatic, no bounce"),
    ],
)
def test_what_came_back(mail: MailReading, outcome: AnswerKind | None, dead: tuple[str, ...]) -> None:
    proposal = proposal_of(mail, NOW)
    assert (proposal.outcome, proposal.dead) == (outcome, dead)


@pytest.mark.parametrize(
    ("date", "at"),
    [
        pytest.param("Sun, 29 Nov 2026 10:00:00 +0100", datetime(2026, 11, 29, 9, tzinfo=UTC), id="with its zone"),
        pytest.param("Sun, 29 Nov 2026 12:00:01 +0000", None, id="still to come"),
        pytest.param("yesterday", None, id="no date"),
        pytest.param("Sun, 31 Feb 2026 10:00:00 +0000", None, id="a day that is none"),
        pytest.param("", None, id="none"),
    ],
)
def test_when_it_was_sent(date: str, at: datetime | None) -> None:
    assert proposal_of(MailReading(date=date), NOW).sent_at == at


def test_what_was_sent_before_is_taken_out() -> None:
    assert own_words("a\n> b\nc\n-----Original Message-----\nd") == "a\nc"
    assert own_words("a\nAm 29.11.2026 um 10:00 schrieb Jane:\nb") == "a"


@settings(max_examples=40)
@given(st.text(max_size=500), st.text(max_size=100), st.text(max_size=50))
def test_any_mail_gives_a_proposal(text: str, subject: str, date: str) -> None:
    proposal = proposal_of(MailReading(text=text, subject=subject, date=date), NOW)
    assert all(any(c.isdigit() for c in number) for number in proposal.numbers)
    assert proposal.sent_at is None or proposal.sent_at <= NOW
