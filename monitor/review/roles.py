"""For whom each page is, where staff are named. A test holds that none is left out; what is not here is for nobody."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.model.staff import Needs

_SESSION = (
    "POST /leave", "GET /away", "POST /lock", "POST /stay", "GET /enter/{link}", "POST /enter", "GET /unsent",
    "POST /unsent", "GET /static/{name}", "GET /help", "POST /keys", "POST /case", "GET /cases", "POST /cases",
    "GET /opening",
    "POST /opening", "GET /passphrase",
)  # fmt: skip
"""Of the session itself, or of nothing that is kept. `/cases` writes down what it shows by itself."""
_LOOKING = (
    "GET /", "POST /filter", "GET /changed", "GET /copies/{incident}", "GET /later", "GET /said", "GET /note/{find}",
    "GET /rest", "GET /watches", "GET /links", "GET /guide", "GET /guide/{topic}", "GET /wishes", "GET /evidence",
    "GET /evidence/find/{find}", "POST /evidence/lock", "GET /evidence/check", "POST /evidence/check",
    "GET /evidence/exported", "GET /evidence/own", "GET /incidents/{id}", "GET /finds/{id}", "GET /reports",
    "GET /reports/all", "GET /reports/{id}", "GET /course", "GET /digest", "GET /begin", "GET /begin/7",
)  # fmt: skip
_WORKING = (
    "POST /decide", "POST /undo", "POST /watches/switch", "POST /links", "POST /guide/{topic}", "POST /wishes",
    "GET /begin/4", "POST /begin/4", "POST /begin/4/files", "POST /begin/4/under-18", "POST /begin/4/done",
    "GET /begin/5", "POST /begin/5", "GET /evidence/export", "POST /evidence/export", "GET /evidence/own/add",
    "POST /evidence/own/add", "GET /evidence/own/added", "GET /finds/{id}/close", "POST /finds/{id}/close",
    "GET /unlock", "POST /unlock", "POST /show", "POST /hide", "GET /shown/{ticket}", "GET /shown/{ticket}/picture",
    "GET /shown/{ticket}/over", "GET /reports/new", "POST /reports/new", "POST /reports/{id}/sent",
    "POST /reports/{id}/answer", "GET /reports/{id}/withdraw", "POST /reports/{id}/withdraw", "POST /reports/{id}/undo",
)  # fmt: skip
"""Pictures too: who only reads is shown none."""
_ADMINISTERING = ("GET /settings", "GET /evidence/own/remove/{entry}", "POST /evidence/own/remove")
_INSTALLATION = (
    "POST /begin/{step:int}/wait", "GET /begin/1", "POST /begin/1", "GET /begin/2", "POST /begin/2", "GET /begin/3",
    "POST /begin/3", "GET /begin/3/sheet", "GET /begin/6", "GET /begin/6/{way}", "POST /begin/6/take-out",
    "POST /begin/6/heard", "POST /begin/6/{way}",
)  # fmt: skip

ROUTE_ROLES: Mapping[str, Needs] = {
    route: needs
    for needs, routes in (
        (Needs.ANYBODY, _SESSION),
        (Needs.READS, _LOOKING),
        (Needs.WORKS, _WORKING),
        (Needs.ADMINISTERS, _ADMINISTERING),
        (Needs.INSTALLATION, _INSTALLATION),
    )
    for route in routes
}
"""By method and path."""


def needs_of_route(method: str, path: str) -> Needs:
    """Of one that is not named here: what nobody has by a role in a case."""
    return ROUTE_ROLES.get(f"{method} {path}", Needs.INSTALLATION)
