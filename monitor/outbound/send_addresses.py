"""Mail addresses that are not ASCII, past Apprise's grammar, which drops them without a word.

A domain becomes what it is in the DNS (IDNA). A name before the @ is replaced by an ASCII stand-in while Apprise reads
the URL, and put back afterwards. What is no address at all is told by its place and domain.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import idna
from apprise.utils.parse import is_email

_ADDRESS = re.compile(r"""([^\s@,;<>"']+)@([^\s@,;<>"'/?]+)""")
_STAND_IN = "utf8name"


@dataclass(frozen=True, slots=True)
class Wrong:
    text: str
    problem: str


@dataclass(slots=True)
class Written:
    """The addresses of one URL as they were written."""

    stand_ins: dict[str, str] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)
    none_left: bool = False
    """There were recipients, and none can be used: Apprise would then write to the sender."""

    def back(self, address: str) -> str:
        local, at, domain = address.rpartition("@")
        return f"{self.stand_ins.get(local, local)}{at}{domain}"

    def ascii(self, text: str) -> str:
        """`text` with every address in it in ASCII; those that cannot be are left out, and noted."""
        return _ADDRESS.sub(self._one, text)

    def _one(self, found: re.Match[str]) -> str:
        local, domain = found.groups()
        try:
            domain = ascii_domain(domain)
        except ValueError:
            self.wrong.append(Wrong(found.group(), f"the domain “{domain[:80]}” is none that the DNS could have"))
            return ""
        if not local.isascii():
            stand_in = f"{_STAND_IN}{len(self.stand_ins)}"
            self.stand_ins[stand_in] = local
            local = stand_in
        if not is_email(f"{local}@{domain}"):  # type: ignore[no-untyped-call]
            self.wrong.append(Wrong(found.group(), f"the address at “{domain[:80]}” is none that mail could have"))
            return ""
        return f"{local}@{domain}"


def ascii_domain(domain: str) -> str:
    """Raises ValueError for one that no DNS name could be."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError("not a domain") from error


def ascii_url(url: str) -> str:
    """The URL with its host in ASCII; Apprise would drop another one."""
    scheme, mark, rest = url.partition("://")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    login, at, host = rest[:end].rpartition("@")
    name, colon, port = unquote(host).partition(":")
    if name.isascii():
        return url
    try:
        name = ascii_domain(name)
    except ValueError:
        return url
    return f"{scheme}{mark}{login}{at}{name}{colon}{port}{rest[end:]}"


def read_written(parsed: dict[str, Any]) -> tuple[dict[str, Any], Written]:
    """What Apprise made of a URL, with ASCII addresses in it, and how to get the written ones back."""
    written = Written()
    changed = dict(parsed)
    for key in ("cc", "bcc", "from_addr"):
        if isinstance(changed.get(key), str):
            changed[key] = written.ascii(unquote(changed[key]))
    reply = changed.get("reply_to")
    if isinstance(reply, str):
        changed["reply_to"] = written.ascii(unquote(reply))
    targets = [written.ascii(unquote(target)) for target in changed.get("targets") or ()]
    changed["targets"] = [target for target in targets if target.strip(" ,;<>\"'")]
    written.none_left = bool(targets) and not changed["targets"]
    return changed, written
