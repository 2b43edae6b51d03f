"""The keys of config.toml: their types, their bounds, and what would be right when one is wrong.

Defaults stand in `monitor.model.settings`, reasons for users in config.example.toml. A key is named like its
field, but for the units that the fields' names carry (`RENAMED`).
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from monitor.config_addresses import (
    a_database,
    a_mail_address,
    a_name_of_secret,
    a_network,
    a_page_address,
    a_ping_address,
    a_proxy,
    a_recipient,
    a_web_address,
    alert_url,
    an_authority,
)
from monitor.config_spans import a_long_while_or_never, at_most_half_an_hour, at_most_ten_minutes, duration_or_seconds
from monitor.model.case import Authority
from monitor.model.settings import (
    AlertDetail,
    AlertSend,
    AlertSettings,
    BackupSettings,
    CaseSettings,
    CrawlSettings,
    DatabaseSettings,
    DigestSettings,
    EvidenceSettings,
    MatchSettings,
    MonitoringSettings,
    NetworkSettings,
    QueueSettings,
    QuotaSettings,
    RetentionSettings,
    ReviewSettings,
    Secret,
    TakedownSettings,
)
from monitor.tomlfile import Right

RENAMED = {
    "timeout": "timeout_s",
    "per_host_delay": "per_host_delay_s",
    "group_for": "group_for_s",
    "budget": "budget_seconds",
    "timestamp_url": "timestamp_urls",
    "lock_evidence_after": "lock_evidence_after_s",
    "lock_after": "lock_after_s",
    "every": "every_s",
    "dir": "folder",
}
"""Key in the file -> field of the settings, where the two differ."""


def _one_or_more(value: object) -> object:
    """A single text stands for a list of one; an empty one for none."""
    return ((value,) if value else ()) if isinstance(value, str) else value


def _a_timezone(value: str) -> str:
    if value:
        try:
            ZoneInfo(value)
        except (
            OSError,
            ValueError,
            KeyError,
        ) as error:  # an unknown zone is a KeyError, an odd path another one
            raise ValueError("is not a time zone that this machine knows") from error
    return value


def _a_time_of_day(value: object) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        return time.fromisoformat(value.zfill(5))
    raise ValueError("is not a time of day")


def _a_span_of_hours(value: object) -> tuple[time, time] | None:
    if value in ("", None):
        return None
    begin, dash, end = str(value).partition("-")
    if not dash:
        raise ValueError("is not a span of two times of day")
    return _a_time_of_day(begin.strip()), _a_time_of_day(end.strip())


def _a_country(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?", value):
        raise ValueError("is not a country code of two letters")
    return value.upper()


def case_id(value: str) -> str:
    """Safe in file names. Raises ValueError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", value):
        raise ValueError("is not made of small letters, digits, - and _ only (at most 40)")
    return value


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")
"""Of Unicode: overrides and embeddings, which make a notice read otherwise than it was written; and its own breaks of
lines. Marks that names in Arabic or Hebrew are written with are not among them."""


def _a_single_line(value: str) -> str:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise ValueError("holds a line break or control character")
    if set(value) & _TURNING:
        raise ValueError("holds a sign that turns the direction of what is written behind it")
    return value


Text = Annotated[str, AfterValidator(_a_single_line), Field(max_length=500)]
SecretText = Annotated[str, AfterValidator(Secret)]
Days = Annotated[int, Field(ge=0, le=36_500)]
_MATCH = MatchSettings()  # what it is when nothing is said, which is what is best tried first
Pdq = Annotated[int, Field(ge=0, le=128)]
Phash = Annotated[int, Field(ge=0, le=32)]
Bytes = Annotated[int, Field(ge=1024, le=1024**4)]
Most = Annotated[int, Field(ge=0, le=1024**5)]


class PersonKeys(TypedDict, total=False):
    name: Annotated[Text, Right('The name that the notices carry, for example name = "Jane Doe".')]
    email: Annotated[Text, AfterValidator(a_mail_address), Right('For example email = "jane@mail.example".')]
    jurisdiction: Annotated[Text, AfterValidator(_a_country), Right('For example jurisdiction = "US".')]
    role: Annotated[Authority, Right('role = "self" or role = "representative".')]


class CaseKeys(PersonKeys, total=False):
    id: Annotated[str, AfterValidator(case_id), Right('A short name, for example id = "default".')]


class DatabaseKeys(TypedDict, total=False):
    key: Annotated[SecretText, Right("Better key_file or a systemd credential named database.key.", True)]
    url: Annotated[
        str,
        AfterValidator(a_database),
        Right('For example url = "postgresql:///monitor?host=/run/postgresql" (or url_file).', True),
    ]


class QueueKeys(TypedDict, total=False):
    url: Annotated[
        str,
        AfterValidator(a_database),
        Right('That of [database], for example url_file = "/etc/reupload-monitor/database.url".', True),
    ]


class NetworkKeys(TypedDict, total=False):
    proxy: Annotated[
        str,
        AfterValidator(a_proxy),
        Right('"" or, for example, proxy = "socks5h://127.0.0.1:9050" (Tor; or tor://).', True),
    ]
    user_agent: Annotated[Text, Field(min_length=1), Right("A browser's own string; leave it out for the usual.")]
    allow_networks: Annotated[
        tuple[Annotated[str, AfterValidator(a_network)], ...], Right('allow_networks = ["127.0.0.0/8"].')
    ]
    allow_ports: Annotated[
        tuple[Annotated[int, Field(ge=1, le=65535)], ...], Right("For example allow_ports = [8080].")
    ]
    timeout: Annotated[float, Field(gt=0, le=3600), Right("Seconds, for example timeout = 60.")]
    max_page_bytes: Annotated[Bytes, Right("Bytes, for example max_page_bytes = 41943040.")]
    max_image_bytes: Annotated[Bytes, Right("Bytes, for example max_image_bytes = 31457280.")]
    ask_registries: Annotated[bool, Right("ask_registries = true or ask_registries = false.")]
    ask_abusix: Annotated[bool, Right("ask_abusix = true or ask_abusix = false.")]


class CrawlKeys(TypedDict, total=False):
    concurrency: Annotated[int, Field(ge=1, le=256), Right("For example concurrency = 8.")]
    per_host_delay: Annotated[float, Field(ge=0, le=3600), Right("Seconds, for example per_host_delay = 5.")]
    browser_path: Annotated[Text, Right('"" or, for example, browser_path = "/usr/bin/chromium".')]
    night: Annotated[bool, Right("night = true or night = false.")]
    weekend: Annotated[bool, Right("weekend = true or weekend = false.")]
    adapt_requests: Annotated[
        int, Field(ge=1, le=10_000_000), Right("Requests a day, for example adapt_requests = 5000.")
    ]
    max_run_seconds: Annotated[int, Field(ge=1, le=86_400), Right("For example max_run_seconds = 3600.")]
    max_run_bytes: Annotated[Bytes, Right("For example max_run_bytes = 2147483648.")]
    max_site_share: Annotated[float, Field(gt=0, le=1), Right("Above 0, at most 1, for example max_site_share = 0.5.")]


class MatchKeys(TypedDict, total=False):
    pdq_match: Annotated[Pdq, Right(f"Bits of 256, for example pdq_match = {_MATCH.pdq_match}.")]
    pdq_possible: Annotated[
        Pdq, Right(f"Bits of 256, not below pdq_match, for example pdq_possible = {_MATCH.pdq_possible}.")
    ]
    phash_match: Annotated[Phash, Right(f"Bits of 64, for example phash_match = {_MATCH.phash_match}.")]
    phash_possible: Annotated[
        Phash, Right(f"Bits of 64, not below phash_match, for example phash_possible = {_MATCH.phash_possible}.")
    ]
    min_quality: Annotated[
        int, Field(ge=0, le=100), Right(f"0 to 100, for example min_quality = {_MATCH.min_quality}.")
    ]
    features: Annotated[bool, Right("features = true or features = false.")]
    budget: Annotated[int, BeforeValidator(duration_or_seconds), Right('For example budget = "10m".')]
    flood_hosts: Annotated[int, Field(ge=1, le=100_000), Right(f"For example flood_hosts = {_MATCH.flood_hosts}.")]


class AlertKeys(TypedDict, total=False):
    urls: Annotated[
        tuple[Annotated[Any, BeforeValidator(alert_url)], ...],
        Right('urls = ["mailto://..."] or urls = [{ url_file = "mail.url", tags = ["urgent"] }].', True),
    ]
    send: Annotated[AlertSend, Right('send = "first" (until one takes the alert) or send = "all".')]
    sender_name: Annotated[Text, Field(max_length=60), Right('For example sender_name = "Monitor".')]
    detail: Annotated[AlertDetail, Right('"discreet", "summary" or "full".')]
    product_name: Annotated[Text, Field(min_length=1, max_length=60), Right('product_name = "Monitor".')]
    quiet_hours: Annotated[Any, BeforeValidator(_a_span_of_hours), Right('"" or quiet_hours = "22:00-07:00".')]
    group_for: Annotated[
        int,
        BeforeValidator(duration_or_seconds),
        AfterValidator(at_most_ten_minutes),
        Right('At most 10 minutes, for example group_for = "60s".'),
    ]


class DigestKeys(TypedDict, total=False):
    weekday: Annotated[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
        Right('For example weekday = "sunday".'),
    ]
    at: Annotated[time, BeforeValidator(_a_time_of_day), Right('For example at = "18:00".')]
    timezone: Annotated[str, AfterValidator(_a_timezone), Right('"" or, for example, timezone = "Europe/Paris".')]


class EvidenceKeys(TypedDict, total=False):
    recipients: Annotated[
        tuple[Annotated[str, AfterValidator(a_recipient)], ...],
        Right('Public keys as `age-keygen` prints them: recipients = ["age1..."] (62 letters).', True),
    ]
    keep_images: Annotated[bool, Right("keep_images = true or keep_images = false.")]
    max_run_bytes: Annotated[Bytes, Right("Bytes, for example max_run_bytes = 268435456.")]
    max_day_bytes: Annotated[Bytes, Right("Bytes, for example max_day_bytes = 1073741824.")]
    timestamp_url: Annotated[
        tuple[Annotated[str, AfterValidator(an_authority)], ...],
        BeforeValidator(_one_or_more),
        Field(max_length=10),
        Right('timestamp_url = "https://tsa.example/tsr" or a list of such addresses.', True),
    ]
    timestamp_roots: Annotated[
        tuple[Annotated[Text, Field(min_length=1)], ...],
        BeforeValidator(_one_or_more),
        Field(max_length=50),
        Right('timestamp_roots = "tsa-root.pem" or a list of such files.'),
    ]


class RetentionKeys(TypedDict, total=False):
    candidates_days: Annotated[Days, Right("Days, for example candidates_days = 180.")]
    runs_days: Annotated[Days, Right("Days, for example runs_days = 365.")]
    alerts_days: Annotated[int, Field(ge=90, le=36_500), Right("90 days or more, for example alerts_days = 730.")]
    facts_days: Annotated[int, Field(ge=60, le=36_500), Right("60 days or more, for example facts_days = 400.")]
    machine_facts_days: Annotated[
        int, Field(ge=7, le=36_500), Right("A week or more, for example machine_facts_days = 90.")
    ]
    wishes_days: Annotated[int, Field(ge=2, le=36_500), Right("2 days or more, for example wishes_days = 30.")]
    upgrade_copies_days: Annotated[Days, Right("Days, for example upgrade_copies_days = 30.")]


class BackupKeys(TypedDict, total=False):
    every: Annotated[
        int, BeforeValidator(a_long_while_or_never), Right('For example every = "1d"; "" makes none by itself.')
    ]
    keep: Annotated[int, Field(ge=1, le=1000), Right("At least 1, for example keep = 3.")]
    dir: Annotated[Text, Right('A folder, best on another disk: dir = "/media/stick/backups".')]


class MonitoringKeys(TypedDict, total=False):
    ping_url: Annotated[
        str,
        AfterValidator(a_ping_address),
        Right('For example ping_url = "https://hc-ping.com/..." (or ping_url_file).', True),
    ]
    heartbeat: Annotated[bool, Right("heartbeat = true or heartbeat = false.")]
    metrics: Annotated[bool, Right("metrics = true or metrics = false.")]
    metrics_port: Annotated[int, Field(ge=1024, le=65535), Right("For example metrics_port = 9464.")]


class TakedownKeys(TypedDict, total=False):
    signature: Annotated[Text, Right("The name as the notices are signed with it.")]
    contact_email: Annotated[Text, AfterValidator(a_mail_address), Right('contact_email = "jane@mail.example".')]
    address: Annotated[Text, Right('One line, for example address = "1 Example Road, London E1 1AA".')]
    phone: Annotated[Text, Right('For example phone = "+44 20 0000 0000".')]


class ReviewKeys(TypedDict, total=False):
    address: Annotated[
        str, AfterValidator(a_page_address), Right('"" or one of this machine\'s, for example address = "127.83.19.4".')
    ]
    port: Annotated[int, Field(ge=1024, le=65535), Right("For example port = 8765.")]
    certificate: Annotated[Text, Right('A PEM file with chain and key: certificate = "page.pem". Or leave it out.')]
    exit_url: Annotated[Text, AfterValidator(a_web_address), Right('For example exit_url = "https://weather.example".')]
    socket: Annotated[Text, Right('A path, for example socket = "/run/monitor-page/page.sock". Or leave it out.')]
    proxy_account: Annotated[Text, Right('The account of the proxy, for example proxy_account = "caddy".')]
    proxy_header: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9-]{1,60}$"),
        Right('The name of a header, for example proxy_header = "X-Forwarded-Email".'),
    ]
    proxy_host: Annotated[
        str,
        Field(pattern=r"^([a-z0-9.-]+(:[0-9]+)?)?$"),
        Right('As browsers show it, without https://: proxy_host = "monitor.helpline.example".'),
    ]
    lock_evidence_after: Annotated[
        int,
        BeforeValidator(duration_or_seconds),
        AfterValidator(at_most_half_an_hour),
        Right('From one minute to 30, for example lock_evidence_after = "5m".'),
    ]
    lock_after: Annotated[
        int,
        BeforeValidator(duration_or_seconds),
        AfterValidator(at_most_half_an_hour),
        Right('From one minute to 30, for example lock_after = "15m".'),
    ]


class QuotaKeys(TypedDict, total=False):
    watches: Annotated[Most, Right("A number, for example watches = 20; 0 for any number.")]
    requests: Annotated[Most, Right("Requests in 24 hours, for example requests = 5000; 0 for any number.")]
    evidence_bytes: Annotated[Most, Right("Bytes, for example evidence_bytes = 1073741824; 0 for any number.")]
    captures: Annotated[Most, Right("Looks in 24 hours, for example captures = 100; 0 for any number.")]


class FurtherCaseKeys(PersonKeys, TakedownKeys, total=False):
    """`[cases.NAME]`"""


class TopKeys(TypedDict, total=False):
    data_dir: Annotated[Path, Right('A folder, for example data_dir = "data".')]
    watchlist_dir: Annotated[Path, Right('A folder, for example watchlist_dir = "watchlists".')]
    left_out: Annotated[
        tuple[Annotated[str, AfterValidator(a_name_of_secret)], ...],
        Right('As `restore` writes it, for example left_out = ["network.proxy"]. Or delete the line.'),
    ]


SECTIONS: dict[str, tuple[type, type]] = {
    "case": (CaseKeys, CaseSettings),
    "database": (DatabaseKeys, DatabaseSettings),
    "queue": (QueueKeys, QueueSettings),
    "network": (NetworkKeys, NetworkSettings),
    "crawl": (CrawlKeys, CrawlSettings),
    "match": (MatchKeys, MatchSettings),
    "alerts": (AlertKeys, AlertSettings),
    "digest": (DigestKeys, DigestSettings),
    "evidence": (EvidenceKeys, EvidenceSettings),
    "retention": (RetentionKeys, RetentionSettings),
    "takedown": (TakedownKeys, TakedownSettings),
    "monitoring": (MonitoringKeys, MonitoringSettings),
    "backup": (BackupKeys, BackupSettings),
    "review": (ReviewKeys, ReviewSettings),
    "quota": (QuotaKeys, QuotaSettings),
}
"""Section -> its keys, and the settings that they fill."""

SECRET_KEYS = {
    ("database", "key"),
    ("database", "url"),
    ("queue", "url"),
    ("network", "proxy"),
    ("alerts", "urls"),
    ("monitoring", "ping_url"),
}
"""Keys that may be given as `<key>_file`. Every key of [credentials.NAME] is secret too."""
