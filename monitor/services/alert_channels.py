"""The channels themselves: tried, put into config.toml with their secrets in files of their own, taken out again.

Whatever is written is read back: a channel counts as added once the configuration names it, else everything is as it
was before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.config_addresses import alert_url
from monitor.config_edit import (
    add_entry,
    edited,
    parsed_toml,
    read_toml,
    refuse_secrets_folder,
    remove_secret,
    replace_file,
    section,
    write_secret,
)
from monitor.errors import MonitorError, UsageError
from monitor.homes import at_home
from monitor.model.settings import AlertSend, AlertUrl, Secret, Settings

if TYPE_CHECKING:
    from monitor.model.channel_health import ChannelResult
    from monitor.outbound.own_ways import OwnWays

TAGS = ("urgent", "digest")


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One of [alerts] urls, for showing. place: counted from 1. leads_to: in words, without a secret. stands_in: the
    file that holds its URL, from the folder of config.toml on where it lies in that."""

    place: int
    kind: str
    leads_to: str
    tags: tuple[str, ...]
    stands_in: str


@dataclass(frozen=True, slots=True)
class WayFound:
    """The first of several URLs that lets us in, '' where none does. said: why not."""

    url: str
    said: str = ""
    login_refused: bool = False


def channel_lines(settings: Settings) -> Sequence[ChannelLine]:
    """In order, as they are in force."""
    homes = _homes(settings)
    return [
        ChannelLine(
            place, url.url.value.partition("://")[0], leads_to(url.url.value), url.tags, homes.get(url.url.value, "")
        )
        for place, url in enumerate(settings.alerts.urls, start=1)
    ]


def leads_to(url: str) -> str:
    """Whom a mail goes to; of what is not mail only the server, and not always that: it may be a token."""
    scheme = url.partition("://")[0].lower()
    with suppress(ValueError):
        parts = urlsplit(url)
        if scheme in ("mailto", "mailtos"):
            fields = dict(parse_qsl(parts.query))
            host = fields.get("smtp") or parts.hostname or ""
            to = fields.get("to") or unquote(parts.path).strip("/") or fields.get("from") or f"{parts.username}@{host}"
            return f"mail to {to}"
        if scheme.rstrip("s") in ("ntfy", "signal", "matrix", "hassio", "gotify", "json") and "." in parts.netloc:
            return f"{scheme.rstrip('s')} at {parts.hostname}"
    return scheme


async def why_no_channel(settings: Settings, own: OwnWays, url: str) -> str:
    """Why nothing can ever be sent to this URL; '' where something may. Nobody is asked."""
    from monitor.outbound.alerts import open_channel

    channel = open_channel(_with(settings, url), own, quick=True)
    try:
        (result,) = await channel.read()
    finally:
        await channel.aclose()
    return result.error


async def first_way(settings: Settings, own: OwnWays, urls: Sequence[str]) -> WayFound:
    """Asks a mail server in several ways, without sending anything. It stops at a server that knows us not."""
    from monitor.outbound.alerts import open_channel

    channel = open_channel(_with(settings, *urls), own, quick=True)
    try:
        found, results = await channel.first_that_lets_in()
    finally:
        await channel.aclose()
    last = results[found]
    if last.taken:
        return WayFound(urls[found])
    if last.login_refused:
        return WayFound("", last.error, login_refused=True)
    return WayFound("", "; ".join(dict.fromkeys(one.error for one in results)))


async def try_channel(settings: Settings, own: OwnWays, url: str, now: datetime) -> ChannelResult:
    """A harmless message through this one, whether or not it is set."""
    from monitor.services.alerts import try_channels

    (result,) = await try_channels(_with(settings, url), own, now)
    return result


def _with(settings: Settings, *urls: str) -> Settings:
    return replace(settings, alerts=replace(settings.alerts, urls=tuple(AlertUrl(url=Secret(url)) for url in urls)))


def check_channel(settings: Settings, url: str, tags: Sequence[str] = ()) -> None:
    """Before anything is sent. Raises UsageError where it cannot be added, WorkFailed where its secret has no place."""
    config = _config_of(settings)
    if wrong := [tag for tag in tags if tag not in TAGS]:
        raise UsageError(f"there is no tag {wrong[0]!r}", remedy="--tag urgent, --tag digest, or none for everything.")
    try:
        alert_url({"url": url, "tags": list(tags)})
    except ValueError as error:
        raise UsageError(
            f"the channel's address {error}", remedy="https://appriseit.com/services/ has the form of each."
        ) from error
    if any(one.url.value == url for one in settings.alerts.urls):
        raise UsageError("this channel is there already", remedy="reupload-monitor alerts list shows which it is.")
    if _urls_file(config) is None:
        refuse_secrets_folder(config)


def _urls_file(config: Path) -> str | None:
    """As config.toml has it."""
    given = parsed_toml(config, read_toml(config)).get("alerts", {})
    found = given.get("urls_file") if isinstance(given, dict) else None
    return found if isinstance(found, str) else None


def add_channel(
    settings: Settings,
    url: str,
    *,
    name: str,
    tags: Sequence[str] = (),
    send: AlertSend | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Path:
    """The file that holds its URL. name: of that file. send: None = as it is. Raises UsageError, WorkFailed: then
    nothing was changed."""
    check_channel(settings, url, tags)
    config = _config_of(settings)
    if (urls_file := _urls_file(config)) is not None:
        return _add_line(settings, config, urls_file, url, tags, send, environ)
    secret = write_secret(config, f"{name}.url", url)
    entry = {"url_file": f"{secret.parent.name}/{secret.name}", **({"tags": list(tags)} if tags else {})}

    def add(document: Any) -> None:
        table = section(document, "alerts")
        add_entry(table, "urls", entry)
        if send is not None:
            table["send"] = send.value

    def take_back(document: Any) -> None:
        document["alerts"]["urls"].remove(entry)
        if send is not None and send is not settings.alerts.send:
            document["alerts"]["send"] = settings.alerts.send.value

    by_hand = f'Write it yourself, below [alerts]: urls = [{{ url_file = "FILE" }}], with the URL in FILE ({secret}).'
    try:
        edited(config, add, by_hand=by_hand)
    except MonitorError:
        remove_secret(config, secret)
        raise
    try:
        _in_force(config, url, environ)
    except MonitorError:
        edited(config, take_back, by_hand=f"Take {entry['url_file']} out of [alerts] urls.")
        remove_secret(config, secret)
        raise
    return secret


def _add_line(
    settings: Settings,
    config: Path,
    urls_file: str,
    url: str,
    tags: Sequence[str],
    send: AlertSend | None,
    environ: Mapping[str, str],
) -> Path:
    """Where the person keeps all channels in one file, it goes there."""
    path = config.parent / at_home(urls_file)
    if tags:
        raise UsageError(
            f"[alerts] urls_file keeps all channels in {path}, where none can have tags",
            remedy='Write urls = [{ url_file = "FILE", tags = ["urgent"] }] in its place, with one URL in each file.',
        )
    before = read_toml(path)
    if before.lstrip().startswith("["):
        raise UsageError(f"{path} is a JSON list", remedy="Add the URL to it yourself, or write one URL in a line.")
    replace_file(path, f"{before.rstrip()}\n{url}\n".lstrip().encode(), remedy="Add the URL to it yourself.")
    try:
        _in_force(config, url, environ)
        if send is not None and send is not settings.alerts.send:
            set_send(config, send)
    except MonitorError:
        replace_file(path, before.encode(), remedy=f"Take the last line out of {path}.")
        raise
    return path


def set_send(config: Path, send: AlertSend) -> None:
    """Raises UsageError, WorkFailed."""

    def change(document: Any) -> None:
        section(document, "alerts")["send"] = send.value

    edited(config, change, by_hand=f'Write it yourself, below [alerts]: send = "{send.value}"')


def remove_channel(settings: Settings, place: int, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file of its secret, where that went too. place: as `channel_lines` counts. Raises UsageError, WorkFailed:
    then nothing was changed."""
    config = _config_of(settings)
    entries = _entries(config)
    if not 1 <= place <= len(settings.alerts.urls):
        raise UsageError(f"there is no channel {place}", remedy="reupload-monitor alerts list numbers them.")
    if [one.url for one in entries] != [one.url.value for one in settings.alerts.urls]:
        raise UsageError(
            "the channels do not stand in config.toml: an environment variable or a systemd credential names them",
            remedy="Take it out there.",
        )
    gone = entries[place - 1]
    if gone.in_file is not None and gone.raw is None:  # of [alerts] urls_file
        lines = read_toml(gone.in_file).splitlines()
        left = [line for line in lines if line.strip() != gone.url]
        replace_file(
            gone.in_file, "".join(f"{line}\n" for line in left).encode(), remedy=f"Take it out of {gone.in_file}."
        )
        return None

    def take_out(document: Any) -> None:
        listed = document["alerts"]["urls"]
        if listed[place - 1] != gone.raw:
            raise ValueError("it changed meanwhile")
        del listed[place - 1]

    edited(config, take_out, by_hand="Take it out of [alerts] urls yourself.")
    return gone.in_file if gone.in_file is not None and remove_secret(config, gone.in_file) else None


@dataclass(frozen=True, slots=True)
class _Entry:
    """raw: as it stands in the list in config.toml; None: it is a line of urls_file. in_file: that holds the URL, None:
    config.toml does."""

    url: str
    raw: object
    in_file: Path | None


def _entries(config: Path) -> list[_Entry]:
    """As config.toml has them, without what would overrule it."""
    table = parsed_toml(config, read_toml(config)).get("alerts", {})
    listed = table.get("urls", []) if isinstance(table, dict) else []
    found = [_entry(config, raw) for raw in (listed if isinstance(listed, list) else [])]
    if isinstance(table, dict) and isinstance(table.get("urls_file"), str):
        path = config.parent / at_home(table["urls_file"])
        with suppress(MonitorError):
            lines = [line.strip() for line in read_toml(path).splitlines()]
            found += [_Entry(line, None, path) for line in lines if line]
    return found


def _entry(config: Path, raw: object) -> _Entry:
    if isinstance(raw, dict) and isinstance(raw.get("url_file"), str):
        path = config.parent / at_home(raw["url_file"])
        with suppress(MonitorError):
            return _Entry(read_toml(path).rstrip("\r\n"), raw, path)
        return _Entry("", raw, path)
    return _Entry(str(raw.get("url", "")) if isinstance(raw, dict) else str(raw), raw, None)


def _homes(settings: Settings) -> dict[str, str]:
    """URL -> the file that holds it."""
    if settings.path is None:
        return {}
    with suppress(MonitorError):
        return {one.url: shown_file(settings, one.in_file or settings.path) for one in _entries(settings.path)}
    return {}


def shown_file(settings: Settings, path: Path) -> str:
    """Without the folder of config.toml, where it lies in that."""
    folder = settings.path.parent.resolve() if settings.path else None
    found = path.resolve()
    return str(found.relative_to(folder)) if folder and found.is_relative_to(folder) else str(path)


def _config_of(settings: Settings) -> Path:
    if settings.path is None:
        raise UsageError(
            "there is no config.toml: the settings come from the environment",
            remedy="Set REUPLOAD_MONITOR_ALERTS__URLS there, or make a config.toml with `reupload-monitor init`.",
        )
    return settings.path


def _in_force(config: Path, url: str, environ: Mapping[str, str]) -> None:
    """Raises UsageError where the configuration, read anew, does not name it."""
    from monitor.config import load

    if any(one.url.value == url for one in load(config, environ).alerts.urls):
        return
    raise UsageError(
        "[alerts] urls is set by an environment variable or a systemd credential, which goes before config.toml",
        remedy="Add the channel there, or take that away. Nothing was changed.",
    )
