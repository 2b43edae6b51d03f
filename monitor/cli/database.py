"""`database`: the PostgreSQL of an installation with many cases or machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli import opening, options, printing
from monitor.config_places import is_set_up
from monitor.errors import UsageError
from monitor.plain import several

app = typer.Typer(help="The PostgreSQL that [database] url names: its tables, made and kept.", no_args_is_help=True)

_SAID = {
    "made": "The tables are made, with row security, for the role {role}.",
    "upgraded": "The tables are brought from revision {before} to {now}, for the role {role}.",
    "checked": "The tables are as this version has them; row security and grants of the role {role} are set anew.",
}


@app.command("prepare")
def database_prepare(
    owner: Annotated[
        str, typer.Option("--owner", metavar="URL", help="The database as who owns the tables. No password in it.")
    ] = "",
    owner_file: Annotated[
        str, typer.Option("--owner-file", metavar="FILE", help="The same in a file, with a password if need be.")
    ] = "",
    role: Annotated[
        str, typer.Option("--role", metavar="NAME", help="As whom the program connects; else as [database] url says.")
    ] = "",
    as_json: options.JsonOption = False,
) -> None:
    """Make the tables in the database, or bring those of an earlier version up to date. The program's role gets what
    it needs and owns nothing. Type it once before the first `init`, and after every upgrade of the program."""
    from monitor.services.database import prepared_database

    if bool(owner) == bool(owner_file):
        raise UsageError(
            "it takes the address of the database as who is to own the tables, once",
            remedy="Give --owner URL, for example --owner 'postgresql:///monitor?host=/run/postgresql&user=postgres'; "
            "or --owner-file FILE with it.",
        )
    if not role and not is_set_up(options.given.config):
        raise UsageError(
            "as long as there is no configuration, it has to be said as whom the program connects to the database",
            remedy="With --role NAME. It takes a role of its own, which is not the owner's: docs/operations.md.",
        )
    settings = None if role else opening.settings(without_key=True)
    done = prepared_database(settings, role, owner, Path(owner_file) if owner_file else None)
    if as_json:
        printing.emit({"prepared": done.what.value, "before": done.before, "revision": done.now, "role": done.role})
        return
    printing.out(_SAID[done.what.value].format(role=done.role, before=done.before, now=done.now))


@app.command("new-keys")
def database_new_keys(
    of_all: Annotated[
        bool, typer.Option("--all", help="Of every case, and of what is of none; else of the one that --case names.")
    ] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Give a case a new key, and seal by it what is kept of the case. The key of before is removed the next time: type
    it twice where that must be gone. Others go on working meanwhile; who writes for the same case waits."""
    from monitor.services.database_keys import new_case_keys

    settings = opening.settings()
    keys, values = new_case_keys(settings, None if of_all else options.given.case or settings.case.id)
    if as_json:
        printing.emit({"keys": keys, "values": values})
        return
    printing.out(f"New keys: {keys}. {values} values are sealed by them now. Backups of before hold the old ones.")


@app.command("new-store-key")
def database_new_store_key(
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help="A new file, which it is written into.")],
    as_json: options.JsonOption = False,
) -> None:
    """Make a new store key, and wrap the keys of all cases by it. Stop scheduler, workers and pages before: the old
    key opens nothing afterwards. Name the new one to each of them: [database] key_file, or their credential."""
    from monitor.services.database_keys import new_store_key

    done = new_store_key(opening.settings(), file)
    if as_json:
        printing.emit(
            {"keys": done.keys, "file": str(file), "sealed_to": done.sealed_to, "not_sealed": done.trouble or None}
        )
        return
    printing.out(
        f"The keys of all cases ({done.keys}) are opened by the key in {file} now, and by no other. Name it to every"
    )
    printing.out("process before you start it: [database] key_file, or the credential of its service.")
    if done.sealed_to:
        printing.out(f"It is sealed in the vault too, to {several(done.sealed_to, 'key', 'keys')}.")
    elif done.trouble:
        printing.out_wrapped(f"The copy in the vault is still that of the key of before: {done.trouble}", under=0)
        printing.out("It is written at the next start of the scheduler. Until then this file is the only one.")
