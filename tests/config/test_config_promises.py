"""What a configuration may hold does something, or is refused: every accepted key is read by some code."""

from __future__ import annotations

import ast
import dataclasses
import re
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

import monitor
from monitor import config, config_later
from monitor.config_keys import RENAMED, SECTIONS, FurtherCaseKeys, TopKeys
from monitor.errors import ConfigError
from monitor.model.settings import AlertUrl, BackupSettings, DatabaseSettings, QueueSettings, Settings
from monitor.model.watch import Adapt, Follow, ImageRules, Watch
from monitor.tomlfile import accepted, hints_of
from monitor.watchlist_keys import AdaptKeys, FollowKeys, ImageKeys, WatchKeys

PACKAGE = Path(monitor.__file__).parent


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


# --- what is for a later version -------------------------------------------------------------------------------------

REFUSED = [
    pytest.param("[match]\nkeep_features_days = 30", "keep_features_days", "hashes", id="features of finds"),
]


@pytest.mark.parametrize(("text", "key", "right"), REFUSED)
def test_what_does_nothing_yet_is_refused_with_what_to_do(tmp_path: Path, text: str, key: str, right: str) -> None:
    path = write(tmp_path / "config.toml", text)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    error = caught.value
    assert (error.file, error.line, error.key, error.exit_code) == (str(path), 2, key, 2)
    assert error.cause.endswith(f"{key} is not in this version") and right in error.remedy
    assert "hunter2" not in str(error) + error.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("REUPLOAD_MONITOR_MATCH__KEEP_FEATURES_DAYS", "30", id="a key"),
    ],
)
def test_from_the_environment_too(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match="not in this version") as caught:
        config.load(write(tmp_path / "config.toml", ""), {name: value})
    assert caught.value.key == name


def test_from_a_credential_too(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    write(tmp_path / "credentials/match.keep_features_days", "30\n")
    with pytest.raises(ConfigError, match="not in this version") as caught:
        config.load(write(tmp_path / "config.toml", ""), {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")})
    assert caught.value.key == "credential match.keep_features_days"


EARLIER_DEFAULTS = """
[database]
url = ""
[match]
keep_features_days = 0
[evidence]
timestamp_url = []
[review]
port = 8765
[takedown]
address = ""
phone = ""
[cases.anna]
address = ""
phone = ""
"""


def test_a_file_with_every_default_of_the_version_before_still_stands(tmp_path: Path) -> None:
    """As its config.example.toml had them, without the # before them; and as `init` wrote them."""
    settings = config.load(write(tmp_path / "config.toml", EARLIER_DEFAULTS), {})
    assert [contact.case.id for contact in settings.further] == ["anna"]
    config.load(write(tmp_path / "config.toml", "[review]\n[queue]\nurl = ''\n[alerts]\nsend = 'first'\n"), {})


def test_what_is_for_later_is_accepted_nowhere() -> None:
    for section, key in config_later.LATER_KEYS:
        shape = SECTIONS[section][0] if section in SECTIONS else None
        assert shape is None or key not in hints_of(shape), f"[{section}] {key}"
    assert not set(config_later.LATER_SECTIONS) & set(SECTIONS)


# --- what is accepted is read ----------------------------------------------------------------------------------------

OF_SECTION = {section: made for section, (_, made) in SECTIONS.items()}
FILLED: dict[str, tuple[type, type, frozenset[str]]] = {
    # What may be written -> what it fills, and the names that values of that kind go by in the code.
    **{section: (shape, made, frozenset({section})) for section, (shape, made) in SECTIONS.items()},
    "network": (SECTIONS["network"][0], OF_SECTION["network"], frozenset({"network", "settings"})),
    "match": (SECTIONS["match"][0], OF_SECTION["match"], frozenset({"match", "settings"})),
    "alerts": (SECTIONS["alerts"][0], OF_SECTION["alerts"], frozenset({"alerts", "settings"})),
    "digest": (SECTIONS["digest"][0], OF_SECTION["digest"], frozenset({"digest", "settings"})),
    "evidence": (SECTIONS["evidence"][0], OF_SECTION["evidence"], frozenset({"evidence", "settings"})),
    "review": (SECTIONS["review"][0], OF_SECTION["review"], frozenset({"review", "own"})),
    "the top": (TopKeys, Settings, frozenset({"settings", "found"})),
    "a watch": (WatchKeys, Watch, frozenset({"watch"})),
    "follow": (FollowKeys, Follow, frozenset({"follow"})),
    "images": (ImageKeys, ImageRules, frozenset({"images"})),
    "adapt": (AdaptKeys, Adapt, frozenset({"schedule"})),
}
WATCH_FIELDS = {
    "every": "schedule",
    "cron": "schedule",
    "adapt": "schedule",
    "floor": "floor_s",
    "ceiling": "ceiling_s",
    "url": "urls",
    "robots": "ignore_robots",
    "referrer": "tells_page",
}


AS_WRITTEN = (BackupSettings, DatabaseSettings, QueueSettings)


def field_of(made: type, key: str) -> str:
    return ({} if made in AS_WRITTEN else WATCH_FIELDS).get(key, RENAMED.get(key, key))


ROWS = [
    pytest.param(made, field_of(made, key), names, id=f"{place}: {key}")
    for place, (shape, made, names) in FILLED.items()
    for key in hints_of(shape)
]


@cache
def reads() -> frozenset[tuple[str, str]]:
    """(`crawl`, `night`) for `settings.crawl.night` and `self._crawl.night` alike, wherever it is not made: settings,
    their checks and what writes them out do not count as readers."""
    makes = re.compile(r"(config\w*|watchlist|setup|tomlfile|model/\w+|demo/\w+)\.py")
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if makes.fullmatch(path.relative_to(PACKAGE).as_posix()):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                of: Any = node.value
                name = of.attr if isinstance(of, ast.Attribute) else of.id if isinstance(of, ast.Name) else ""
                found.add((name.lstrip("_"), node.attr))
    return frozenset(found)


@pytest.mark.parametrize(("made", "field", "names"), ROWS)
def test_every_key_is_read_by_something(made: type, field: str, names: frozenset[str]) -> None:
    assert field in {known.name for known in dataclasses.fields(made)}, "the key fills nothing"
    assert any((name, field) in reads() for name in names), f"nothing reads {made.__name__}.{field}"


@pytest.mark.parametrize("made", [*OF_SECTION.values(), Settings, AlertUrl, Watch, Follow, ImageRules])
def test_every_field_can_be_set(made: type) -> None:
    """A field that no key fills is a setting that nobody can set."""
    shapes = [shape for shape, filled, _ in FILLED.values() if filled is made]
    keys = {field_of(made, key) for shape in shapes for key in hints_of(shape)}
    derived = {
        Settings: {"path", "further", "common_timezone", "engines", "credentials", "secret_files", *SECTIONS},
        Watch: {"origin", "line", "lines"},
        AlertUrl: {"url", "tags"},
        Follow: {"chosen"},
    }
    assert {field.name for field in dataclasses.fields(made)} == keys | derived.get(made, set())


def test_a_key_of_a_further_case_is_one_of_the_first() -> None:
    assert set(hints_of(FurtherCaseKeys)) == {*hints_of(SECTIONS["case"][0]), *hints_of(SECTIONS["takedown"][0])} - {
        "id"
    }


@pytest.mark.parametrize(
    ("variable", "right"),
    [("MATCH__KEEP_FEATURES_DAYS", "hashes")],
)
def test_a_refused_variable_is_to_be_unset(variable: str, right: str) -> None:
    name = f"REUPLOAD_MONITOR_{variable}"
    with pytest.raises(ConfigError) as caught:
        config.load(None, {name: "postgresql://me:hunter2@db"})
    assert caught.value.remedy.startswith(f"Unset the variable {name}: ") and right in caught.value.remedy


def test_a_refused_credential_is_to_be_taken_out_of_the_unit(tmp_path: Path) -> None:
    write(tmp_path / "match.keep_features_days", "30")
    path = write(tmp_path / "config.toml", "")
    with pytest.raises(ConfigError) as caught:
        config.load(path, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert caught.value.remedy.startswith("Take the credential match.keep_features_days out of the unit: ")


# --- no guess at what was meant ---------------------------------------------------------------------------------------

_SHAPES = (*(shape for shape, *_ in SECTIONS.values()), TopKeys, WatchKeys, FollowKeys, ImageKeys, AdaptKeys)
_BY_KIND = [(shape, key, get_args(hint)[0]) for shape in _SHAPES for key, hint in hints_of(shape).items()]
_NO_KIND = {bool: ("yes", "no", "false", 1, 0, 1.0, [], {}), int: (True, False), float: (True, False)}


@pytest.mark.parametrize("kind", _NO_KIND)
def test_true_and_numbers_are_no_words_and_not_each_other(kind: type) -> None:
    asked = [(shape, key) for shape, key, its in _BY_KIND if its is kind]
    assert len(asked) > 1
    for shape, key in asked:
        for value in _NO_KIND[kind]:
            values, wrong = accepted(shape, {key: value})
            said = "true nor false" if kind is bool else "not a number"
            assert not values and said in wrong[0][1], (key, value)


def test_in_the_environment_there_are_words_alone(tmp_path: Path) -> None:
    given = {"REUPLOAD_MONITOR_MONITORING__HEARTBEAT": "no", "REUPLOAD_MONITOR_MONITORING__METRICS": "True"}
    found = config.load(write(tmp_path / "config.toml", ""), given).monitoring
    assert (found.heartbeat, found.metrics) == (False, True)
    with pytest.raises(ConfigError, match="neither true nor false"):
        config.load(tmp_path / "config.toml", {"REUPLOAD_MONITOR_MONITORING__HEARTBEAT": "weekly"})
