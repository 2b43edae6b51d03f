"""Who asks, where a log-in stands before the page: as the proxy that knows them says in a header.

The page believes it because nobody but the proxy reaches the socket (`server.py` asks the kernel whose account is at
the other end of each connection), and because the proxy takes out what browsers send by that name."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from monitor.model.staff import SYSTEM, StaffName, is_staff_name


@dataclass(frozen=True, slots=True)
class AuthProxy:
    """header: its name, in any case."""

    header: str

    def person_of(self, request: Request) -> StaffName | None:
        """None where it names nobody, or could be meant in two ways: said twice, not UTF-8, a name of this machine."""
        name = self.header.lower().encode()
        found = [value for key, value in request.scope["headers"] if key.lower() == name]
        if len(found) != 1:
            return None
        try:
            untrusted = found[0].decode("utf-8")
        except UnicodeDecodeError:
            return None
        if not is_staff_name(untrusted) or untrusted.startswith(SYSTEM):
            return None
        return StaffName(untrusted)


def is_from_elsewhere(request: Request) -> bool:
    """By a link, or on the way back from the log-in: the browser keeps back the session's cookie."""
    return request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
