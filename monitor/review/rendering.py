"""Pages from templates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from typing import TYPE_CHECKING

from markupsafe import Markup

from monitor import catalogue
from monitor.catalogue import said
from monitor.review import text
from monitor.review.words import meanings

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Renderer:
    """product: the name that titles bear, and nothing else."""

    product: str

    def render(self, template: str, *, now: datetime, zone: tzinfo, token: str, **values: object) -> str:
        """token: of the session's forms; '' on a page for anybody."""
        found = _environment().get_template(template)
        return found.render(
            **values,
            product=self.product,
            now=now,
            zone=zone,
            token=lambda: Markup('<input type="hidden" name="token" value="{}">').format(token),
            navigation=navigation,
            meanings=meanings,
            language=catalogue.language,
            direction=catalogue.direction,
        )


@cache
def _environment() -> Environment:
    """Read once a process: each template is then ready for every page."""
    from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
    from jinja2.runtime import Context

    @pass_context
    def told_when(context: Context, at: datetime | None) -> str:
        return text.when(at, context["now"], context["zone"])

    @pass_context
    def told_day(context: Context, at: datetime) -> str:
        return text.day(at, context["now"], context["zone"])

    environment = Environment(
        loader=PackageLoader("monitor.review"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the extension adds it
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    environment.filters.update(outside=text.outside, address=text.address, when=told_when, day=told_day)
    environment.filters.update(
        outside_lines=text.outside_lines,
        outside_short=text.outside_short,
        outside_words=text.outside_words,
        openable=text.openable,
    )
    return environment


def navigation() -> tuple[tuple[str, str], ...]:
    """Every page that is not about one thing: its path and its words."""
    return (
        ("/", said("To decide")),
        ("/reports", said("Reports")),
        ("/evidence", said("Evidence")),
        ("/links", said("Links you found")),
        ("/watches", said("Places")),
        ("/wishes", said("Asked for")),
        ("/digest", said("What happened")),
        ("/course", said("How far it has come")),
        ("/guide", said("What to do now")),
        ("/begin", said("First steps")),
        ("/settings", said("Settings")),
    )
