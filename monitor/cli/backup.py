"""`backup`: everything that is kept, in one file, while the daemon works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import opening, printing
from monitor.plain import several


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where to, best on another disk; or a folder.")],
    replace: Annotated[bool, typer.Option("--replace", help="Over a backup of that name, once this is whole.")] = False,
) -> None:
    """One encrypted file of everything that is kept, made while the daemon works, and read again."""
    from monitor.services.on_server import refuse_backup

    found = opening.settings()
    refuse_backup(found, "a backup")
    with opening.opened(found) as opened:
        printing.say("Copying what is kept, and reading the copy again ...")
        made = opened.backups.make(target, replace=replace)
        has_recipients = bool(opened.settings.evidence.recipients)
    printing.out(f"backup   {made.path}")
    printing.out(f"size     {max(1, round(made.size / 1_000_000))} MB")
    printing.out(f"SHA-256  {made.digest}")
    if made.missing:
        missing = several(made.missing, "sealed file that the store names is", "sealed files that the store names are")
        printing.say(f"{missing} not in the vault any more, and so not in it: reupload-monitor evidence verify")
    if has_recipients:
        printing.say("Your identity opens it, also on another machine: keep that and your passphrase apart from it.")
    else:
        printing.say(
            "Nothing but the store's key opens it: no recipient is set. Keep a copy of that key apart from it."
        )
    printing.say("Passwords and alert addresses are not in it.")
    printing.say("Whether it can be restored: reupload-monitor restore FILE --check")
