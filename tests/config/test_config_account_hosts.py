"""`host` of [credentials.NAME]: how it may be written, and what is this host and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config
from monitor.errors import ConfigError
from monitor.hosts import goes_to, own_host


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("fedi.example", "fedi.example", id="a name"),
        pytest.param("FEDI.Example", "fedi.example", id="capitals"),
        pytest.param("fedi.example.", "fedi.example", id="the root's dot"),
        pytest.param(" fedi.example ", "fedi.example", id="blanks around it"),
        pytest.param("fedi.example:8443", "fedi.example:8443", id="a port"),
        pytest.param("straße.example", "xn--strae-oqa.example", id="as browsers read it"),
        pytest.param("FEDI。example", "fedi.example", id="another dot"),
        pytest.param("127.0.0.1", "127.0.0.1", id="a number"),
        pytest.param("[::1]:8080", "[::1]:8080", id="a number of IPv6"),
        pytest.param("2001:DB8::0:1", "[2001:db8::1]", id="IPv6 without brackets"),
    ],
)
def test_one_spelling(written: str, kept: str) -> None:
    assert own_host(written) == kept
    assert own_host(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="nothing"),
        pytest.param("https://fedi.example", id="an address"),
        pytest.param("fedi.example/", id="a path"),
        pytest.param("ann@fedi.example", id="a user name"),
        pytest.param("*.fedi.example", id="a pattern"),
        pytest.param(".fedi.example", id="a leading dot"),
        pytest.param("fedi..example", id="an empty label"),
        pytest.param("fedi.example:", id="half a port"),
        pytest.param("fedi.example:0", id="port 0"),
        pytest.param("fedi.example:99999", id="no port"),
        pytest.param("fedi.example\\.stranger.example", id="a backslash"),
        pytest.param("fedi.example\nstranger.example", id="two lines"),
        pytest.param("fedi.example stranger.example", id="two names"),
        pytest.param("x" * 64 + ".example", id="a label of 64"),
        pytest.param("a." * 200 + "example", id="longer than any name"),
        pytest.param("[::1", id="half a bracket"),
    ],
)
def test_what_is_no_host(written: str) -> None:
    with pytest.raises(ValueError, match="is not a host"):
        own_host(written)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://fedi.example/x", id="itself"),
        pytest.param("https://FEDI.example./x", id="capitals and the root's dot"),
        pytest.param("https://fedi.example:443/x", id="the usual port, written"),
        pytest.param("https://fedi。example/x", id="another dot"),
    ],
)
def test_its_own_host(url: str) -> None:
    assert goes_to(url, ("other.example", "fedi.example"))


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("https://stranger.example/fedi.example", id="in the path"),
        pytest.param("https://stranger.example/?fedi.example", id="in the query"),
        pytest.param("https://stranger.example/#@fedi.example", id="in the fragment"),
        pytest.param("https://fedi.example@stranger.example/", id="as a user name"),
        pytest.param("https://fedi.example:x@stranger.example/", id="as a user name with a password"),
        pytest.param("https://stranger.example@fedi.example/", id="with a user name"),
        pytest.param("https://fedi.example\\@stranger.example/", id="a backslash before a user name"),
        pytest.param("https://stranger.example\\.fedi.example/", id="a backslash in the name"),
        pytest.param("https://sub.fedi.example/", id="below it"),
        pytest.param("https://example/", id="above it"),
        pytest.param("https://fedi.example.stranger.example/", id="its beginning"),
        pytest.param("https://notfedi.example/", id="its end"),
        pytest.param("https://fedi.exampl\u0435/", id="a look-alike letter"),
        pytest.param("https://fedi.example:8443/", id="another port"),
        pytest.param("http://fedi.example/", id="without TLS"),
        pytest.param("http://fedi.example:80/", id="without TLS, written"),
        pytest.param("ftp://fedi.example/", id="another scheme"),
        pytest.param("https:///fedi.example/", id="no host"),
        pytest.param("https://fedi%2eexample/", id="escaped"),
        pytest.param("https://fedi.example%00.stranger.example/", id="a zero"),
        pytest.param("https://[fedi.example]/", id="in brackets"),
        pytest.param("https://fedi.example:99999/", id="no port"),
        pytest.param("//fedi.example/", id="no scheme"),
        pytest.param("", id="nothing"),
    ],
)
def test_another_host(url: str) -> None:
    assert not goes_to(url, ("fedi.example",))


@pytest.mark.parametrize(
    ("host", "url", "good"),
    [
        pytest.param("fedi.example:8443", "https://fedi.example:8443/", True, id="its port"),
        pytest.param("fedi.example:8443", "https://fedi.example/", False, id="not its port"),
        pytest.param("127.0.0.1", "http://127.0.0.1:3000/", True, id="a machine of one's own, any port"),
        pytest.param("127.0.0.1:80", "http://127.0.0.1:3000/", False, id="a machine of one's own, another port"),
        pytest.param("127.0.0.1", "http://127.1/", False, id="another spelling of a number"),
        pytest.param("127.0.0.1", "http://2130706433/", False, id="one number"),
        pytest.param("127.0.0.1", "http://127.0.0.2/", False, id="the next machine"),
        pytest.param("[::1]:80", "http://[0:0::1]/", True, id="IPv6, written otherwise"),
        pytest.param("", "https:///", False, id="nothing is not a host"),
    ],
)
def test_ports_and_numbers(host: str, url: str, good: bool) -> None:
    assert goes_to(url, (host,)) is good


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_raises_anything_else(host: str, url: str) -> None:
    try:
        kept = own_host(host)
    except ValueError:
        kept = host
    goes_to(url, (kept,))
    goes_to(f"https://{url}/", (kept,))


@given(st.text(alphabet="abc.:@/\\[]%\u3002\u0430", max_size=20))
def test_whatever_counts_as_the_host_is_dialled_as_the_host(host: str) -> None:
    import httpx

    url = f"https://{host}/"
    if goes_to(url, ("a.b",)):
        assert httpx.URL(url).raw_host.decode().rstrip(".") == "a.b"


@pytest.mark.parametrize(
    ("table", "says", "right"),
    [
        pytest.param('token = "t"', "has no host", 'host = "forum.example"', id="none"),
        pytest.param('host = ""\ntoken = "t"', "has no host", 'host = "forum.example"', id="empty"),
        pytest.param('host = []\ntoken = "t"', "has no host", 'host = "forum.example"', id="an empty list"),
        pytest.param('identifier = "a"\npassword = "t"', "has no host", 'host = "bsky.social"', id="Bluesky"),
        pytest.param('client_id = "a"\nclient_secret = "t"', "has no host", 'host = "www.reddit.com"', id="Reddit"),
        pytest.param('host = "https://a.example"\ntoken = "t"', "without https://", "host =", id="an address"),
        pytest.param('host = 7\ntoken = "t"', "not text in quotes", "host =", id="a number"),
        pytest.param('host = ["a.example", 7]\ntoken = "t"', "not text in quotes", "host =", id="a number in a list"),
    ],
)
def test_a_host_is_asked_for_with_what_would_be_right(tmp_path: Path, table: str, says: str, right: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[credentials.fedi]\n{table}\n")
    with pytest.raises(ConfigError) as caught:
        config.load(path, {})
    assert says in str(caught.value) and "[credentials.fedi]" in str(caught.value)
    assert right in caught.value.remedy
    assert (caught.value.file, caught.value.key, caught.value.exit_code) == (str(path), "host", 2)
    assert caught.value.line > 0


def test_several_hosts_and_those_of_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[credentials.fedi]\nhost = ["a.example", "B.example:8443", "a.example."]\ntoken = "t"\n')
    assert config.load(path, {}).credentials[0].hosts == ("a.example", "b.example:8443")
    environ = {"REUPLOAD_MONITOR_CREDENTIALS__FEDI__HOST": "c.example"}
    assert config.load(path, environ).credentials[0].hosts == ("c.example",)
