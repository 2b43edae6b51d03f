"""`evidence recipients`: who can open the evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import asking, opening, options, printing
from monitor.cli.progress import progress
from monitor.errors import WorkFailed
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.services.recipients import RecipientsChanged

app = typer.Typer(help="Whose keys open the evidence.", no_args_is_help=True)

KeyArgument = Annotated[str, typer.Argument(metavar="AGE-PUBLIC-KEY", help="age1...")]


@app.command("list")
def list_(as_json: options.JsonOption = False) -> None:
    """The public keys that evidence is sealed to."""
    with opening.opened_to_read() as opened:
        found = opened.recipients.overview()
    if as_json:
        keys = [{"key": key, "opens_store_key": key in (found.key_sealed_to or ())} for key in found.recipients]
        printing.emit({"recipients": keys, "files": found.files})
        return
    for key in found.recipients:
        printing.out(key)
    if not found.recipients:
        printing.say("There is none: no evidence is kept. Add one: reupload-monitor evidence recipients add age1...")
        return
    printing.say(
        f"{several(len(found.recipients), 'key', 'keys')}; {several(found.files, 'sealed file', 'sealed files')}."
    )
    if not found.key_follows:
        printing.say(
            "The store's own key is not sealed to exactly these. The next command that keeps evidence does it."
        )


@app.command()
def add(
    key: KeyArgument,
    identity: options.IdentityOption = None,
    passphrase_file: options.PassphraseFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Seal evidence to one more key. With --identity it opens what is sealed already, too: that is sealed anew."""
    with opening.opened() as opened, progress("sealing anew") as step:
        tell: Callable[[str], None] = step
        done = opened.recipients.add(key, identity, lambda: asking.passphrase_of_identity(passphrase_file), tell)
    _tell(done, as_json)
    if done.resealed is None and done.earlier:
        printing.say(
            f"{several(done.earlier, 'file was', 'files were')} sealed before, and this key does not open them. To "
            "have them sealed anew: the same command with --identity FILE."
        )
    if done.resealed is not None:
        printing.say(f"{several(done.resealed.done, 'file was', 'files were')} sealed anew, to all of them.")
        for left in done.resealed.left:
            printing.say(f"Not sealed anew: {printing.plain(left.path)}: {printing.plain(left.why)}")
    _hint()
    _fail_if_partly(done)


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A new file for the key that opens the evidence.")],
    passphrase_file: options.PassphraseFileOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Make a key of your own, protected by a passphrase, and seal evidence to it from now on."""
    with opening.opened() as opened:
        passphrase = (
            asking.passphrase_in(passphrase_file) if passphrase_file else asking.ask_new_secret("Passphrase for it:")
        )
        done = opened.recipients.make(file.absolute(), passphrase)
    _tell(done, as_json)
    printing.say(f"The key that opens the evidence is in {file}, under your passphrase. Keep a copy elsewhere: without")
    printing.say("it, and the passphrase, nobody opens the evidence.")
    _hint()
    _fail_if_partly(done)


@app.command()
def remove(key: KeyArgument, yes: options.YesOption = False, as_json: options.JsonOption = False) -> None:
    """Seal evidence to one key less, from now on."""
    with opening.opened() as opened:
        is_last = opened.recipients.overview().recipients == (key.strip(),)
        if is_last:
            asking.confirmed("It is the only one: no evidence is kept without it. Remove it all the same?", yes)
        done = opened.recipients.remove(key)
    _tell(done, as_json)
    printing.say(
        f"It still opens {several(done.earlier, 'file', 'files')} sealed so far, and older copies of the store's key "
        "in backups. If somebody else has its identity, that cannot be taken back."
    )
    _hint()
    _fail_if_partly(done)


def _tell(done: RecipientsChanged, as_json: bool) -> None:
    if as_json:
        document: dict[str, Any] = {"recipients": [{"key": key} for key in done.recipients]}
        if done.resealed is not None:
            document["resealed"] = done.resealed.done
            document["left"] = [{"file": left.path, "why": left.why} for left in done.resealed.left]
        printing.emit(document)
        return
    for key in done.recipients:
        printing.out(key)
    if not done.recipients:
        printing.say("None is left: no evidence is kept until one is added.")


def _hint() -> None:
    printing.say("A program that runs in the background takes it up by itself, within seconds.")


def _fail_if_partly(done: RecipientsChanged) -> None:
    if done.key_trouble:
        raise WorkFailed(
            f"the recipients are changed, but the store's key could not be sealed to them: {done.key_trouble}",
            remedy="Each command that keeps evidence tries it again; `reupload-monitor doctor` says when it is done.",
        )
    if done.resealed is not None and done.resealed.left:
        raise WorkFailed(
            f"{several(len(done.resealed.left), 'file is', 'files are')} not sealed anew",
            remedy="Each stands above with the reason, and is as it was. The others are done.",
        )
