"""watchlists/*.toml -> watches; a bad entry is told with its place and hides no good one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import config, watchlist, watchlist_keys
from monitor.model.settings import CredentialSettings, Settings
from monitor.model.watch import Adapt, Cron, Every, Follow, ImageRules, Kind, Render, Schedule, Watch
from monitor.watchlist import WatchlistLoad

ROOT = Path(__file__).parents[2]
GOOD = '[[watch]]\nname = "good"\nurl = "https://good.example/"\nevery = "1h"\n'


def load(folder: Path, **files: str) -> WatchlistLoad:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    credentials = (CredentialSettings(name="account"),)
    return watchlist.load_all(Settings(path=None, data_dir=folder, watchlist_dir=folder, credentials=credentials))


def only(folder: Path, entry: str) -> Watch:
    found = load(folder, one=f'[[watch]]\nname = "one"\n{entry}\n')
    assert not found.errors
    return found.watches[0]


def test_shipped_examples_are_right_and_switched_off(tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.example.toml", tmp_path)  # the checkout itself may belong to somebody else
    shutil.copytree(ROOT / "watchlists", tmp_path / "watchlists")
    for file in (tmp_path / "watchlists").iterdir():
        file.chmod(0o644)
    found = watchlist.load_all(config.load(tmp_path / "config.example.toml", {}))
    assert not found.errors
    assert {watch.kind for watch in found.watches} == {Kind.PAGE, Kind.FEED, Kind.URLS}
    assert found.files == 3
    for watch in found.watches:
        assert not watch.enabled
        assert all(".example/" in url for url in watch.urls)


def test_the_contract_s_own_example(tmp_path: Path) -> None:
    text = """
    [defaults]
    every = "2h"

    [[watch]]
    name = "example-forum"
    kind = "page"
    url = "https://forum.example/threads/123"
    every = "30m"
    render = "http"
    follow = { links = "a.next, a.thread", depth = 2, max_pages = 50, same_site = true }
    images = { select = "img, a[href]", max_images = 500 }

    [[watch]]
    name = "name-search"
    kind = "search"
    engine = "searxng"
    query = '"jane doe" leaked'
    pages = 3
    follow = { depth = 1 }
    """
    found = load(tmp_path, forum=text)
    assert not found.errors
    forum, search = found.watches
    assert forum.schedule == Every(1800)
    assert forum.follow == Follow("a.next, a.thread", 2, 50, True)
    assert forum.images == ImageRules("img, a[href]", 500)
    assert forum.render is Render.HTTP
    assert (search.schedule, search.query, search.engine, search.pages) == (
        Every(7200),
        '"jane doe" leaked',
        "searxng",
        3,
    )
    assert (forum.origin, forum.line) == (tmp_path / "forum.toml", 5)


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        pytest.param('every = "900s"', Every(900), id="seconds"),
        pytest.param('every = "30m"', Every(1800), id="minutes"),
        pytest.param('every = "2h"', Every(7200), id="hours"),
        pytest.param('every = "1h30m"', Every(5400), id="two units"),
        pytest.param('every = "1d"', Every(86_400), id="a day"),
        pytest.param('every = "1w"', Every(604_800), id="a week"),
        pytest.param('cron = "15 */6 * * mon-fri"', Cron("15 */6 * * mon-fri"), id="cron"),
        pytest.param('adapt = { floor = "15m", ceiling = "1d" }', Adapt(900, 86_400), id="adapts"),
        pytest.param('[watch.adapt]\nfloor = "1h"\nceiling = "1h"', Adapt(3600, 3600), id="adapts within nothing"),
    ],
)
def test_schedule(tmp_path: Path, schedule: str, expected: Schedule) -> None:
    assert only(tmp_path, f'url = "https://a.example/"\n{schedule}').schedule == expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param('url = "http://127.0.0.1:8080/t/"\nevery = "5s"', Every(5), id="a number"),
        pytest.param('url = "https://127.8.9.1/"\nevery = "4m"', Every(240), id="another one"),
        pytest.param('url = "http://[::1]:8080/"\nevery = "20s"', Every(20), id="version 6"),
        pytest.param('url = "http://LocalHost./"\nevery = "20s"', Every(20), id="localhost"),
        pytest.param('url = "http://127.0.0.1/"\ncron = "*  * * * *"', Cron("* * * * *"), id="each minute"),
        pytest.param(
            'kind = "urls"\nurls = ["http://127.0.0.1/a", "http://localhost/b"]\nevery = "1m"', Every(60), id="each"
        ),
        pytest.param(
            'url = "http://127.0.0.1/"\nevery = "1m"\nfollow = { same_site = true }', Every(60), id="stays there"
        ),
    ],
)
def test_a_place_on_this_machine_alone_may_be_asked_often(tmp_path: Path, entry: str, expected: Schedule) -> None:
    assert only(tmp_path, entry).schedule == expected


@pytest.mark.parametrize(
    ("entry", "key", "what"),
    [
        pytest.param(
            'url = "https://a.example/"\nevery = "299s"',
            "every",
            "more often than every 5 minutes",
            id="somebody else's",
        ),
        pytest.param(
            'url = "http://127.0.0.1.example/"\nevery = "1m"',
            "every",
            "more often than every 5 minutes",
            id="a name like it",
        ),
        pytest.param(
            'url = "http://localhost.example/"\nevery = "1m"',
            "every",
            "more often than every 5 minutes",
            id="another name",
        ),
        pytest.param(
            'url = "http://localhost@a.example/"\nevery = "1m"',
            "every",
            "more often than every 5 minutes",
            id="a user name",
        ),
        pytest.param(
            'url = "http://192.168.1.5/"\nevery = "1m"',
            "every",
            "more often than every 5 minutes",
            id="another machine here",
        ),
        pytest.param(
            'url = "http://0.0.0.0/"\nevery = "1m"', "every", "more often than every 5 minutes", id="no address"
        ),
        pytest.param('kind = "urls"\nurls = []\nevery = "1m"', "every", "more often than every 5 minutes", id="none"),
        pytest.param('kind = "urls"\nurls = 3\nevery = "1m"', "every", "more often than every 5 minutes", id="no list"),
        pytest.param(
            'kind = "urls"\nurls = ["http://127.0.0.1/", "http://a.example/"]\nevery = "1m"',
            "every",
            "more often than every 5 minutes",
            id="not each",
        ),
        pytest.param(
            'kind = "search"\nquery = "x"\nengine = "searxng"\nevery = "1m"',
            "every",
            "more often than every 5 minutes",
            id="search",
        ),
        pytest.param(
            'url = "http://127.0.0.1/"\nevery = "1m"\nfollow = { same_site = false }',
            "every",
            "more often than every 5 minutes",
            id="leads away",
        ),
        pytest.param(
            'url = "http://127.0.0.1/"\nevery = "4s"', "every", "more often than every 5 seconds", id="without end"
        ),
        pytest.param('url = "http://127.0.0.1/"\ncron = "* * * *"', "cron", "five fields", id="no timetable"),
        pytest.param(
            'url = "http://127.0.0.1/"\nadapt = { floor = "1m", ceiling = "1d" }',
            "adapt.floor",
            "more often than every 5 minutes",
            id="floor",
        ),
    ],
)
def test_and_no_other_place_may(tmp_path: Path, entry: str, key: str, what: str) -> None:
    found = load(tmp_path, a=f'[[watch]]\nname = "bad"\n{entry}\n{GOOD}')
    assert [watch.name for watch in found.watches] == ["good"]
    assert what in str(found.errors[-1]) and found.errors[-1].key == key


@pytest.mark.parametrize("defaults", ['every = "1m"', "follow = { same_site = false }"])
def test_defaults_are_for_any_place(tmp_path: Path, defaults: str) -> None:
    own = "" if "every" in defaults else 'every = "1m"\n'
    text = f'[defaults]\n{defaults}\n[[watch]]\nname = "here"\nurl = "http://127.0.0.1/"\n{own}'
    (error,) = load(tmp_path, a=text).errors
    assert "more often than every 5 minutes" in str(error) and error.line == (2 if not own else 6)


def test_cron_replaces_the_every_of_defaults(tmp_path: Path) -> None:
    text = '[defaults]\nevery = "2h"\n' + GOOD.replace('every = "1h"', 'cron = "15 */6 * * *"')
    assert load(tmp_path, a=text).watches[0].schedule == Cron("15 */6 * * *")


def test_a_schedule_of_its_own_replaces_a_refused_one_of_the_defaults(tmp_path: Path) -> None:
    lost = GOOD.replace('every = "1h"', "").replace("good", "lost")
    found = load(tmp_path, a=f'[defaults]\nadapt = {{ floor = "15m" }}\n{GOOD}{lost}')
    assert [watch.name for watch in found.watches] == ["good"]
    (error,) = found.errors
    assert (error.line, error.key) == (2, "adapt.ceiling") and "ceiling is missing" in error.cause


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param("", Adapt(900, 86_400), id="nothing"),
        pytest.param('adapt = { floor = "1h", ceiling = "2h" }', Adapt(3600, 7200), id="its own bounds"),
        pytest.param('every = "1h"', Every(3600), id="an interval"),
        pytest.param('cron = "15 */6 * * *"', Cron("15 */6 * * *"), id="a timetable"),
    ],
)
def test_bounds_in_the_defaults(tmp_path: Path, own: str, expected: Schedule) -> None:
    defaults = '[defaults]\nadapt = { floor = "15m", ceiling = "1d" }\n'
    found = load(tmp_path, a=defaults + GOOD.replace('every = "1h"', own))
    assert not found.errors and found.watches[0].schedule == expected


def test_bounds_of_the_defaults_are_not_mixed_with_own_ones(tmp_path: Path) -> None:
    defaults = '[defaults]\nadapt = { floor = "15m", ceiling = "1d" }\n'
    (error,) = load(tmp_path, a=defaults + GOOD.replace('every = "1h"', 'adapt = { floor = "1h" }')).errors
    assert (error.line, error.key) == (6, "adapt.ceiling")


def test_a_timetable_in_the_defaults_is_no_second_schedule_beside_a_bad_default(tmp_path: Path) -> None:
    defaults = '[defaults]\ncron = "15 */6 * * *"\ntags = 3\n'
    (error,) = load(tmp_path, a=defaults + GOOD.replace('every = "1h"\n', "")).errors
    assert error.key == "tags"


def test_defaults_and_own_keys_of_a_table_are_joined(tmp_path: Path) -> None:
    text = f"[defaults]\nfollow = {{ max_pages = 7, depth = 3 }}\n{GOOD}follow = {{ depth = 1 }}\n"
    assert load(tmp_path, a=text).watches[0].follow == Follow(depth=1, max_pages=7, chosen=True)


def test_robots_override_keeps_its_reason(tmp_path: Path) -> None:
    watch = only(tmp_path, 'url = "https://a.example/"\nevery="1h"\nrobots = "ignore"\nrobots_reason = "mine"')
    assert (watch.ignore_robots, watch.robots_reason) == (True, "mine")


ADAPT = 'url = "https://a.example/"\nadapt'


@pytest.mark.parametrize(
    ("entry", "line", "what", "right"),
    [
        pytest.param('every = "1h"', 1, "has no 'url'", "https://", id="no url"),
        pytest.param('url = "https://a.example/"', 1, "no schedule", "every", id="no schedule"),
        pytest.param('url = "ftp://a.example/"\nevery = "1h"', 3, "not a web address", "https", id="ftp"),
        pytest.param('url = "https://u:p@a.example/"\nevery = "1h"', 3, "password", "https", id="password in url"),
        pytest.param('url = "https://a.example/"\nevery = "soon"', 4, "not a duration", "2h", id="no duration"),
        pytest.param('url = "https://a.example/"\nevery = "0s"', 4, "between", "2h", id="no time at all"),
        pytest.param('url = "https://a.example/"\ncron = "61 * * * *"', 4, "minute", "15 */6", id="61st minute"),
        pytest.param('url = "https://a.example/"\ncron = "* * * *"', 4, "five fields", "15 */6", id="four fields"),
        pytest.param(
            'url = "https://a.example/"\ncron = "0 0 30 2 *"', 4, "no day 30 in February", "15 */6", id="30 February"
        ),
        pytest.param(
            'url = "https://a.example/"\ncron = "0 0 31 4 *"', 4, "last one there is 30", "15 */6", id="31 April"
        ),
        pytest.param('url = "https://a.example/"\ncron = "0 * * * *"\nevery = "1h"', 4, "both", "one", id="two"),
        pytest.param('url = "https://a.example/"\nevery = "1h"\nrendr = "http"', 5, "'rendr'", "'render'", id="typo"),
        pytest.param(
            'url = "https://a.example/"\nevery = "1h"\nfollow = { dept = 1 }', 5, "'dept'", "'depth'", id="typo inside"
        ),
        pytest.param(
            'url = "https://a.example/"\nevery = "1h"\n[watch.follow]\ndepth = -1', 6, "too small", "2", id="depth"
        ),
        pytest.param('url = "https://a.example/"\nevery = "1h"\nkind = "pge"', 5, "'page'", "page", id="kind"),
        pytest.param(
            'url = "https://a.example/"\nevery = "1h"\nrobots = "ignore"', 5, "reason", "robots_reason", id="robots"
        ),
        pytest.param(
            'url = "https://a.example/"\nevery = "1h"\ncredentials = "acount"',
            5,
            "do not exist",
            "'account'",
            id="creds",
        ),
        pytest.param(
            'url = "https://a.example/"\nevery = "1h"\nquery = "x"', 5, "is of kind page", "search", id="query"
        ),
        pytest.param('kind = "search"\nengine = "searxng"\nevery = "1h"', 1, "no query", "query", id="no query"),
        pytest.param('kind = "search"\nquery = "x"\nevery = "1h"', 1, "no engine", "searxng", id="no engine"),
        pytest.param('kind = "urls"\nevery = "1h"', 1, "has no 'urls'", "https://", id="no urls"),
        pytest.param(f'{ADAPT} = {{ floor = "4m", ceiling = "1d" }}', 4, "every 5 minutes", "floor", id="low floor"),
        pytest.param(f'{ADAPT} = {{ floor = "2d", ceiling = "1d" }}', 4, "longer than ceiling", "over", id="crossed"),
        pytest.param(f'{ADAPT} = {{ floor = "15m" }}', 4, "ceiling is missing", 'ceiling = "1d"', id="no ceiling"),
        pytest.param(f'{ADAPT} = {{ ceiling = "1d" }}', 4, "floor is missing", 'floor = "15m"', id="no floor"),
        pytest.param(f"{ADAPT} = {{}}", 4, "floor is missing", 'floor = "15m"', id="no bounds"),
        pytest.param(f"{ADAPT} = 3", 4, "not a table", "adapt = { floor", id="bounds are a number"),
        pytest.param(f'{ADAPT} = {{ floor = 15, ceiling = "1d" }}', 4, "a duration", "floor = ", id="number"),
        pytest.param(f'{ADAPT} = {{ floor = "15m", ceiling = "2w", x = 1 }}', 4, "'x'", "ceiling", id="odd bound"),
        pytest.param(f'{ADAPT} = {{ floor = "15m", cieling = "2w" }}', 4, "'cieling'", "'ceiling'", id="misspelt"),
        pytest.param('url = "https://a.example/"\nfloor = "15m"', 4, "unknown key", "belongs in adapt", id="alone"),
        pytest.param(f'{ADAPT} = {{ floor = "1h", ceiling = "1d" }}\nevery = "1h"', 4, "both", "one", id="every too"),
    ],
)
def test_bad_entry_is_told_and_the_good_one_stays(tmp_path: Path, entry: str, line: int, what: str, right: str) -> None:
    found = load(tmp_path, a=f'[[watch]]\nname = "bad"\n{entry}\n{GOOD}')
    assert [watch.name for watch in found.watches] == ["good"]
    (error,) = found.errors
    assert (error.file, error.line) == (str(tmp_path / "a.toml"), line), error
    assert f"a.toml:{line}: watch 'bad'" in str(error)
    assert what in str(error)
    assert right in error.remedy


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        pytest.param("a = [1\n", 2, "TOML", id="broken TOML"),
        pytest.param("watch = 3\n", 1, "list of watches", id="watch is a number"),
        pytest.param('[watch]\nname = "x"\n', 1, "list of watches", id="one bracket too few"),
        pytest.param('[[wach]]\nname = "x"\n', 1, "unknown key 'wach'", id="misspelt"),
        pytest.param('every = "1h"\n', 1, "unknown key 'every'", id="default at the top"),
        pytest.param('[defaults]\nname = "x"\n', 2, "unknown key 'name'", id="name as a default"),
        pytest.param('[[watch]]\nurl = "https://a.example/"\n', 1, "has no name", id="no name"),
        pytest.param('[[watch]]\nname = "a b"\n', 2, "is not a name", id="name with a space"),
    ],
)
def test_bad_file_hides_no_other_file(tmp_path: Path, text: str, line: int, what: str) -> None:
    found = load(tmp_path, a=text, b=GOOD)
    assert [watch.name for watch in found.watches] == ["good"]
    (error,) = found.errors
    assert error.line == line
    assert what in str(error)


def test_same_name_twice_names_the_first(tmp_path: Path) -> None:
    found = load(tmp_path, a=GOOD, b=GOOD)
    assert len(found.watches) == 1
    assert "a.toml:1" in str(found.errors[0])
    assert found.errors[0].line == 2


def test_bad_default_leaves_out_only_who_relies_on_it(tmp_path: Path) -> None:
    relies = GOOD.replace('every = "1h"\n', "").replace("good", "relies")
    found = load(tmp_path, a=f'[defaults]\nevery = "fast"\n{relies}{GOOD}')
    assert [watch.name for watch in found.watches] == ["good"]
    assert len(found.errors) == 1


def test_missing_folder_is_an_error_and_hidden_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / ".swap.toml").write_text("broken = [")
    assert load(tmp_path) == WatchlistLoad((), (), files=0)
    gone = Settings(path=None, data_dir=tmp_path, watchlist_dir=tmp_path / "nowhere")
    assert "is not a folder" in str(watchlist.load_all(gone).errors[0])


@given(st.from_regex(r"[0-9*/,a-z -]{0,30}", fullmatch=True))
def test_cron_of_any_letters_is_taken_or_refused(text: str) -> None:
    try:
        assert len(watchlist_keys.cron(text).split()) == 5
    except ValueError as error:
        assert str(error)


def test_a_page_is_told_only_where_the_watch_says_so(tmp_path: Path) -> None:
    entry = 'url = "https://a.example/"\nevery = "1h"\n'
    assert only(tmp_path, entry + 'referrer = "page"').tells_page
    assert not only(tmp_path, entry).tells_page
    assert not only(tmp_path, entry + 'referrer = "none"').tells_page
    wrong = load(tmp_path, two='[defaults]\nreferrer = "all"\n')
    assert 'referrer = "page"' in wrong.errors[0].remedy


def test_a_planted_picture_is_named_by_each_watch_for_itself(tmp_path: Path) -> None:
    assert only(tmp_path, 'url = "https://a.example/"\nevery = "1h"\nplanted = "tree"').planted == "tree"
    wrong = load(tmp_path, two='[defaults]\nplanted = "tree"\n')
    assert "planted belongs in each [[watch]]" in wrong.errors[0].remedy


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('[defaults]\nevery = "1h"\nadapt = { floor = "15m", ceiling = "1d" }\n', id="every, the defaults"),
        pytest.param('[defaults]\ncron = "0 1 * * *"\nadapt = { floor = "1h", ceiling = "1d" }\n', id="cron, there"),
        pytest.param(GOOD + 'adapt = { floor = "15m", ceiling = "1d" }\n', id="every, in a watch"),
    ],
)
def test_adapt_beside_another_schedule(tmp_path: Path, text: str) -> None:
    (error,) = load(tmp_path, a=text).errors
    assert error.key == "adapt" and "has both" in str(error) and error.remedy == "Keep one of them."
