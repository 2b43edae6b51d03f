"""`config`: the configuration as a file."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import opening, options, printing

app = typer.Typer(help="The configuration: what an earlier version wrote, as this one has it.", no_args_is_help=True)


@app.callback()
def config_group() -> None:
    """Without this, typer takes the only command for the group itself."""


@app.command("migrate")
def config_migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say what would change.")] = False,
    as_json: options.JsonOption = False,
) -> None:
    """Write configuration and watchlists of an earlier version as this one has them. Comments stay, and each file is
    kept as it was, beside it."""
    from monitor.clock import utc_now
    from monitor.services.config_migration import config_that_counts, migrate, plan_migration

    path = config_that_counts(options.given.config)
    done = plan_migration(path)
    if not check:
        done = [migrate(one, path, utc_now()) for one in done]
    if as_json:
        files = [
            {"path": str(one.path), "changes": list(one.lines), "kept": str(one.kept) if one.kept else None}
            for one in done
        ]
        printing.emit({"files": files, "changed": not check and bool(done)})
    else:
        for one in done:
            printing.out(f"{one.path}{' would change' if check else ' is changed'}:")
            for line in one.lines:
                printing.out(f"  {line}")
            if one.kept is not None:
                printing.out(f"  As it was, it is kept in {one.kept}")
        if not done:
            printing.out("Nothing is to be changed: these files are as this version has them.")
    if not check:
        opening.settings()  # whatever else is wrong with it is told now, and nothing of it can be known from here
