"""A sheet to print: where the identity lies, and how anybody opens the sealed files with the stock `age`, without this
program. It does not say what they are about: paper lies about."""

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
    """identity: the file that `init` made; None: the person has it elsewhere."""

    data_dir: Path
    vault: Path
    recipient: str
    identity: Path | None
    made: date


def recovery_sheet(facts: SheetFacts, key: Secret | None) -> str:
    """Plain text of at most 80 signs a line but for paths. key: printed too, where the person asked for it."""
    vault, data = shlex.quote(str(facts.vault)), shlex.quote(str(facts.data_dir))
    identity = shlex.quote(str(facts.identity)) if facts.identity else "the file that you have"
    lines = [
        "RECOVERY SHEET",
        f"Made on {facts.made.isoformat()}",
        "",
        "The sealed files lie in",
        f"    {facts.vault}",
        "The identity that opens them lies in",
        f"    {facts.identity or '(elsewhere; write down where:) ______________________________'}",
        "and its copies in (write by hand: a stick, another place)",
        "    ________________________________________________________________",
        "Its public key is",
        f"    {facts.recipient}",
        "",
        "Without the identity nobody opens them. Its passphrase does not stand here.",
        "",
        "TO OPEN ONE FILE",
        "On any computer that has the program `age` (Debian, Ubuntu: apt install age).",
        "What is opened lies in memory, and is gone when the computer is switched off.",
        "",
        "    cd $(mktemp -d -p /dev/shm)",
    ]
    if facts.identity:
        lines += [f"    age -d -o identity.txt {identity}", "        (asks for the passphrase)"]
    else:
        lines += [f"    (copy {identity} here, as identity.txt)"]
    lines += [
        f"    age -d -i identity.txt -o opened {vault}/NAME.age",
        "    rm identity.txt opened            (when you are done)",
        "",
        "TO HAVE EVERYTHING ON ANOTHER COMPUTER",
        f"Copy {data}",
        "there, or its backup, and install the program. Its key comes from the vault:",
        "",
        f"    age -d -i identity.txt -o store.key {vault}/store-key.age",
        "",
        "Put store.key on a stick, and name it in config.toml: [database] key_file.",
    ]
    if key is not None:
        lines += ["", "THE KEY ITSELF", *_wrapped(WHAT_PAPER_MEANS), "", f"    {key.value}", ""]
        lines += ["Type it into a file identity.txt, as one line: age takes it as it is."]
    return "\n".join([*lines, ""])


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 78)
