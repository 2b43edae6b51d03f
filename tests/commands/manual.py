"""The manual page: man(7)."""

from __future__ import annotations

from collections.abc import Iterator

from monitor import __version__
from tests.commands.tree import NAME, Command, Word

HEAD = """\
.\\" Made from the commands by `make commands`: a change here is lost.
.TH REUPLOAD\\-MONITOR 1 "" "reupload\\-monitor {version}" "User commands"
.nh
.ad l
.SH NAME
reupload\\-monitor \\- watch for copies of your own intimate images
.SH SYNOPSIS
.B reupload\\-monitor
.RI [ OPTIONS ]
.I COMMAND
.RI [ ARGUMENTS ]
.SH DESCRIPTION
"""
TAIL = """\
.SH EXIT STATUS
.TP
.B 0
It is done.
.TP
.B 1
The work failed; what is said names why.
.TP
.B 2
It was typed wrongly, or something is wrong in the configuration.
.TP
.B 3
It needs you: a key, an answer, a set\\-up.
.TP
.B 130
It was stopped with Ctrl\\-C.
.SH FILES
.TP
.I ~/.config/reupload\\-monitor/config.toml
The configuration; of a service of the machine:
.IR /etc/reupload\\-monitor/config.toml .
.TP
.I ~/.local/share/reupload\\-monitor
The encrypted store and the sealed evidence; of a service of the machine:
.IR /var/lib/reupload\\-monitor .
.SH ENVIRONMENT
.TP
.B REUPLOAD_MONITOR_CONFIG
Where the configuration is.
.TP
.BI REUPLOAD_MONITOR_ SECTION __ KEY
A setting in place of the one in the file, for instance
.BR REUPLOAD_MONITOR_CRAWL__CONCURRENCY=4 .
"""


def manual_page(tree: Command) -> str:
    return "\n".join([HEAD.format(version=__version__).rstrip("\n"), *_body(tree), TAIL])


def _body(tree: Command) -> Iterator[str]:
    yield _text(tree.help)
    yield ".SH OPTIONS"
    yield "These may stand before and behind the name of the command."
    yield from _words(tree.options)
    yield ".SH COMMANDS"
    for command in tree.all():
        if command.path and not command.below:
            yield f'.SS "{_escaped(" ".join((NAME, *command.path)))}{_typed(command)}"'
            yield _text(command.help)
            yield from _words((*command.arguments, *(one for one in command.options if "--help" not in one.names)))


def _typed(command: Command) -> str:
    arguments = [f"{one.value}{'...' if one.several else ''}" for one in command.arguments]
    shown = [text if one.required else f"[{text}]" for one, text in zip(command.arguments, arguments, strict=True)]
    return _escaped("".join(f" {text}" for text in shown))


def _words(words: tuple[Word, ...]) -> Iterator[str]:
    for word in words:
        if not word.names and not word.help:
            continue
        names = ", ".join(f"\\fB{_escaped(name)}\\fR" for name in word.names)
        value = f"\\fI{_escaped(word.value)}\\fR" if word.value else ""
        yield ".TP"
        yield f"{names} {value}".strip()
        yield _text(word.help or "See above.")


def _text(text: str) -> str:
    escaped = _escaped(text)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq").replace("`", "\\(ga")
