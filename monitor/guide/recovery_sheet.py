"""A sheet to print: what to keep where, how anybody opens the sealed files with the stock `age`, without this program,
and how the program gets its key back. It does not say what they are about: paper lies about."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from monitor.model.settings import Secret

WHAT_PAPER_MEANS = (
    "Whoever finds the paper opens everything, without a passphrase. Keep it away from home if somebody there must not "
    "see this: in a bank's safe, with a lawyer or somebody you trust. Without the paper and the identity file nothing "
    "opens, for you neither."
)


@dataclass(frozen=True, slots=True)
class SheetFacts:
    """identity: the file that `init` made; None: the person has it elsewhere. program: as it is called, with what makes
    it find its configuration. on_server: the finds are in a database, which whoever runs its server copies."""

    config: Path
    data_dir: Path
    recipient: str
    identity: Path | None
    made: date
    program: str
    on_server: bool = False


def recovery_sheet(facts: SheetFacts, key: Secret | None) -> str:
    """Plain text of at most 80 signs a line but for paths. key: printed too, where the person asked for it."""
    lines = [
        "RECOVERY SHEET",
        f"Made on {facts.made.isoformat()}. Print it, then remove the file.",
        "",
        *_to_keep(facts),
        "",
        *_without_the_program(facts),
        "",
        *_in_the_program(facts),
    ]
    if key is not None:
        lines += ["", "THE KEY ITSELF", *_wrapped(WHAT_PAPER_MEANS), "", f"    {key.value}", ""]
        lines += ["Type it into a file identity.txt, as one line: age takes it as it is."]
    return "\n".join([*lines, ""])


_COPIED_FOLDER = ("        (with the copy of the folder of the sealed evidence, as vault)",)
_NEWEST = '"$(ls backup-*.tar | tail -n 1)"'
"""Of the backups on the stick: their names begin with their time."""


_UNPACKED = (f"    tar -xf {_NEWEST}", "    (cd backup && sha256sum -c SHA256SUMS)")


def _to_keep(facts: SheetFacts) -> list[str]:
    lines = ["1. KEEP THESE AWAY FROM THIS COMPUTER", "", "[ ] this sheet"]
    if facts.identity:
        lines += [
            "[ ] the passphrase, on paper. Here only where nobody else gets at this sheet:",
            "    ____________________________________________________________________",
            "[ ] a copy of the identity, on a stick or two. Nothing opens without it:",
            f"    cp {_quoted(facts.identity)} STICK/",
        ]
    else:
        lines += ["[ ] a copy of your identity, on a stick or two. Nothing opens without it. Where:"]
        lines += ["    ____________________________________________________________________"]
    if facts.on_server:
        return [
            *lines,
            "[ ] where the copies of three things lie, which whoever runs the server makes:",
            "    the database, the folder of the sealed evidence, and the store's key",
            f"    (the folder is {facts.data_dir / 'vault'}):",
            "    ____________________________________________________________________",
            "",
            "What is kept is encrypted. The public key that it is sealed to:",
            f"    {facts.recipient}",
        ]
    return [
        *lines,
        "[ ] now and then a backup of all that is kept, on a stick; the program goes on:",
        f"    {facts.program} backup STICK/",
        "",
        "What is kept is encrypted. The public key that it is sealed to:",
        f"    {facts.recipient}",
    ]


def _without_the_program(facts: SheetFacts) -> list[str]:
    opened = 'age -d -o "$W/identity.txt" identity.age' if facts.identity else 'cp IDENTITY-FILE "$W/identity.txt"'
    return [
        "2. WHEN THE COMPUTER IS GONE: TO OPEN THE EVIDENCE ANYWHERE",
        "",
        "On a computer with the program age (Debian, Ubuntu: sudo apt install age).",
        "What is opened lies in memory, and is gone when it is switched off.",
        "",
        "    cd STICK",
        *(_COPIED_FOLDER if facts.on_server else _UNPACKED),
        "    W=$(mktemp -d -p /dev/shm)",
        f"    {opened}",
        *(["        (asks for the passphrase)"] if facts.identity else []),
        f'    for F in $(find {"vault" if facts.on_server else "backup"} -name "*.age"); do',
        '      age -d -i "$W/identity.txt" -o "$W/$(basename "$F" .age)" "$F"; done',
        '    ls "$W"',
        "        (pictures, pages, letters: look at each. When you are done:)",
        '    rm -r "$W"',
    ]


def _in_the_program(facts: SheetFacts) -> list[str]:
    identity = facts.identity.name if facts.identity else "IDENTITY-FILE"
    if facts.on_server:
        return [
            "3. TO HAVE ALL OF IT BACK IN THE PROGRAM",
            "",
            "Whoever runs the server puts the copy of the database and of the folder back",
            "(docs/operations.md). Was the store's key lost, the folder has it, sealed to",
            "your identity:",
            "",
            f"    {facts.program} recover-key --identity {identity}",
        ]
    return [
        "3. TO HAVE ALL OF IT BACK IN THE PROGRAM",
        "",
        "Install it on another computer. With the stick:",
        "",
        "    cd STICK",
        f"    {facts.program} restore {_NEWEST} \\",
        f"      --identity {identity}",
        "",
        "It says what has to be given again: passwords are in no backup.",
    ]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 78)
