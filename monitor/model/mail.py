"""What a reader took from a mail that somebody sent: words and a few facts of its head, each bounded. All of it can be
forged, the sender too."""

from __future__ import annotations

from dataclasses import dataclass

MAX_MAIL_BYTES = 40 * 1024 * 1024  # mail servers take 25 to 35 MB
MAX_MAIL_TEXT_CHARS = 100_000
MAX_MAIL_LINE_CHARS = 1_000
MAX_FAILED = 20  # addresses that one bounce names


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReading:
    """sender: the address alone, '' where there is none. date: as the head has it. is_automatic: no person wrote it
    (RFC 3834). failed: addresses that it could not be delivered to, of a mail that came back (RFC 3464); why: what the
    server said of the first. text: with its lines."""

    subject: str = ""
    sender: str = ""
    date: str = ""
    text: str = ""
    is_automatic: bool = False
    failed: tuple[str, ...] = ()
    why: str = ""
