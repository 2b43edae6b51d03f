"""What Chromium calls a failure, as an outcome."""

from __future__ import annotations

from monitor.model.page import Outcome, OutcomeKind

_SIGNS: tuple[tuple[str, OutcomeKind, str], ...] = (
    ("ERR_NAME_NOT_RESOLVED", OutcomeKind.DNS, "the name is not known"),
    ("ERR_CERT", OutcomeKind.TLS, "its certificate is not accepted"),
    ("ERR_SSL", OutcomeKind.TLS, "no encrypted connection could be made"),
    ("ERR_TOO_MANY_REDIRECTS", OutcomeKind.MOVED, "sent on in circles"),
    ("ERR_TIMED_OUT", OutcomeKind.TIMEOUT, "no answer in time"),
    ("ERR_UNSAFE_PORT", OutcomeKind.REFUSED, "not visited: a port that browsers do not open"),
    ("ERR_UNKNOWN_URL_SCHEME", OutcomeKind.MOVED, "sent on to something that is not http or https"),
    ("ERR_UNSAFE_REDIRECT", OutcomeKind.MOVED, "sent on to something that is not http or https"),
    ("ERR_INVALID_REDIRECT", OutcomeKind.MOVED, "sent on to something that is not an address"),
    ("ERR_RESPONSE_HEADERS_TOO_BIG", OutcomeKind.TOO_LARGE, "its headers are too large"),
    ("ERR_INVALID", OutcomeKind.UNREADABLE, "the answer is not proper HTTP"),
    ("ERR_CONTENT_LENGTH_MISMATCH", OutcomeKind.CONNECTION, "the connection ended before the answer did"),
    ("ERR_INCOMPLETE_CHUNKED", OutcomeKind.CONNECTION, "the connection ended before the answer did"),
    ("ERR_CONTENT", OutcomeKind.UNREADABLE, "the packed body is broken"),
    ("ERR_EMPTY_RESPONSE", OutcomeKind.CONNECTION, "the connection ended without an answer"),
    ("ERR_ABORTED", OutcomeKind.UNREADABLE, "a file to save, or an address that shows nothing, in the place of a page"),
    ("crashed", OutcomeKind.UNREADABLE, "the page made the browser fall over"),
    ("Cannot find context", OutcomeKind.MOVED, "it went on to another page while it was read"),
    ("Execution context was destroyed", OutcomeKind.MOVED, "it went on to another page while it was read"),
    ("Download is starting", OutcomeKind.UNREADABLE, "a file to save was sent in the place of a page"),
)


def outcome_of_net_error(message: str) -> Outcome | None:
    """None where it says nothing of the kind."""
    for sign, kind, words in _SIGNS:
        if sign in message:
            return Outcome(kind, words)
    return None
