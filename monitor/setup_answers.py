"""What a person answers when everything is set up, judged alike wherever it was asked; and names for files that are
made then."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Callable, Mapping, Sequence
from difflib import SequenceMatcher
from importlib.resources import files
from pathlib import Path

from monitor.config_keys import CaseKeys
from monitor.config_places import PREFIX
from monitor.errors import UsageError
from monitor.guide.new_passphrase import why_weak
from monitor.plain import plain
from monitor.tomlfile import accepted

NEARLY = 0.75
"""Of the six words: typed so much alike, it is them with a slip, and no passphrase of one's own."""

_WRONG = {
    "name": ("that is no name that can stand in a letter", "Letters in one line, as on an envelope."),
    "email": ("that is no mail address", "For example jane@mail.example."),
    "jurisdiction": ("that is no country of two letters", "For example US, GB or DE."),
}


def of_case(key: str, *, as_option: bool = False) -> Callable[[str], str]:
    """A check for `asking.ask`, by what config.toml takes for that key of a case. Raises UsageError."""

    def check(typed: str) -> str:
        values, wrong = accepted(CaseKeys, {key: typed.strip()})
        if wrong:
            what, right = _WRONG[key]
            raise UsageError(f"--{key}: {wrong[0][1]}" if as_option else what, remedy=right)
        return str(values[key])

    return check


def country_code(typed: str) -> str:
    """Of two letters, from a code or the country's name in English. Raises UsageError."""
    if not typed:
        return ""
    said = " ".join(typed.lower().replace(".", "").split())
    codes = _countries()
    if said.partition("-")[0].upper() in codes.values():
        return of_case("jurisdiction")(said)
    if said in codes:
        return codes[said]
    begun = {code for name, code in codes.items() if len(said) > 3 and name.startswith(said)}
    if len(begun) == 1:
        return begun.pop()
    raise UsageError(
        f"no country is known as {plain(typed, 40)!r}",
        remedy="Two letters, for example US, GB, DE, FR or IN; or its name in English.",
    )


def _countries() -> dict[str, str]:
    """Name in English, in small letters -> code (ISO 3166-1), as the time zones' data has them."""
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    rows = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    other = {
        "uk": "GB",
        "england": "GB",
        "scotland": "GB",
        "wales": "GB",
        "united kingdom": "GB",
        "great britain": "GB",
    }
    more = {"usa": "US", "america": "US", "united states of america": "US", "holland": "NL", "korea": "KR"}
    return {name.lower(): code for code, name in rows} | other | more


def known_of_person(*said: str) -> tuple[str, ...]:
    """What others know of her, for `why_weak`: what she said, and how the account and its owner are called."""
    names = [os.environ.get(key, "") for key in ("SUDO_USER", "LOGNAME", "USER")]
    with contextlib.suppress(KeyError):  # an account without an entry
        entry = pwd.getpwuid(os.getuid())
        names += [entry.pw_name, entry.pw_gecos.partition(",")[0]]
    return tuple(text for text in (*said, *names) if text)


def passphrase_meant(typed: str, six: str, about: Sequence[str]) -> str:
    """six: the words that were offered. about: as `why_weak` has it. Raises ValueError, saying what would be right."""
    words = " ".join(typed.split())
    if words.lower() == six:
        return six
    if SequenceMatcher(None, words.lower(), six).ratio() >= NEARLY:
        raise ValueError("That is not quite what stands above. Please type the six words once more.")
    if why := why_weak(typed, about):
        raise ValueError(f"{why} Or type the six words above.")
    return typed.strip()


def unused_name(path: Path) -> Path:
    """Itself, or with a number where that is taken."""
    number, found = 1, path
    while os.path.lexists(found):
        number += 1
        found = path.with_stem(f"{path.stem}-{number}")
    return found


def key_file_without_keyring(config: Path, environ: Mapping[str, str] = os.environ) -> Path | None:
    """None where the key comes from the environment, a credential or the keyring."""
    import keyring

    credential = Path(environ.get("CREDENTIALS_DIRECTORY", "/nowhere"), "database.key")
    given = any(name.startswith(f"{PREFIX}DATABASE__KEY") for name in environ) or credential.is_file()
    return None if given or keyring.get_keyring().priority > 0 else config.parent / "store.key"
