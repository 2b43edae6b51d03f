"""Configurations and watchlists that somebody made to stop the program: told with their place, in time that grows with
their size alone. The limit is of processor time and far above what is measured: before, many of these took minutes, or
ended the command with a traceback."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config, tomlfile, tomlshape, watchlist
from monitor.errors import ConfigError
from monitor.model.settings import CredentialSettings, Settings

MB = tomlfile.MAX_TOML_BYTES
LIMIT_S = 30.0
MAX_MESSAGE_CHARS = 1000
HEAD = '[[watch]]\nname = "a"\nurl = "https://a.example/"\nevery = "1h"\n'


def filled(unit: str, size: int = MB, before: str = "", after: str = "") -> str:
    return before + unit * ((size - len(before) - len(after)) // len(unit)) + after


def numbered(unit: str, size: int = MB) -> str:
    return "".join(unit.replace("#", str(number)) for number in range(size // (len(unit) + 5 * unit.count("#"))))


HOSTILE = {
    "a key of many dots": filled(".a", before="a", after=" = 1"),
    "a table of many dots": filled(".a", before="[a", after="]"),
    "quoted parts and dots": filled('."a"', before="a", after=" = 1"),
    "dots between blanks": filled("a . "),
    "many dotted keys": numbered("a.b.c.d.e.f.g.h.k# = 1\n"),
    "dotted keys in each watch": numbered('[[watch]]\nname.a.b.c = "w#"\n'),
    "arrays in arrays": "a = " + "[" * (MB // 2 - 9) + "]" * (MB // 2 - 9),
    "open arrays": filled("[", before="a = "),
    "tables in tables": filled("{a=", before="a = "),
    "an open header": filled("[" + " " * 999),
    "a header of blanks": "[" + " " * (MB - 9),
    "a key of blanks": "a" + " " * (MB - 9),
    "many tables": numbered("[t#]\n"),
    "many keys": numbered("k#=1\n"),
    "nearly too many keys": numbered("kinds#=1\n", 850_000),
    "misspelt keys of one watch": HEAD + numbered("kind#=1\n", 800_000),
    "a misspelt key in each watch": numbered('[[watch]]\nname="w#"\nurls#="x"\nevery="1h"\n'),
    "watches": numbered('[[watch]]\nname="w#"\nurl="https://a.example/"\nevery="1h"\n'),
    "watches of one name": numbered('[[watch]]\nname="w"\nurl="https://a.example/#"\nevery="1h"\n'),
    "engines that nobody knows": numbered(
        '[[watch]]\nname="w#"\nkind="search"\nquery="x"\nengine="searx#"\nevery="1h"\n'
    ),
    "credentials that nobody knows": numbered('[[watch]]\nname="w#"\nurl="https://a.example/"\ncredentials="acc#"\n'),
    "a long key": filled("a", after=" = 1"),
    "a long quoted key": filled("a", before='"', after='" = 1'),
    "a long name": filled("a", before=HEAD.replace('name = "a"\n', "") + 'name = "', after='"'),
    "a long address": filled("a.", before='[[watch]]\nname="a"\nevery="1h"\nurl="https://', after='x"'),
    "a long selector": filled(":not(", before=HEAD + 'images = { select = "', after='" }'),
    "a long cron": filled("1,", before=HEAD.replace("every", "cron").replace("1h", ""), after=""),
    "a cron of many steps": filled("1,", before='[[watch]]\nname="a"\ncron="', after='1 * * * *"'),
    "a long interval": filled("1s", before='[[watch]]\nname="a"\nevery="', after='"'),
    "a long word": filled("searxng", before=HEAD + 'credentials = "', after='"'),
    "many addresses": '[[watch]]\nname="a"\nkind="urls"\nevery="1h"\nurls=[' + numbered('"https://a.example/#",') + "]",
    "many numbers for addresses": filled("1,", 99_000, before='[[watch]]\nname="a"\nurls=[', after="]"),
    "a long list": filled("1,", before="a = [", after="]"),
    "many tags": HEAD + "tags = [" + numbered('"t#",', 400_000) + "]",
    "a number of a million digits": filled("1", before="a = "),
    "a number of ten thousand digits": filled("1", 10_000, before="a = "),
    "underscores": filled("1_", before="a = ", after="1"),
    "a long text": filled("x", before='a = "', after='"'),
    "escapes": filled("\\n", before='a = "', after='"'),
    "a text of quotes": filled('"" ', before='a = """', after='"""'),
    "a text of quotes without end": filled('"" ', before='a = """'),
    "a text without end": filled("x", before="a = '"),
    "quotes": filled('"'),
    "line ends": filled("\n"),
    "comments": filled("#\n"),
    "brackets": filled("[]"),
    "equals": filled("a="),
    "zeros": filled("\0"),
    "old line ends": filled("\r"),
    "other line ends": filled("\u2028", MB // 3),
}


@pytest.mark.rows(4)
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_a_watchlist_that_would_stop_the_program(tmp_path: Path, text: str) -> None:
    assert len(text.encode()) <= MB
    (tmp_path / "bad.toml").write_text(text)
    (tmp_path / "good.toml").write_text(HEAD.replace('"a"', '"zz-good"'))
    account = (CredentialSettings(name="account"),)
    began = time.process_time()
    found = watchlist.load_all(Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path, credentials=account))
    assert time.process_time() - began < LIMIT_S
    assert "zz-good" in {watch.name for watch in found.watches} or len(found.watches) == watchlist.MAX_WATCHES
    assert len(found.errors) <= watchlist.MAX_TOLD_OF_A_FILE + 2
    assert all(len(str(error)) + len(error.remedy) < MAX_MESSAGE_CHARS for error in found.errors)
    assert all(error.file for error in found.errors)


@pytest.mark.long
@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items()])
def test_a_configuration_that_would_stop_the_program(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    began = time.process_time()
    try:
        config.load(tmp_path / "config.toml", {})
    except ConfigError as error:
        assert len(str(error)) < 50 * MAX_MESSAGE_CHARS and error.file
    assert time.process_time() - began < LIMIT_S


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param("a = 1\n" + "b" + ".b" * 9 + " = 1", 2, "8 dots", id="dots"),
        pytest.param('a = """\n\n"""\n' + "b = " + "[" * 9, 4, "8 brackets", id="brackets after a text of three lines"),
        pytest.param("a = 1\n" * 70_000, 60_001, "more keys", id="keys"),
        pytest.param("a = [\n" + "1,\n" * 60_000, 50_002, "more keys or list entries", id="entries"),
        pytest.param("\n" * 100_001, 100_000, "100000 lines", id="lines"),
        pytest.param("a = 1" + "1" * 5000, 0, "not valid TOML", id="digits"),
    ],
)
def test_what_nobody_types_is_told_with_its_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    found = tomlfile.read(path)
    assert isinstance(found, tomlfile.Problem)
    assert (found.line, found.file) == (line, str(path))
    assert says in found.what and found.right


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = [[[[[[[[]]]]]]]]", id="eight brackets"),
        pytest.param("a.b.c.d.e.f.g.h.i = 1", id="eight dots"),
        pytest.param('a = "[[[[[[[[[[[[[[[[.........."', id="in a text"),
        pytest.param("a = '[[[[[[[[[[[[[[[[..........'", id="in a literal text"),
        pytest.param('a = """\n[[[[[[[[[[[["" \\""" ........."""', id="in a long text"),
        pytest.param("a = '''\n[[[[[[[[[[[['' .........'''''", id="in a long literal text with quotes at its end"),
        pytest.param('# [[[[[[[[[[[[[[[[ .......... "\n a = 1', id="in a comment"),
        pytest.param('"a.b.c.d.e.f.g.h.i.j.k" = 1', id="in a key in quotes"),
        pytest.param('a = "\\"[[[[[[[[[["', id="after a quote that ends nothing"),
    ],
)
def test_what_looks_odd_and_is_right(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    found = tomlfile.read(path)
    assert isinstance(found, tomlfile.Document) and found.data == tomllib.loads(text)


def test_many_mistakes_do_not_hide_the_good_ones(tmp_path: Path) -> None:
    bad = "".join(f'[[watch]]\nname = "w{n}"\nurll = "https://a.example/"\nevery = "1h"\n' for n in range(500))
    (tmp_path / "one.toml").write_text(bad + HEAD)
    found = watchlist.load_all(Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path))
    assert [watch.name for watch in found.watches] == ["a"]
    assert len(found.errors) == watchlist.MAX_TOLD_OF_A_FILE + 1
    assert "has 400 more things that are wrong" in str(found.errors[-1])
    assert "'url'" in found.errors[0].remedy


# The look before the parser reads quotes, brackets and dots as the parser does: what the parser takes is never deeper
# than the look said.
_BITS = st.sampled_from(['"', "'", '"""', "'''", "\\", "#", "\n", "[", "]", "{", "}", "=", ",", ".", "a", " ", "1"])


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(st.lists(_BITS, max_size=60).map("".join))
def test_nothing_hides_from_the_look(text: str) -> None:
    odd = tomlshape.oddity(text)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    bound = (tomlshape.MAX_NESTING + 1) * (tomlshape.MAX_DOTS + 2)
    assert odd is not None or depth_of(data) <= bound


@given(st.integers(0, 12), st.sampled_from(['"', "'"]), st.text(alphabet="\"'[].\\ a\n", max_size=8))
def test_a_long_text_ends_where_the_parser_ends_it(depth: int, quote: str, inside: str) -> None:
    """Whatever stands in a text before them, brackets after it are counted."""
    text = f"a = {quote * 3}{inside}{quote * 3}\nb = {'[' * depth}{']' * depth}\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert (tomlshape.oddity(text) is not None) is (depth > tomlshape.MAX_NESTING)
