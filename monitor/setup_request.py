"""What a set-up was told, and what of it stands in config.toml."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from monitor.loopback import draw_address
from monitor.model.case import Attestation
from monitor.model.ids import DEFAULT_CASE, CaseId
from monitor.model.settings import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpRequest:
    """recipient: evidence is sealed to this age public key. passphrase: a new identity is made and protected with it,
    in `identity.age` beside the configuration. plain_identity: a new identity is written there unprotected (the demo).
    With none of the three no evidence is kept. sheet: where a recovery sheet is written, to be printed; sheet_has_key:
    with the key itself, where one is made. data_dir: where everything is kept; None = what the environment names, else
    the user's own place. store_key_file: None = what the environment gives, else the keyring. database_url_file: holds
    the address of a PostgreSQL; None = what the environment names, else a file in data_dir. review_address: that the
    page listens on; '' = one is drawn. config_text: writes the whole file, given the recipient ('' = none); None = what
    `init` writes."""

    config: Path
    attestation: Attestation | None
    case: CaseId = DEFAULT_CASE
    name: str = ""
    email: str = ""
    jurisdiction: str = ""
    recipient: str = ""
    passphrase: Secret | None = None
    plain_identity: Path | None = None
    sheet: Path | None = None
    sheet_has_key: bool = False
    data_dir: Path | None = None
    store_key_file: Path | None = None
    database_url_file: Path | None = None
    review_address: str = ""
    config_text: Callable[[str], str] | None = None


def config_as_told(request: SetUpRequest, recipient: str, key_file: Path | None, data_dir: Path) -> str:
    """What `init` was told, and nothing else: every other setting has its default, see config.example.toml."""
    role = request.attestation.authority.value if request.attestation else "self"
    lines = [
        "# Written by `reupload-monitor init`. Everything that is not here has its default;",
        "# config.example.toml names every setting, its default and why.",
        "",
        "# Named here, so that commands and the daemon agree on it whatever their environments say.",
        f"data_dir = {_quoted(str(data_dir))}",
        "",
        "[case]",
        f"id = {_quoted(request.case)}",
        f"name = {_quoted(request.name)}",
        f"email = {_quoted(request.email)}",
        f"jurisdiction = {_quoted(request.jurisdiction)}",
        f"role = {_quoted(role)}",
        "",
    ]
    database = {"key_file": key_file, "url_file": request.database_url_file}
    if named := [f"{key} = {_quoted(str(file))}" for key, file in database.items() if file is not None]:
        lines += ["[database]", *named, ""]
    lines += [
        "[alerts]",
        "# Where alerts go: `reupload-monitor alerts add` asks, tries it, and writes it here. By hand: a file with one",
        "# Apprise URL in a line (https://appriseit.com/services/), for you only, since it holds a password.",
        '# urls_file = "alerts.urls"',
        "",
        "[review]",
        "# Where `reupload-monitor review` is opened in the browser: an address of its own on this machine, so that no",
        "# other program's page gets what the browser keeps for it.",
        f"address = {_quoted(request.review_address or draw_address())}",
        "",
        "[evidence]",
        "# Public keys that evidence is sealed to. With none, no evidence is kept.",
        f"recipients = [{_quoted(recipient) if recipient else ''}]",
        "",
        "[takedown]",
        "# The name as you sign with it. Left out, the person shown signs with the name in [case].",
        '# signature = ""',
        "",
    ]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
