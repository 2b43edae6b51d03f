"""A draft as a mail that a mail program opens to be read, changed and sent by the person: a file, and a link.

Neither says who sends it, when, or from which machine: that is the mail program's to write.
"""

from __future__ import annotations

from email.header import Header
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

from monitor.plain import plain

MAX_SUBJECT = 150  # characters; longer ones are cut by mail programs, and a link has to hold it whole
MAX_LINE = 76  # RFC 2047 section 2
MAX_LINK = 1_900  # characters, encoded: longer links do not open a mail program on some systems
_UNSENT = "X-Unsent"  # opened for writing, not for reading, by the programs that know it


def eml_of(to: str, subject: str, body: str) -> bytes:
    """A message without From, Date and Message-ID, lines ended by CRLF and never longer than 76 characters.

    to: one address, as the channel data has it. subject and body: as the draft has them. Raises ValueError for an
    address that is none."""
    local, _, domain = to.rpartition("@")
    if not local or not domain:
        raise ValueError(f"{to!r} is not an e-mail address")
    message = EmailMessage(policy=SMTP.clone(max_line_length=MAX_LINE))
    message[_UNSENT] = "1"
    message["To"] = MailAddress(username=local, domain=domain)
    line = subject_line(subject)
    if line.isascii():
        message["Subject"] = line
    # Quoted-printable whatever is in it: an address of 8,000 characters would break at 998 (RFC 5322 section 2.1.1).
    message.set_content(printable_lines(body) + "\n", charset="utf-8", cte="quoted-printable")
    return message.as_bytes() if line.isascii() else _with_subject(message.as_bytes(), line)


def _with_subject(mail: bytes, line: str) -> bytes:
    """Folded by the older of Python's two ways: the newer loses a blank between two encoded words (RFC 2047)."""
    folded = Header(line, "utf-8", header_name="Subject", maxlinelen=MAX_LINE).encode(linesep="\r\n")
    return mail.replace(b"Content-Type:", f"Subject: {folded}\r\nContent-Type:".encode("ascii"), 1)


def mailto_of(to: str, subject: str, body: str) -> str:
    """A link (RFC 6068) with address, subject and text while it is under `MAX_LINK`; else without the text."""
    link = f"mailto:{quote(to, safe='@')}?subject={quote(subject_line(subject), safe='')}"
    lines = printable_lines(body).replace("\n", "\r\n")
    whole = f"{link}&body={quote(lines, safe='')}"
    return whole if len(whole) < MAX_LINK else link


def has_text(link: str) -> bool:
    """Of `mailto_of`: it holds the text of the draft too."""
    return "&body=" in link


def subject_line(subject: str) -> str:
    """One line: nothing in it begins another header."""
    return plain(" ".join(subject.split()), MAX_SUBJECT).replace("=?", "= ?")  # not what RFC 2047 decodes


def printable_lines(text: str) -> str:
    """Each line printable; the line ends stay."""
    return "\n".join(plain(line) for line in text.strip("\n").split("\n"))
