"""`recover-key`: the way back when the store's key is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import asking, options, printing
from monitor.errors import UsageError


def recover_key(
    identity: options.IdentityOption = None,
    passphrase_file: options.PassphraseFileOption = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where the key is to lie; else where it lay before.")
    ] = None,
    bare: Annotated[bool, typer.Option("--bare", hidden=True, help="Write the file, and change nothing else.")] = False,
) -> None:
    """The key that opens the data is lost: your identity opens the copy of it that lies with the evidence."""
    from monitor.services import key_recovery

    if identity is None:
        raise UsageError(
            "it has to be said which identity opens the evidence",
            remedy="recover-key --identity FILE: identity.age, or the file that you made from the key on the recovery "
            "sheet.",
        )
    settings = key_recovery.settings_without_key(options.given.config)
    place = key_recovery.KeyPlace(to, True) if bare else key_recovery.place_of_key(settings, to)
    key = key_recovery.recovered_key(settings, identity, lambda: asking.passphrase_of_identity(passphrase_file))
    if not bare and to is None and key_recovery.is_in_place(options.given.config, key):
        printing.say("Nothing is lost: the key is in its place, and it is the right one.")
        return
    aside = key_recovery.put_key(key, place, settings)
    if bare:
        return
    printing.out(f"key            {place.words}")
    if aside is not None:
        printing.say(f"What lay there was not the key, and is now {aside}.")
    if not key_recovery.is_in_place(options.given.config, key):
        printing.say("Another key still comes before it: the variable REUPLOAD_MONITOR_DATABASE__KEY (or ..._FILE), or")
        printing.say("the systemd credential database.key. Take that away.")
        return
    printing.say("It opens the data. Try it: reupload-monitor status")
