from __future__ import annotations

import pytest

from monitor.model.page import OutcomeKind as K
from monitor.outbound.browser.net_errors import outcome_of_net_error


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Page.goto: net::ERR_NAME_NOT_RESOLVED at http://a.example/", K.DNS),
        ("Page.goto: net::ERR_CERT_DATE_INVALID at https://a.example/", K.TLS),
        ("Page.goto: net::ERR_RESPONSE_HEADERS_TOO_BIG at http://a.example/", K.TOO_LARGE),
        ("Page.goto: net::ERR_INVALID_HTTP_RESPONSE at http://a.example/", K.UNREADABLE),
        ("Page.goto: Download is starting", K.UNREADABLE),
        ("CDPSession.send: Protocol error (Runtime.evaluate): Cannot find context with specified id", K.MOVED),
        ("Page.evaluate: Execution context was destroyed, most likely because of a navigation", K.MOVED),
    ],
)
def test_what_the_browser_says_is_typed_in_plain_words(message: str, kind: K) -> None:
    found = outcome_of_net_error(message)
    assert found is not None and found.kind is kind
    assert found.remedy and "_" not in found.message and ":" not in found.message


def test_what_is_not_known_is_left_to_who_asks() -> None:
    assert outcome_of_net_error("Target page, context or browser has been closed") is None
