"""What is still missing for the program to do its work: somebody to tell, a place to look at, a photo to look for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lack:
    """key: secret, channel, watch or photo."""

    key: str
    message: str
    remedy: str


def lacking(
    *, channels: int, ordinary: int = 1, watched: int, cases: int, without_photo: Sequence[str]
) -> tuple[Lack, ...]:
    """channels: that are set; ordinary: those of them that are not only for urgent alerts or the digest. watched:
    watches that are switched on. cases: that are meant; without_photo: those of them, by name, in which none is
    enrolled."""
    found = []
    if not channels:
        message = "no alert channel is set: what is found is recorded, and nobody is told"
        found.append(Lack("channel", message, "reupload-monitor alerts add"))
    elif not ordinary:
        message = "every alert channel is only for urgent alerts or the weekly summary: of other finds nobody is told"
        found.append(Lack("channel", message, "reupload-monitor alerts add"))
    if not watched:
        found.append(Lack("watch", "nothing is watched: no place is looked at", "reupload-monitor watch add URL"))
    if without_photo:
        where = f" in {', '.join(without_photo)}" if cases > 1 else ""
        remedy = "reupload-monitor enroll FOLDER" + (" --case NAME" if cases > 1 else "")
        found.append(Lack("photo", f"no photo is enrolled{where}: nothing can be found", remedy))
    return tuple(found)


_NOTHING_GOES_OUT = (
    "the proxy is in no backup and has to be given again: until then nothing goes out, so no place is looked at and "
    "nobody is told"
)


def lacking_secrets(left_out: Sequence[str]) -> tuple[Lack, ...]:
    """left_out: as `Settings` has it. What is said names no file: it is told in the journal too."""
    return tuple(Lack("secret", *_of_secret(*name.rpartition(".")[::2])) for name in left_out)


def _of_secret(section: str, key: str) -> tuple[str, str]:
    if (section, key) == ("network", "proxy"):
        line = 'proxy = "socks5h://USER:PASSWORD@HOST:PORT"'
        return _NOTHING_GOES_OUT, f'Write {line} below [network] in config.toml, or proxy = "" where you want none.'
    if (section, key) == ("monitoring", "ping_url"):
        message = "the address that is to be asked for while all is well is in no backup and has to be given again"
        return message, 'Write ping_url = "https://..." below [monitoring] in config.toml, or ping_url = "" for none.'
    message = f"{key} of the account {section.removeprefix('credentials.')!r} is in no backup and has to be given again"
    return message, f'Write {key} = "..." (or {key}_file = "FILE") below [{section}] in config.toml.'
