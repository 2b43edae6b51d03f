"""An alert as mail: Apprise reads the URL and knows the providers, the message and the talk with the server are ours.

One transaction for each recipient: whatever one server says of one person holds up nobody else, and is known of that
one. The waits are those of RFC 5321 section 4.5.3.2.
"""

from __future__ import annotations

import contextlib
import email.utils
import re
import smtplib
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Any

from apprise import AppriseAsset
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email.base import NotifyEmail, PGPMode
from apprise.plugins.email.smtp import SMTPSecureMode

from monitor.clock import utc_now
from monitor.model.alert import Answer
from monitor.outbound.alerts.addresses import Entry, Written, ascii_url, read_written
from monitor.outbound.alerts.talk import ChannelFailed, LogInRefused, Parent, target_of, time_limit
from monitor.parts.messages.own import SendJob, SendWaits

# RFC 5321 section 4.1.3: an address literal; the machine's own name would stand in the mail
EHLO_NAME = "[127.0.0.1]"
OURS = frozenset({"message-id", "date", "from", "to", "cc", "bcc", "subject", "reply-to", "mime-version"})
# RFC 5321 section 4.2.2 (commands), RFC 7504 (no mail at all), RFC 4954 (log in first, or anew)
OF_THE_SESSION = frozenset({421, 500, 502, 503, 504, 521, 530, 534, 535, 538})
NO_PGP = "PGP is not supported here, and the mail would go out in clear; remove pgp= from the URL"
MOST_IN_A_HEADER = 200  # characters of a name or a subject
LOST_IN_A_ROW = 2  # connections; the other recipients are not made to wait for more of them


@dataclass(frozen=True, slots=True)
class Recipient:
    """address: as it goes into the envelope, its domain in ASCII. label: its place in the URL. to: whom the mail is
    addressed to, which is another one for a copy. problem: why no server is asked about it."""

    address: str
    label: str
    to: Address
    problem: str = ""

    @property
    def target(self) -> str:
        return target_of("mail", self.address.casefold())


class ServerSaid(Exception):
    """What the server answered while one recipient's mail was offered. It goes on listening.

    about_us: of the sender, the session or the server. Whose turn it was refused nothing, so it is not a last word.
    """

    def __init__(self, code: int, to: str) -> None:
        super().__init__(f"the mail server answered {code} to {to}")
        self.code = code
        self.about_us = to == "MAIL" or code in OF_THE_SESSION

    @property
    def answer(self) -> Answer:
        return Answer.REFUSED if self.code >= 500 and not self.about_us else Answer.LATER


class Lost(Exception):
    """The talk broke off. handed: the whole message was there."""

    def __init__(self, why: str, *, handed: bool = False) -> None:
        super().__init__(why)
        self.handed = handed


class OwnMail(NotifyEmail):  # type: ignore[no-untyped-call]  # Apprise is typed in part
    """Apprise's own `send` adds a random Message-ID and `X-Application`, makes the text from the HTML, uses its connect
    time-out for the whole talk, and forgets who has it."""

    def __init__(self, *, written: Written, **parsed: Any) -> None:
        super().__init__(**parsed)  # type: ignore[no-untyped-call]
        self.written = written
        if written.sender:
            self.from_addr = [written.sender.name, written.sender.address]
        self.cc = {one.address for one in written.good("cc")}
        self.bcc = {one.address for one in written.good("bcc")}
        self.reply_to = {one.address for one in written.good("reply")}
        self.names = {one.address: one.name for one in written.entries if one.address}

    def recipients(self) -> list[Recipient]:
        """Each once, in the order of the URL: to, cc, bcc. What is not an address is among them, with what is wrong."""
        entries = list(self.written.entries)
        if not any(entry.field in ("to", "cc", "bcc") for entry in entries):
            entries = [Entry("to", "", self.sender), *entries]
        first = next(
            (one for field in ("to", "cc", "bcc") for one in entries if one.field == field and one.address), None
        )
        found: dict[str, Recipient] = {}
        place = 0
        for entry in entries:
            label = f"{entry.field}="
            if entry.field in ("to", "cc", "bcc"):
                place += 1
                label = f"recipient {place}"
            elif entry.address:
                continue
            if entry.problem:
                found[f"{label} {entry.text}"] = Recipient(entry.text, label, Address(), entry.problem)
                continue
            header = entry if entry.field == "to" else first or entry
            to = address_of(header.name, header.address)
            found.setdefault(entry.address.casefold(), Recipient(entry.address, label, to))
        return list(found.values())

    @property
    def sender(self) -> str:
        return str(self.from_addr[1])

    def connected(self, limits: SendWaits) -> smtplib.SMTP:
        """Logged in. Raises ChannelFailed."""
        context = ssl.create_default_context()
        if not self.verify_certificate:  # verify=no in the URL: the owner's choice
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        host, port, seconds = self.smtp_host, int(self.port or 0), limits.greeting_s
        with _told_in_words():
            server: smtplib.SMTP
            with time_limit(seconds):
                if self.secure_mode == SMTPSecureMode.SSL:
                    server = smtplib.SMTP_SSL(host, port, local_hostname=EHLO_NAME, timeout=seconds, context=context)
                else:
                    server = smtplib.SMTP(host, port, local_hostname=EHLO_NAME, timeout=seconds)
            try:
                if self.secure_mode == SMTPSecureMode.STARTTLS:
                    with time_limit(limits.command_s):
                        server.starttls(context=context)
                with time_limit(limits.command_s):
                    server.ehlo_or_helo_if_needed()
                if self.user and self.password:
                    with time_limit(limits.command_s):
                        server.login(self.user, self.password)
            except BaseException:
                server.close()
                raise
        return server

    def mail(self, recipient: Recipient, job: SendJob) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["Message-ID"] = job.message_id
        mail["Date"] = email.utils.format_datetime(utc_now())
        name = str(self.from_addr[0] or self.app_id)
        if name == self.app_id and job.sender_name:  # Apprise fills that in where from= in the URL gives none
            name = job.sender_name
        mail["From"] = address_of(name, self.sender)
        mail["To"] = recipient.to
        mail["Subject"] = header_words(job.title)
        for header, others in (("Cc", self.cc), ("Reply-To", self.reply_to)):
            known = {one: str(self.names.get(one) or "") for one in others}
            named = [address_of(name, one) for one, name in sorted(known.items()) if one != recipient.to.addr_spec]
            if named:
                mail[header] = named
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        for header, value in self.headers.items():
            if header.lower() not in OURS and not header.lower().startswith("content-"):
                mail[header] = " ".join(str(value).split())
        mail.set_content(job.text, cte="quoted-printable")
        mail.add_alternative(job.html, subtype="html", cte="quoted-printable")
        return mail


def mail_of(url: str, asset: AppriseAsset) -> OwnMail:
    """Raises ChannelFailed."""
    parsed = OwnMail.parse_url(ascii_url(url))  # type: ignore[no-untyped-call]
    if not parsed:
        raise ChannelFailed("this is not an Apprise e-mail URL")
    parsed, written = read_written(url, parsed)
    try:
        return OwnMail(**parsed, asset=asset, written=written)
    except AppriseImproperlyConfigured as error:
        if "~From~" not in str(error):
            raise
        raise ChannelFailed("the URL names no sender that mail could have; write from=name@domain") from error


def send_mail(job: SendJob, parent: Parent, asset: AppriseAsset) -> str:
    """To everybody who is still to get it. '' or what went wrong. Raises ChannelFailed where nobody was asked."""
    mail = mail_of(job.url, asset)
    if mail.pgp_mode != PGPMode.NONE:
        raise ChannelFailed(NO_PGP)
    recipients = mail.recipients()
    wanted = parent.wanted([one.target for one in recipients], [one.label for one in recipients])
    said = MailTalk(mail, job, parent).with_all([one for one, yes in zip(recipients, wanted, strict=True) if yes])
    return "; ".join(said)


def check_mail(job: SendJob, asset: AppriseAsset) -> str:
    """Sends nothing, and logs in where that is asked for. '' or what is wrong with a recipient. Raises
    ChannelFailed."""
    mail = mail_of(job.url, asset)
    if mail.pgp_mode != PGPMode.NONE:
        raise ChannelFailed(NO_PGP)
    if job.check == "log-in":
        _log_in(mail, job.waits)
    return "; ".join(f"{one.label}: {one.problem}" for one in mail.recipients() if one.problem)


def _log_in(mail: OwnMail, limits: SendWaits) -> None:
    server = mail.connected(limits)
    with _told_in_words(), contextlib.closing(server):
        with time_limit(limits.command_s):
            code, _ = server.noop()
        if code != 250:
            raise ChannelFailed(f"the mail server answered {code}")
        with contextlib.suppress(smtplib.SMTPException, OSError), time_limit(min(5.0, limits.command_s)):
            server.quit()


class MailTalk:
    """With one server, over as many connections as it takes."""

    def __init__(self, mail: OwnMail, job: SendJob, parent: Parent) -> None:
        self._mail, self._job, self._parent, self._limits = mail, job, parent, job.waits
        self._server: smtplib.SMTP | None = None

    def with_all(self, recipients: Iterable[Recipient]) -> list[str]:
        """What went wrong: once where it is the server's, by recipient where it is one's."""
        said: dict[str, None] = {}
        lost, why = 0, ""
        for recipient in recipients:
            about = f"{recipient.label}: "
            if recipient.problem:
                answer, words = Answer.REFUSED, recipient.problem
            elif lost >= LOST_IN_A_ROW:
                answer, words, about = Answer.LATER, why, ""
            else:
                try:
                    self._one(recipient)
                except ServerSaid as error:
                    answer, words, lost = error.answer, str(error), 0
                    if error.about_us:
                        about = ""
                    if error.code == 421:  # RFC 5321 section 3.8: it closes the connection
                        self._close()
                except Lost as error:
                    answer, words, lost = Answer.UNSURE if error.handed else Answer.LATER, str(error), lost + 1
                    self._close()
                except ChannelFailed as error:  # no connection at all
                    answer, words, about, lost = Answer.LATER, str(error), "", LOST_IN_A_ROW
                else:
                    answer, words, lost = Answer.TAKEN, "", 0
                why = words
            self._parent.answer(recipient.target, recipient.label, answer, words)
            if words:
                said[about + words] = None
        self._quit()
        return list(said)

    def _one(self, recipient: Recipient) -> None:
        if self._server is None:
            self._server = self._mail.connected(self._limits)
            self._parent.let_in = True
        server = self._server
        options, data = self._envelope(server, recipient)
        handed = False
        try:
            with time_limit(self._limits.command_s):
                self._expect(server.mail(self._mail.sender, options), "MAIL", 250)
            with time_limit(self._limits.command_s):
                self._expect(server.rcpt(recipient.address), "RCPT", 250, 251, 252)
            with time_limit(self._limits.data_s):
                self._expect(server.docmd("DATA"), "DATA", 354)
            with time_limit(self._limits.block_s):
                server.send(data)
            if not self._parent.may_hand_over(recipient.target, recipient.label):
                raise Lost("another sender took over")
            handed = True
            with time_limit(self._limits.end_s):
                server.send(b".\r\n")
                self._expect(server.getreply(), "the message", 250)
        except ServerSaid:
            if not handed:
                self._reset(server)
            raise
        except (smtplib.SMTPException, OSError, ValueError) as error:
            what = "did not answer in time" if isinstance(error, TimeoutError) else "broke off"
            after = "; it had the whole message" if handed else ""
            raise Lost(f"the mail server {what}{after}", handed=handed) from error

    def _envelope(self, server: smtplib.SMTP, recipient: Recipient) -> tuple[list[str], bytes]:
        """The options of MAIL, and the message with its points doubled, without the last one."""
        wide = [one for one in (self._mail.sender, recipient.address, recipient.to.addr_spec) if not one.isascii()]
        if wide and not server.has_extn("smtputf8"):
            ours = wide[0] == self._mail.sender
            local = "the sender's name" if ours else "the name"
            domain = wide[0].rpartition("@")[2]
            # Nobody was asked, so nobody refused: the server cannot.
            raise ServerSaidNothing(
                f"{local} before @{domain} is not ASCII, and this server does not take such addresses (SMTPUTF8)",
                about_us=ours,
            )
        server.command_encoding = "utf-8" if wide else "ascii"
        message = self._mail.mail(recipient, self._job)
        raw = message.as_bytes(policy=SMTPUTF8 if wide else SMTP)
        if not raw.endswith(b"\r\n"):
            raw += b"\r\n"
        options = ["SMTPUTF8", "BODY=8BITMIME"] if wide else []
        return options, re.sub(rb"(?m)^\.", b"..", raw)  # RFC 5321 section 4.5.2

    def _expect(self, reply: tuple[int, bytes], to: str, *codes: int) -> None:
        if reply[0] == -1:  # smtplib: no code at all
            raise Lost("the mail server answered what is not SMTP")
        if reply[0] not in codes:
            raise ServerSaid(reply[0], to)

    def _reset(self, server: smtplib.SMTP) -> None:
        try:
            with time_limit(self._limits.command_s):
                server.rset()
        except (smtplib.SMTPException, OSError):
            self._close()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _quit(self) -> None:
        """Politely, but not for long: everything is said."""
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError), time_limit(min(5.0, self._limits.command_s)):
                self._server.quit()
        self._close()


class ServerSaidNothing(ServerSaid):
    """This server cannot be asked about this recipient."""

    def __init__(self, why: str, *, about_us: bool) -> None:
        Exception.__init__(self, why)
        self.about_us = about_us
        self.code = 553  # RFC 6531 section 3.5: as the server would have said


@contextlib.contextmanager
def _told_in_words() -> Iterator[None]:
    """What keeps a connection from coming about, as ChannelFailed."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise LogInRefused(f"the mail server refused the log-in ({error.smtp_code})") from error
    except smtplib.SMTPNotSupportedError as error:
        what = "log-in" if "AUTH" in str(error) else "encryption (STARTTLS)"
        raise ChannelFailed(f"the mail server offers no {what}") from error
    except smtplib.SMTPResponseException as error:
        raise ChannelFailed(f"the mail server answered {error.smtp_code}") from error
    except smtplib.SMTPException as error:
        # smtplib wraps a socket's own failure, ours (the time is up) among them.
        inner = error.__context__
        what = cause(inner) if isinstance(inner, OSError) else type(error).__name__
        raise ChannelFailed(f"the mail server broke off ({what})") from error
    except ssl.SSLCertVerificationError as error:
        raise ChannelFailed("the mail server's certificate is not one that is trusted") from error
    except ssl.SSLError as error:
        raise ChannelFailed("no trusted TLS connection to the mail server") from error
    except OSError as error:
        raise ChannelFailed(f"the mail server could not be reached ({cause(error)})") from error
    except ValueError as error:  # a line that is not SMTP
        raise ChannelFailed("the mail server answered what is not SMTP") from error


def address_of(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(header_words(name), local, domain)


def header_words(text: str) -> str:
    """One line in which nothing begins another header, not when it is decoded either (RFC 2047)."""
    one_line = " ".join(text.split())[:MOST_IN_A_HEADER].replace("=?", "= ?")
    return one_line.encode("utf-8", "replace").decode("utf-8")


def cause(error: OSError) -> str:
    """The kind of failure; its text could hold a name or an address."""
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "it refused the connection"
    text = str(error) if "proxy" in str(error) else ""  # our own words, from `dial`
    return text or type(error).__name__
