"""What was typed and could not be done: it is shown, and can be sent again. Passphrases are never held."""

from __future__ import annotations

from starlette.responses import Response

from monitor.catalogue import said
from monitor.review.asked import PageAsked, SentForm
from monitor.review.routing import get, post
from monitor.review.session import UnsentForm

_SECRET = ("passphrase", "password", "secret", "token")
_OURS = frozenset({"about", "batch", "do", "find", "focus", "from", "item", "kind", "part", "seen", "step", "then"})
"""Fields that no person fills in: they are sent again, and not shown."""
_TYPED_CHARS = 3
"""From here on a value is likelier typed than chosen."""


def worth_keeping(path: str, form: SentForm) -> UnsentForm | None:
    """None where it holds a secret, or nothing that a person would miss."""
    fields = tuple((name, value) for name, value in form.fields if name != "token")
    if any(word in name.lower() for name, _ in fields for word in _SECRET):
        return None
    typed = tuple(value for name, value in fields if name not in _OURS and len(value.strip()) >= _TYPED_CHARS)
    return UnsentForm(path, fields, typed) if typed else None


async def _unsent(asked: PageAsked) -> Response:
    if asked.session.unsent is None:
        return asked.back("/")
    return asked.page("unsent.html", again=asked.session.unsent)


async def _forget(asked: PageAsked) -> Response:
    asked.session.unsent = None
    return asked.back("/", told=said("It is forgotten."))


routes = (get("/unsent", _unsent, needs_store=False), post("/unsent", _forget, needs_store=False))
