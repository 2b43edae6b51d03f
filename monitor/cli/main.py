"""The groups wired together, and errors turned into exit codes."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import cache
from importlib import import_module
from typing import Annotated

import typer

from monitor.cli import options, printing
from monitor.cli.admitting import guarded
from monitor.errors import MonitorError, step_of

INTERRUPTED = 130

GROUPS = (
    "case", "references", "watch", "sightings", "reports", "evidence", "alerts", "staff", "audit", "service", "config",
    "database",
)  # fmt: skip
"""Each is a module here with its own `app`."""

COMMANDS = {
    "guide": "guide",
    "init": "init",
    "enroll": "enroll",
    "match": "enroll",
    "run": "daemon",
    "worker": "daemon",
    "status": "status",
    "doctor": "doctor",
    "digest": "digest",
    "review": "review",
    "demo": "demo",
    "erase": "erase",
    "recover-key": "recover_key",
    "vacuum": "vacuum",
    "completion": "completion",
    "backup": "backup",
    "restore": "restore",
}
"""Command -> the module here that has a function of its name."""


def command_line(wanted: str) -> typer.Typer:
    """The command line. Only what `wanted` needs is imported where it is a command's name, so that `guide` answers at
    once; everything otherwise, for the help and for the name that was meant."""
    app = typer.Typer(
        name="reupload-monitor",
        help="Watches for copies of your own intimate images, keeps sealed evidence, alerts you and drafts takedown "
        "notices. Nothing of your photos leaves your machine. What to do first: reupload-monitor guide",
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help: rich alone takes longer than the rest of the start
        pretty_exceptions_enable=False,
        add_completion=False,  # it would start the program at each press of Tab: `completion` needs nothing of it
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(shown_in_help)
    known = wanted in COMMANDS or wanted in GROUPS
    for name, module in COMMANDS.items():
        if not known or name == wanted:
            app.command(name)(getattr(import_module(f"monitor.cli.{module}"), name.replace("-", "_")))
    for name in GROUPS:
        if not known or name == wanted:
            app.add_typer(import_module(f"monitor.cli.{name}").app, name=name)
    return app


def shown_in_help(
    config: Annotated[str, typer.Option("--config", metavar="PATH", help="The configuration file.")] = "",
    case: Annotated[str, typer.Option("--case", metavar="NAME", help="Which case; the only one there is.")] = "",
    debug: Annotated[bool, typer.Option("--debug", help="Tell more, tracebacks too.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Which, from where, and whether it is as tested.")] = False,
) -> None:
    """Shown in --help only: `options.take_common` has taken these out, so that they may stand anywhere, and `run`
    answers --version."""


def run(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 the work failed, 2 wrong usage or configuration, 3 something needs the user."""
    os.umask(0o077)  # whatever a command writes is for this user only
    try:
        code = copy_context().run(_done_and_over, arguments)
    except MonitorError as problem:
        _tell_where_from(arguments)
        if not _told_the_journal(problem, arguments):
            printing.error(problem)
        return problem.exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as problem:
        if hasattr(problem, "format_message") and hasattr(problem, "exit_code"):
            return _usage(problem)
        _tell_where_from(arguments)
        told = import_module("monitor.room").told_as_no_room(problem)
        if not _told_the_journal(told or problem, arguments):
            printing.error(told) if told is not None else _tell_fault(problem)
        return 1
    if code == INTERRUPTED:  # typer gives it, and says nothing
        printing.say("stopped")
    return code


def _done_and_over(arguments: Sequence[str]) -> int:
    from monitor.acting import act_for_all

    act_for_all()  # whoever is at this machine's shell; a command for one case says so once it knows which
    try:
        return _done(arguments)
    finally:
        if here := sys.modules.get("monitor.parts.here"):  # only where a command asked for parts
            here.end_parts_here()


def _done(arguments: Sequence[str]) -> int:
    """The command itself. Raises whatever went wrong."""
    taken, rest = options.take_common(arguments)
    options.given.config, options.given.case, options.given.debug = taken.config, taken.case, taken.debug
    options.given.visible = options.given.unasked = None
    logging.basicConfig(
        level=logging.DEBUG if taken.debug else logging.WARNING, format="%(levelname)s %(message)s", force=True
    )
    if os.geteuid() == 0 and (code := import_module("monitor.cli.as_account").done_as_account(rest)) is not None:
        return int(code)
    if _answered_at_once(rest):
        return 0
    if not taken.debug:
        for handler in logging.getLogger().handlers:
            handler.addFilter(_without_traceback)
    wanted = next((word for word in rest if not word.startswith("-")), "")
    found = _parser(wanted)(rest, standalone_mode=False, prog_name="reupload-monitor")
    return found if isinstance(found, int) else 0


@cache
def _parser(wanted: str) -> Callable[..., object]:
    """Made once: whoever calls `run` again and again in one process should not pay for it each time."""
    found = typer.main.get_command(command_line(wanted))
    guarded(found)
    return found


def _tell_where_from(arguments: Sequence[str]) -> None:
    """Within an `except`, with --debug."""
    if "--debug" in arguments:
        logging.exception("--debug: where it came from")


def _answered_at_once(words: Sequence[str]) -> bool:
    """Past typer, which loads pydantic to convert a word into a word: whoever needs these should not wait."""
    if words[:1] == ["guide"] and len(words) <= 2 and not words[-1].startswith("-"):
        import_module("monitor.cli.guide").guide(*words[1:])
        return True
    if words[:1] == ["--version"]:
        import_module("monitor.cli.version").tell_version()
        return True
    return False


def _tell_fault(problem: Exception) -> None:
    step = step_of(problem)
    where = f" {step}" if step.startswith("in ") else f" while {step}" if step else ""
    printing.say(f"error: something unexpected went wrong{where}: {type(problem).__name__}: {problem}")
    printing.say("This is a fault of the program. Run it again with --debug and report what it prints.")


def _told_the_journal(problem: Exception, arguments: Sequence[str]) -> bool:
    """The daemon's last words, where others may read them: no file, watch or place by name (`monitor.daemon.logs`)."""
    if not {"run", "worker"} & {*arguments} or "JOURNAL_STREAM" not in os.environ:
        return False
    from monitor.daemon.logs import is_journal, log_to_stderr, of_error

    if not is_journal(sys.stderr):
        return False
    log_to_stderr(debug="--debug" in arguments)
    log = logging.getLogger("monitor.cli")
    log.error("it ends: `reupload-monitor doctor` says why", extra={"action": "ended"} | of_error(problem))
    return True


def _without_traceback(record: logging.LogRecord) -> bool:
    """A library's own traceback (of a task that Ctrl-C cut off, say) is for --debug only."""
    record.exc_info = record.exc_text = None
    return True


def _usage(problem: Exception) -> int:
    """What the parser of the command line says, in our shape. Duck-typed: its classes have moved between versions."""
    context = getattr(problem, "ctx", None)
    message = problem.format_message()  # type: ignore[attr-defined]
    message = message.replace(": Value error, ", ": ")  # words of a library's
    if message.startswith("Usage:"):  # a group without its command: the help was meant
        printing.say(message)
        return 2
    printing.say(f"error: {message}")
    path = context.command_path if context is not None else "reupload-monitor"
    printing.say(f"Try: {path} --help")
    return 2
