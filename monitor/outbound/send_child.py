"""The process that runs Apprise: one JSON line in is one alert, one JSON line out says how the channels
answered.

{"urls": [{"name", "url"}], "proxy", "product", "channel_s", "title", "text", "html", "message_id"}
{"results": [{"name", "taken", "error"}]}

Started by `monitor.outbound.send`; ends when its input ends. Nothing is written to stderr.
"""

from __future__ import annotations

import email.utils
import json
import logging
import os
import signal
import smtplib
import socket
import ssl
import sys
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any
from urllib.parse import unquote, urlsplit

from apprise import Apprise, AppriseAsset, NotifyFormat
from apprise.plugins.base import NotifyBase
from apprise.plugins.email.base import NotifyEmail, PGPMode
from apprise.plugins.email.smtp import SMTPSecureMode

from monitor.outbound.send_dial import only_through

# RFC 5321 section 4.1.3: an address literal; the machine's own name would stand in the mail
EHLO_NAME = "[127.0.0.1]"
OURS = frozenset({"message-id", "date", "from", "to", "cc", "bcc", "subject", "reply-to", "mime-version"})
CLUE_LENGTH = 4  # parts of a URL at least this long are struck from what is said


class ChannelFailed(Exception):
    """Why a channel did not take it, in words that hold no secret."""


class OwnMail(NotifyEmail):  # type: ignore[no-untyped-call]  # Apprise is typed in part
    """Apprise reads the URL and knows the providers; the message and its headers are ours.

    Apprise's own `send` adds a random Message-ID and `X-Application`, and makes the text from the HTML.
    """

    def deliver(self, *, title: str, text: str, html: str, message_id: str) -> str:
        """'' or which recipients the server refused. Raises ChannelFailed when it took the mail for none."""
        if self.pgp_mode != PGPMode.NONE:
            raise ChannelFailed(
                "PGP is not supported here, and the mail would go out in clear; remove pgp= from the URL"
            )
        refused = 0
        try:
            with self._connected() as server:
                for name, address in self.targets:
                    mail = self._mail(str(name or ""), str(address), title, text, html, message_id)
                    others = sorted((self.cc | self.bcc) - {address})
                    try:
                        refused += len(server.sendmail(str(self.from_addr[1]), [address, *others], mail.as_bytes()))
                    except smtplib.SMTPRecipientsRefused:
                        refused += 1 + len(others)
        except smtplib.SMTPAuthenticationError as error:
            raise ChannelFailed(f"the mail server refused the log-in ({error.smtp_code})") from error
        except smtplib.SMTPResponseException as error:
            raise ChannelFailed(f"the mail server answered {error.smtp_code}") from error
        except smtplib.SMTPException as error:
            # smtplib wraps a socket's own failure, ours (the channel's time is up) among them.
            inner = error.__context__
            what = _cause(inner) if isinstance(inner, OSError) else type(error).__name__
            raise ChannelFailed(f"the mail server broke off ({what})") from error
        except ssl.SSLError as error:
            raise ChannelFailed("no trusted TLS connection to the mail server") from error
        except OSError as error:
            raise ChannelFailed(f"the mail server could not be reached ({_cause(error)})") from error
        if not self.targets or refused >= sum(1 + len((self.cc | self.bcc) - {to}) for _, to in self.targets):
            raise ChannelFailed("the mail server refused every recipient")
        return f"the mail server refused {refused} of the recipients" if refused else ""

    def _connected(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if not self.verify_certificate:  # verify=no in the URL: the owner's choice
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        host, port, seconds = self.smtp_host, int(self.port or 0), self.socket_connect_timeout
        server: smtplib.SMTP
        if self.secure_mode == SMTPSecureMode.SSL:
            server = smtplib.SMTP_SSL(host, port, local_hostname=EHLO_NAME, timeout=seconds, context=context)
        else:
            server = smtplib.SMTP(host, port, local_hostname=EHLO_NAME, timeout=seconds)
        try:
            if self.secure_mode == SMTPSecureMode.STARTTLS:
                server.starttls(context=context)
            if self.user and self.password:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, name: str, address: str, title: str, text: str, html: str, message_id: str) -> EmailMessage:
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["Message-ID"] = message_id
        mail["Date"] = email.utils.format_datetime(datetime.now(UTC))
        mail["From"] = _address(str(self.from_addr[0] or self.app_id), str(self.from_addr[1]))
        mail["To"] = _address(name, address)
        mail["Subject"] = title
        for header, others in (("Cc", self.cc - {address}), ("Reply-To", self.reply_to)):
            if others:
                mail[header] = [_address(str(self.names.get(other) or ""), other) for other in sorted(others)]
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        for header, value in self.headers.items():
            if header.lower() not in OURS and not header.lower().startswith("content-"):
                mail[header] = " ".join(str(value).split())
        mail.set_content(text, cte="quoted-printable")
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        return mail


def deliver(job: dict[str, Any], url: str) -> str:
    """Through one channel. '' or what the owner should know of it all the same. Raises ChannelFailed."""
    asset = AppriseAsset(
        app_id=job["product"],
        app_desc=job["product"],
        app_url="",
        image_url_mask=None,
        image_url_logo=None,
        http_redirects=False,
        plugin_paths=[],
    )
    scheme = url.partition("://")[0].lower()
    if scheme in ("mailto", "mailtos"):
        parsed = OwnMail.parse_url(url)  # type: ignore[no-untyped-call]
        if not parsed:
            raise ChannelFailed("this is no Apprise e-mail URL")
        mail = OwnMail(**{**parsed, "asset": asset})  # type: ignore[no-untyped-call]
        return mail.deliver(title=job["title"], text=job["text"], html=job["html"], message_id=job["message_id"])
    plugin = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if not isinstance(plugin, NotifyBase):
        raise ChannelFailed("Apprise does not know this kind of URL, or a part of it is missing")
    plugin.redirects = False  # whatever the URL says: the owner wrote one destination
    with _Overheard() as overheard:
        taken = plugin.notify(body=job["text"], title=job["title"], body_format=NotifyFormat.TEXT)
    if not taken:
        raise ChannelFailed(without_secrets(overheard.last or "it did not say why", url))
    return ""


def without_secrets(said: str, url: str) -> str:
    """What a plugin logged, on one short line, with every part of the URL struck out."""
    parts = urlsplit(url)
    clues = {parts.netloc, *parts.netloc.replace("@", ":").split(":"), *parts.path.split("/")}
    clues |= {value for pair in parts.query.split("&") for value in pair.split("=", 1)[1:]}
    line = " ".join(said.split())
    for clue in sorted({clue for raw in clues for clue in (raw, unquote(raw))}, key=len, reverse=True):
        if len(clue) >= CLUE_LENGTH:
            line = line.replace(clue, "***")
    return "".join(char if char.isprintable() else "?" for char in line)[:200]


class _Overheard(logging.Handler):
    """The last warning of Apprise while it is open; nothing of it goes anywhere else."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()

    def __enter__(self) -> _Overheard:
        logger = logging.getLogger("apprise")
        logger.propagate = False
        logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(" ".join(str(name).split()), local, domain)


def _cause(error: OSError) -> str:
    """The kind of failure; its text could hold a name or an address."""
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "it refused the connection"
    text = str(error) if "proxy" in str(error) else ""  # our own words, from send_dial
    return text or type(error).__name__


def _too_long(*_: object) -> None:
    raise TimeoutError("the channel took too long")


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Tries the channels in order until one takes it."""
    results: list[dict[str, Any]] = []
    for row in job["urls"]:
        signal.setitimer(signal.ITIMER_REAL, job["channel_s"])
        try:
            said = deliver(job, row["url"])
        except ChannelFailed as error:
            results.append({"name": row["name"], "taken": False, "error": str(error)})
        except Exception as error:  # a plugin's own fault: said by its kind, since its text may hold the URL
            what = "it did not answer in time" if isinstance(error, TimeoutError) else type(error).__name__
            results.append({"name": row["name"], "taken": False, "error": what})
        else:
            results.append({"name": row["name"], "taken": True, "error": said})
            break
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return {"results": results}


def main() -> None:
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a plugin that prints must not break the protocol
    logging.lastResort = None
    signal.signal(signal.SIGALRM, _too_long)
    bent = False
    for line in sys.stdin:
        job = json.loads(line)
        if job["proxy"] and not bent:
            only_through(job["proxy"])
            bent = True
        replies.write(json.dumps(answer(job)) + "\n")
        replies.flush()


if __name__ == "__main__":
    main()
