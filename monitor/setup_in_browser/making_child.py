"""The process that makes the keys: `python -m monitor.setup_in_browser.making_child PARENT`. What is asked comes as one
JSON object on stdin, what became of it goes as another to stdout. The private key and the 256 MB that a passphrase
takes are in this process alone, and gone with it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.lifeline import stay_with
from monitor.private import keep_private


def carried_out(asked: dict[str, Any]) -> dict[str, Any]:
    """asked: `do` is `set_up` or `passphrase`; with its words. What was made, or the error."""
    from monitor.errors import MonitorError

    try:
        return _set_up(asked) if asked["do"] == "set_up" else _passphrase(asked)
    except MonitorError as error:
        kind = next(one.__name__ for one in type(error).__mro__ if one.__module__ == "monitor.errors")
        return {"error": kind, "message": str(error), "remedy": error.remedy}


def _set_up(asked: dict[str, Any]) -> dict[str, Any]:
    from monitor.errors import StoreError
    from monitor.model.case import Attestation, Authority
    from monitor.model.settings import Secret
    from monitor.setup import SetUpRequest, set_up
    from monitor.setup_answers import key_file_without_keyring, unused_name

    config = Path(asked["config"])
    has_key = bool(asked["key_on_sheet"])
    request = SetUpRequest(
        config=config,
        attestation=Attestation(Authority(asked["authority"]), datetime.fromisoformat(asked["at"])),
        name=asked["name"],
        email=asked["email"],
        jurisdiction=asked["jurisdiction"],
        passphrase=Secret(asked["passphrase"]) if asked["passphrase"] else None,
        sheet=unused_name(config.parent / "recovery-sheet.txt") if has_key else None,
        sheet_has_key=has_key,
        store_key_file=key_file_without_keyring(config),
        review_address=asked["address"],
    )
    try:
        made = set_up(request)
    except StoreError:
        if request.store_key_file is not None:
            raise
        # a keyring that is there and gives nothing, as where nobody is logged in
        request = replace(request, store_key_file=unused_name(config.parent / "store.key"))
        made = set_up(request)
    return {"store_key": made.store_key, "sheet": str(request.sheet) if request.sheet else ""}


def _passphrase(asked: dict[str, Any]) -> dict[str, Any]:
    """Of a set-up that has none: from now on evidence is kept."""
    from monitor.app import open_app
    from monitor.config import load
    from monitor.model.settings import Secret

    config = Path(asked["config"])
    with open_app(load(config)) as app:
        app.recipients.make(Path(asked["identity"]), Secret(asked["passphrase"]))
    return {"store_key": "", "sheet": ""}


def main() -> None:
    keep_private()
    stay_with(int(sys.argv[1]))
    os.umask(0o077)
    json.dump(carried_out(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
