"""The one catalogue of what a person reads on the page, in alerts and in the digest: gettext, whose key is the English
sentence, so that English is complete as it stands.

said("%(count)s of %(all)s photos", count=3, all=8)
said_many("one copy", "%(count)d copies", 3)

Whole sentences only: pieces put together come apart in another language.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from gettext import NullTranslations

_FROM_THE_RIGHT = frozenset({"ar", "fa", "he", "ps", "ur", "yi"})

_spoken: ContextVar[NullTranslations] = ContextVar("spoken", default=NullTranslations())  # noqa: B039  # never changed


def said(text: str, **values: object) -> str:
    """text: with `%(name)s` for each of values; a literal percent sign is doubled where there are any."""
    translated = _spoken.get().gettext(text)
    return translated % values if values else translated


def said_many(one: str, many: str, count: int, **values: object) -> str:
    """The plural form that the language has for that count, which stands in it as `%(count)d`."""
    return _spoken.get().ngettext(one, many, count) % {"count": count, **values}


@contextmanager
def spoken(language: NullTranslations) -> Iterator[None]:
    """Within it every sentence is of that language."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def language() -> str:
    """As browsers are told it: `en`."""
    return _spoken.get().info().get("language") or "en"


def direction() -> str:
    """`rtl` of a language that is written from the right, else `ltr`."""
    return "rtl" if language().partition("-")[0] in _FROM_THE_RIGHT else "ltr"


def gettext(text: str) -> str:
    """For templates (jinja2's `_`), which put the values in themselves and escape them."""
    return _spoken.get().gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """For templates, as `gettext`."""
    return _spoken.get().ngettext(one, many, count)
