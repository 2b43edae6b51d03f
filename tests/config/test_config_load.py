"""config.toml, environment and credentials -> Settings; every problem with its place."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from datetime import time
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.config_keys import RENAMED, SECTIONS
from monitor.config_places import calling
from monitor.errors import ConfigError
from monitor.model.settings import Secret, Settings
from monitor.tomlshape import key_lines

ROOT = Path(__file__).parents[2]
AGE_KEY = "age1" + "q" * 58


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# --- the example -----------------------------------------------------------------------------------------------------


def uncommented_example() -> str:
    """Every `#key = value` that stands directly behind its `#`, as a person would take the `#` away."""
    lines = (ROOT / "config.example.toml").read_text().splitlines()
    return "\n".join(re.sub(r"^#(?=[a-z_]+ = |\[)", "", line) for line in lines)


def example(folder: Path) -> Path:
    """A copy: the checkout itself may belong to somebody else."""
    return write(folder / "example" / "config.toml", (ROOT / "config.example.toml").read_text())


def test_example_as_shipped_changes_nothing(tmp_path: Path) -> None:
    empty = write(tmp_path / "config.toml", "")
    shipped = config.load(example(tmp_path), {"STATE_DIRECTORY": "/s"})
    bare = config.load(empty, {"STATE_DIRECTORY": "/s"})
    same = dataclasses.replace(bare, path=shipped.path, watchlist_dir=shipped.watchlist_dir)
    assert shipped == same


def test_example_names_every_key_with_its_default(tmp_path: Path) -> None:
    data = tomllib.loads(uncommented_example())
    for name, (_, made) in SECTIONS.items():
        fields = {field.name for field in dataclasses.fields(made)}
        keys = {RENAMED.get(key, key).removesuffix("_file") for key in data[name]}
        assert keys == fields, f"[{name}]"
    assert {"data_dir", "watchlist_dir", "engines", "credentials"} <= set(data)

    for secret in ("forum.token", "bluesky.password", "reddit.secret"):
        write(tmp_path / secret, "t")
    no_key = uncommented_example().replace('key_file = "/etc/reupload-monitor/store.key"', "")
    settings = config.load(write(tmp_path / "config.toml", no_key), {})
    plain = Settings(path=None, data_dir=Path(), watchlist_dir=Path())
    for name in SECTIONS:
        assert getattr(settings, name) == getattr(plain, name), f"[{name}]"


# --- several cases ----------------------------------------------------------------------------------------------------

TWO = """
[case]
name = "Jane"
email = "jane@mail.example"
[takedown]
signature = "J."
[cases.anna-b]
name = "Anna"
jurisdiction = "de"
signature = "A."
"""


def test_each_case_has_its_own_contact(tmp_path: Path) -> None:
    settings = config.load(
        write(tmp_path / "config.toml", TWO), {"REUPLOAD_MONITOR_CASES__ANNA_B__EMAIL": "a@b.example"}
    )
    first, further = settings.contact("default"), settings.contact("anna-b")
    assert first is not None and further is not None
    assert (first.case.name, first.takedown.signature, first.in_takedown) == ("Jane", "J.", "[takedown]")
    assert (further.case.name, further.case.email, further.case.jurisdiction) == ("Anna", "a@b.example", "DE")
    assert (further.takedown.signature, further.in_case) == ("A.", "case set")
    assert settings.contact("unknown") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("[cases.anna]\nmail = 'x@y.example'", "'mail'", id="unknown key"),
        pytest.param("[cases.anna]\nemail = 'x'", "not a mail address", id="no mail address"),
        pytest.param("[cases.'Anna B']\nname = 'x'", "small letters", id="no case name"),
        pytest.param("[cases.default]\nname = 'x'", "already", id="the case that [case] speaks for"),
        pytest.param("[case]\nid = 'anna'\n[cases.anna]\nname = 'x'", "already", id="the same by its id"),
        pytest.param("[cases]\nanna = 'x'", "is a table", id="a value for a table"),
    ],
)
def test_what_is_wrong_with_a_further_case_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        config.load(write(tmp_path / "config.toml", text), {})


# --- where it is found ------------------------------------------------------------------------------------------------


def test_search_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    xdg = write(tmp_path / "xdg/reupload-monitor/config.toml", '[case]\nname = "xdg"')
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    assert config.load(None, environ).case.name == "xdg"
    write(tmp_path / "config.toml", '[case]\nname = "here"')
    assert config.load(None, environ).case.name == "here"
    environ["REUPLOAD_MONITOR_CONFIG"] = str(write(tmp_path / "env.toml", '[case]\nname = "env"'))
    assert config.load(None, environ).case.name == "env"
    assert config.load(xdg, environ).case.name == "xdg"


def test_no_configuration_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        config.load(None, {"XDG_CONFIG_HOME": str(tmp_path)})
    assert "init" in caught.value.remedy


def test_named_but_missing(tmp_path: Path) -> None:
    for path, environ in [
        (tmp_path / "x.toml", {}),
        (None, {"REUPLOAD_MONITOR_CONFIG": str(tmp_path / "x.toml")}),
    ]:
        with pytest.raises(ConfigError, match=r"x\.toml"):
            config.load(path, environ)


def test_environment_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = config.load(None, {"REUPLOAD_MONITOR_DATA_DIR": "/d", "XDG_CONFIG_HOME": str(tmp_path)})
    assert settings.path is None
    assert settings.data_dir == Path("/d")


def test_paths_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "in/store.key", "secret\n")
    write(tmp_path / "in/config.toml", 'data_dir = "data"\n[database]\nkey_file = "store.key"\n')
    monkeypatch.chdir(tmp_path)
    settings = config.load(Path("in/config.toml"), {})
    assert settings.data_dir == tmp_path / "in/data"
    assert settings.watchlist_dir == tmp_path / "in/watchlists"
    assert settings.database.key == Secret("secret")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({"STATE_DIRECTORY": "/var/lib/a:/var/lib/b", "XDG_DATA_HOME": "/x"}, "/var/lib/a", id="systemd"),
        pytest.param({"XDG_DATA_HOME": "/x"}, "/x/reupload-monitor", id="xdg"),
        pytest.param({"XDG_DATA_HOME": "rel"}, None, id="relative XDG is ignored, as its standard says"),
    ],
)
def test_default_data_dir(environ: dict[str, str], expected: str | None) -> None:
    home = Path.home() / ".local/share/reupload-monitor"
    assert config.default_data_dir(environ) == (Path(expected) if expected else home)


# --- values -----------------------------------------------------------------------------------------------------------


def test_values_of_every_shape(tmp_path: Path) -> None:
    write(tmp_path / "push.url", "json://push.example/\n")
    text = f"""
    [network]
    allow_networks = ["127.0.0.0/8"]
    allow_ports = [8080]
    timeout = 5
    [alerts]
    urls = ["mailto://a:b@mail.example", {{ url_file = "push.url", tags = ["urgent"] }}]
    quiet_hours = "22:00-7:30"
    group_for = "2m"
    [digest]
    weekday = "Monday"
    at = 07:15:00
    [evidence]
    recipients = ["{AGE_KEY}"]
    [engines.own]
    url = "https://search.example"
    no_error = true
    header = {{ Accept = "text/html" }}
    [credentials.forum-account]
    host = "Forum.example"
    token = "t"
    """
    settings = config.load(write(tmp_path / "config.toml", text), {})
    assert settings.network.allow_networks == ("127.0.0.0/8",)
    assert settings.network.timeout_s == 5.0
    assert [url.url.value for url in settings.alerts.urls] == ["mailto://a:b@mail.example", "json://push.example/"]
    assert settings.alerts.urls[1].tags == ("urgent",)
    assert settings.alerts.quiet_hours == (time(22), time(7, 30))
    assert settings.alerts.group_for_s == 120
    assert (settings.digest.weekday, settings.digest.at) == ("monday", time(7, 15))
    assert settings.engines[0].values == (
        ("url", "https://search.example"),
        ("no_error", "true"),
        ("header.Accept", "text/html"),
    )
    assert settings.credentials[0].values == (("token", Secret("t")),)
    assert settings.credentials[0].hosts == ("forum.example",)


def test_environment_wins_over_credential_over_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "config.toml",
        '[database]\nkey = "file"\n[credentials.forum-x]\nhost = "f.example"\ntoken = "file"\n',
    )
    write(tmp_path / "cred/database.key", "credential\n")
    write(tmp_path / "cred/alerts.urls", "json://one.example\njson://two.example\n")
    write(tmp_path / "cred/not-ours", "x")
    environ = {"CREDENTIALS_DIRECTORY": str(tmp_path / "cred")}
    settings = config.load(path, environ)
    assert settings.database.key == Secret("credential")
    assert len(settings.alerts.urls) == 2
    environ |= {
        "REUPLOAD_MONITOR_DATABASE__KEY": "variable",
        "REUPLOAD_MONITOR_NETWORK__ALLOW_PORTS": "[81, 82]",
        "REUPLOAD_MONITOR_CRAWL__NIGHT": "true",
        "REUPLOAD_MONITOR_CREDENTIALS__FORUM_X__TOKEN": "variable",
    }
    settings = config.load(path, environ)
    assert settings.database.key == Secret("variable")
    assert settings.network.allow_ports == (81, 82)
    assert settings.crawl.night is True
    assert [(entry.name, entry.values) for entry in settings.credentials] == [
        ("forum-x", (("token", Secret("variable")),))
    ]


def test_secret_file_by_variable_replaces_the_files_own(tmp_path: Path) -> None:
    path = write(tmp_path / "config.toml", '[database]\nkey = "file"\n')
    write(tmp_path / "other.key", "other")
    environ = {"REUPLOAD_MONITOR_DATABASE__KEY_FILE": str(tmp_path / "other.key")}
    assert config.load(path, environ).database.key == Secret("other")


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "what", "right"),
    [
        pytest.param("[network]\ntimout = 3", 2, "unknown key 'timout'", "'timeout'", id="unknown key"),
        pytest.param("[netwrk]\ntimeout = 3", 1, "unknown section 'netwrk'", "'network'", id="unknown section"),
        pytest.param("timeout = 3", 1, "unknown key 'timeout'", "below [network]", id="key in no section"),
        pytest.param("[crawl]\ntimeout = 3", 2, "unknown key", "below [network]", id="key in another section"),
        pytest.param("network = 3", 1, "is a table", "[network]", id="section as a value"),
        pytest.param("[network]\n\ntimeout = 'fast'", 3, '"fast" is not a number', "60", id="text for a number"),
        pytest.param("[network]\ntimeout = 0", 2, "too small", "60", id="zero"),
        pytest.param("[crawl]\nconcurrency = 2.5", 2, "not a whole number", "8", id="half"),
        pytest.param("[crawl]\nnight = 'sometimes'", 2, "neither true nor false", "true", id="no boolean"),
        pytest.param("[network]\nallow_networks = ['x']", 2, "allow_networks[1]", "127.0.0.0/8", id="no network"),
        pytest.param("[network]\nallow_networks = '127.0.0.0/8'", 2, "not a list", "[", id="no list"),
        pytest.param("[alerts]\ndetail = 'loud'", 2, "discreet", "full", id="none of the words"),
        pytest.param("[alerts]\nquiet_hours = '22:00'", 2, "not a span", "22:00-07:00", id="half a span"),
        pytest.param("[alerts]\ngroup_for = '11m'", 2, "10 minutes", "60s", id="grouped too long"),
        pytest.param("[digest]\nat = '25:00'", 2, "not a time of day", "18:00", id="25 o'clock"),
        pytest.param("[digest]\ntimezone = 'Mars/One'", 2, "not a time zone", "Europe/Paris", id="time zone"),
        pytest.param("[evidence]\nrecipients = ['x']", 2, "not an age public key", "age1", id="recipient"),
        pytest.param("[match]\npdq_match = 50\npdq_possible = 40", 3, "below", "50", id="tiers the wrong way"),
        pytest.param("[case]\nemail = 'nobody'", 2, "not a mail address", "@", id="mail"),
        pytest.param("data_dir = 3", 1, "not a path", "data", id="path"),
        pytest.param("[case", 1, "TOML", "quotes", id="broken TOML"),
        pytest.param("[case]\nname = 'a'\nname = 'b'", 3, "TOML", "", id="key twice"),
        pytest.param("[database]\nkey_file = 'nowhere'", 2, "No such file", "file", id="secret's file missing"),
        pytest.param("[database]\nkey = 'a'\nkey_file = 'b'", 3, "both", "one", id="secret twice"),
    ],
)
def test_problem_has_its_place(tmp_path: Path, text: str, line: int, what: str, right: str) -> None:
    path = write(tmp_path / "config.toml", text)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    error = caught.value
    assert (error.file, error.line) == (str(path), line), error
    assert f"{path}:{line}: " in str(error)
    assert what in str(error)
    assert right in error.remedy
    assert error.exit_code == 2


def test_all_problems_at_once(tmp_path: Path) -> None:
    path = write(tmp_path / "config.toml", "[network]\ntimeout = -1\nproxi = ''\n[crawl]\nnight = 3\n")
    with pytest.raises(ConfigError) as caught:
        config.load(path, {"REUPLOAD_MONITOR_CRAWL__CONCURENCY": "3", "REUPLOAD_MONITOR_MATCH__FEATURES": "perhaps"})
    text = str(caught.value)
    for part in (":2:", ":3:", ":5:", "REUPLOAD_MONITOR_CRAWL__CONCURENCY", "REUPLOAD_MONITOR_MATCH__FEATURES"):
        assert part in text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[alerts]\nurls = ['hunter2']", id="alert URL"),
        pytest.param("[alerts]\nurls = [{ url = 'json://hunter2', tags = ['x'] }]", id="alert URL with wrong tag"),
        pytest.param("[database]\nkey = ['hunter2']", id="store key"),
        pytest.param("[network]\nproxy = 'ftp://me:hunter2@proxy.example'", id="proxy"),
        pytest.param("[credentials.x]\ntoken = ['hunter2']", id="token"),
        pytest.param("[evidence]\nrecipients = ['AGE-SECRET-KEY-hunter2']", id="private key as recipient"),
    ],
)
def test_secrets_are_not_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(write(tmp_path / "config.toml", text), {})
    assert "hunter2" not in str(caught.value) + caught.value.remedy


NO_URLS = {
    "half a bracket": "mailto://u:hunter2@[::1",
    "a bracket in a password": "mailto://u:hun[ter2@mail.example",
    "no address in brackets": "json://[hunter2]/",
    "a server's name of other signs": "json://hunter2\u2100.example/",
    "no port": "json://hunter2.example:99999/",
    "port 0": "mailto://u:hunter2@mail.example:0",
    "words for a port": "ntfy://hunter2.example:port/x",
    "a slash in a password": "mailto://u:hun/ter2@mail.example",
    "a hash in a password": "MAILTOS://u:hunter2#@mail.example",
    "no server": "mailto://?to=hunter2@mail.example",
    "nothing": "json://",
    "a line break": "json://hunter2.example/\nx",
}


@pytest.mark.parametrize("url", NO_URLS.values(), ids=NO_URLS)
def test_an_alert_url_that_none_can_be(tmp_path: Path, url: str) -> None:
    path = write(tmp_path / "config.toml", f"[alerts]\nurls = ['json://a.example', {json.dumps(url)}]\n")
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    said = str(caught.value) + caught.value.remedy
    assert "config.toml:2: " in said and "mailto://" in said and "hunter2" not in said


@pytest.mark.parametrize(
    "url",
    [
        "tgram://123456789:abcdefg_hijklmnop-qrstuvwxyz012345/123456",
        "json://[::1]:8080/x",
        "mailtos://u:p%5B%23@mail.example:465/?to=a@b.example",
        "ntfy://topic",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#[x",
        "syslog://",
        "json://b\u00fccher.example/",
    ],
)
def test_an_alert_url_that_is_one(tmp_path: Path, url: str) -> None:
    (kept,) = config.load(write(tmp_path / "config.toml", f"[alerts]\nurls = [{json.dumps(url)}]\n"), {}).alerts.urls
    assert kept.url.value == url


def test_secrets_are_masked(tmp_path: Path) -> None:
    path = write(tmp_path / "config.toml", '[database]\nkey = "hunter2"\n[alerts]\nurls = ["json://hunter2"]\n')
    assert "hunter2" not in repr(config.load(path, {}))


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"[case]\nname = '\xff'\n"], ids=["binary", "latin-1"])
def test_not_utf8(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match="UTF-8"):
        config.load(path, {})


# --- lines ------------------------------------------------------------------------------------------------------------


def test_lines_of_keys() -> None:
    text = 'a = """\nb = 1\n"""\n[t]\n"quoted key" = 1\nx.y = 2\n'
    text += "[[watch]]\nu = 1\n[watch.follow]\nd = 1\n[[watch]]\nu = 2\n"
    lines = key_lines(text)
    assert lines[("a",)] == 1
    assert ("b",) not in lines
    assert lines["t", "quoted key"] == 5
    assert lines["t", "x", "y"] == 6
    assert lines["watch", 0, "u"] == 8
    assert lines["watch", 0, "follow", "d"] == 10
    assert lines["watch", 1, "u"] == 12


@given(st.text(max_size=300))
def test_any_text_is_a_value_or_a_told_problem(text: str) -> None:
    """The scan for lines takes whatever an editor may leave behind."""
    key_lines(text)


@hypothesis.settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SECTIONS)), st.dictionaries(st.text(max_size=8), st.text(max_size=8))))
def test_environment_of_any_words(sections: dict[str, dict[str, str]]) -> None:
    environ = {
        f"REUPLOAD_MONITOR_{section.upper()}__{key.upper()}": value
        for section, table in sections.items()
        for key, value in table.items()
    }
    try:
        config.load(ROOT / "config.example.toml", environ)
    except ConfigError as error:
        json.dumps([str(error), error.remedy])


# --- what is wrong, so that it can be mended -------------------------------------------------------------------------

TOLD = [
    pytest.param("[network]\ntimeout = 0", "timeout = 0 is too small (more than 0)", "60", id="a bound that is out"),
    pytest.param("[crawl]\nmax_site_share = 2", "too large (at most 1)", "0.5", id="a bound that is in"),
    pytest.param("[match]\npdq_match = 300", "at most 128", "pdq_match = 50", id="pdq_match as it is by itself"),
    pytest.param("[match]\npdq_possible = 300", "at most 128", "pdq_possible = 64", id="pdq_possible likewise"),
    pytest.param('[network]\nproxy = "127.0.0.1:9050"', "it has no scheme", "socks5h://", id="a proxy without scheme"),
    pytest.param('[network]\nproxy = "socks6://a:1"', "its scheme 'socks6' is none of http, https", "socks5h", id="6"),
    pytest.param('[network]\nproxy = "http://a:70000"', "port is not a number from 1 to 65535", "socks5h", id="port"),
    pytest.param('[network]\nproxy = "tor://me:x@a"', "gives it another for each circuit", "socks5h", id="Tor's name"),
    pytest.param('[network]\nproxy = "http://:80"', "it names no host", "socks5h", id="a proxy without host"),
    pytest.param(
        '[credentials.x]\nhost = "https://a.example"',
        '= "https://a.example" is not a host (it is a whole',
        "host",
        id="a",
    ),
    pytest.param('[credentials.x]\nhost = "a.example/b"', "(it has a path)", "host =", id="a path"),
    pytest.param('[credentials.x]\nhost = "a.example:70000"', "(its port is not a number from", "host =", id="a port"),
    pytest.param('[engines.x]\nfoo = "y"', "unknown key 'foo'", "Known here: answers", id="an engine's key"),
    pytest.param('[engines.x]\nresult = "y"', "unknown key 'result'", "Did you mean 'results'?", id="misspelt"),
    pytest.param('[engines.x]\nheader = "y"', "unknown key 'header'", "Did you mean 'header.NAME'?", id="a header"),
]


@pytest.mark.parametrize(("text", "what", "right"), TOLD)
def test_a_wrong_value_is_told_with_what_is_wrong_with_it(tmp_path: Path, text: str, what: str, right: str) -> None:
    path = write(tmp_path / "config.toml", text)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert what in str(caught.value) and right in caught.value.remedy
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[network]\nproxy = "http://me:hunter2"', id="a password where the port would be"),
        pytest.param('[network]\nproxy = "http://me:hunter2@:80"', id="a proxy without host"),
        pytest.param('[network]\nproxy = "me:hunter2@proxy.example:80"', id="a proxy without scheme"),
        pytest.param('[network]\nproxy = "ftp://me:hunter2@proxy.example"', id="an unknown scheme"),
        pytest.param('[credentials.x]\nhost = "me:hunter2@a.example"', id="a host with a password"),
        pytest.param('[credentials.x]\nhost_file = "host"', id="a host from a file that holds something else"),
    ],
)
def test_what_is_wrong_is_told_without_a_password(tmp_path: Path, text: str) -> None:
    write(tmp_path / "host", "hunter2!/").chmod(0o600)
    path = write(tmp_path / "config.toml", text)
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert "is not a" in str(caught.value) and "hunter2" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("", "reupload-monitor", id="none but the environment"),
        pytest.param("home/.config/reupload-monitor/config.toml", "reupload-monitor", id="its own place"),
        pytest.param("config.toml", "reupload-monitor --config {}/config.toml", id="this folder's own"),
        pytest.param("it's; rm.toml", "reupload-monitor --config '{}/it'\"'\"'s; rm.toml'", id="quoted for a shell"),
    ],
)
def test_how_a_command_finds_its_configuration_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, said: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "home/.config/reupload-monitor/config.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert calling(Path(path) if path else None, {}) == said.format(tmp_path)
