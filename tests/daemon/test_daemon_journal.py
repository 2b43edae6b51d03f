"""The journal names nobody: planted words in everything that can have a name, and none of them in a line."""

from __future__ import annotations

import ast
import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import monitor
from monitor.daemon.logs import (
    MAX_LINE_CHARS,
    JournalFormatter,
    JournalHandler,
    TerminalFormatter,
    is_journal,
    of_error,
)
from monitor.errors import ConfigError, WatchlistError
from tests.daemon.test_daemon_process import PHOTOS, command, core_of, daemon, environment
from tests.patience import WITHIN_S

PACKAGE = Path(monitor.__file__).parent
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
ELSEWHERE = {"cli/main.py", "cli/references.py"}  # `--debug` of a command that a person typed
NAMED = re.compile(r"jane|hunter2", re.IGNORECASE)


def calls() -> list[tuple[str, ast.Call]]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in ("log", "logger", "logging"):
                    found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", node))
    return found


@pytest.mark.long
def test_each_sentence_is_a_constant_of_the_program() -> None:
    """An f-string or an argument is where a name gets in: what varies stands in `extra`, which has rules."""
    seen = calls()
    assert len(seen) > 25
    for place, call in seen:
        if place.partition(":")[0] in ELSEWHERE:
            continue
        words = call.args[1:] if call.func.attr == "log" else call.args  # type: ignore[attr-defined]
        assert len(words) == 1 and isinstance(words[0], ast.Constant), place
        assert isinstance(words[0].value, str) and "%" not in words[0].value, place


def line(*, name: str = "monitor.x", debug: bool = False, error: BaseException | None = None, **fields: object) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, "a sentence", (), info)
    vars(record).update(fields)
    return JournalFormatter(priorities=False, debug=debug).format(record)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("jane doe", id="a name"),
        pytest.param("jane.toml", id="a file"),
        pytest.param("https://forum.example/jane", id="an address"),
        pytest.param(Path("/home/jane"), id="a path"),
        pytest.param(b"jane", id="bytes"),
        pytest.param(["jane doe"], id="a list"),
        pytest.param({"jane": 1}, id="a table"),
        pytest.param(ConfigError("jane"), id="an error"),
        pytest.param("j" * 10_000_000 + "jane", id="ten million letters"),
    ],
)
@pytest.mark.parametrize("debug", [False, True], ids=["", "--debug"])
def test_fields_are_numbers_and_known_words(value: object, debug: bool) -> None:
    written = line(debug=debug, watch=3, label=value, reason=value, jane=value, **{"with space": 3})
    assert written == "a sentence watch=3"
    other = line(debug=debug, status="ok", waiting=True, seconds=1.5, huge=10**400, missing=["landlock", "a b"])
    assert other == f"a sentence status=ok waiting=True seconds=1.5 huge=1{'0' * 31} missing=landlock"
    assert line(debug=debug, missing=["a b"], part="") == "a sentence", "no field without its word"


@pytest.mark.parametrize("debug", [False, True], ids=["", "--debug"])
@pytest.mark.parametrize("name", ["monitor.x", "asyncio", "httpx", "py.warnings", "apscheduler.executors.default"])
def test_an_error_is_told_without_its_words(name: str, debug: bool) -> None:
    def jane_doe() -> None:
        try:
            Path("/nowhere/jane").read_text()
        except OSError as missing:
            raise WatchlistError("watch 'jane'", remedy="jane", file="/jane", line=7) from missing

    try:
        jane_doe()
    except WatchlistError as error:
        written = line(name=name, debug=debug, error=error)
        assert {key: of_error(error)[key] for key in ("error", "line")} == {"error": "WatchlistError", "line": 7}
    assert not NAMED.search(written)
    assert "error=WatchlistError cause=FileNotFoundError" in written
    assert (f"\n    at {__name__}:" in written) is debug
    assert name.startswith("monitor") or written.startswith(f"a library told of something logger={name}")


def test_of_what_a_library_says_nothing_is_told() -> None:
    record = logging.LogRecord("asyncio", logging.ERROR, "/home/jane/x.py", 1, "Task %s failed", ("jane",), None)
    assert JournalFormatter(priorities=False, debug=True).format(record) == "a library told of something logger=asyncio"


def test_a_line_is_short_and_made_in_linear_time() -> None:
    record = logging.LogRecord("monitor.x", logging.INFO, __file__, 1, "a" * 5_000_000 + "://x\x1b[2J", (), None)
    vars(record).update({f"n{number}": number for number in range(10_000)})
    assert len(JournalFormatter(priorities=False).format(record)) <= MAX_LINE_CHARS


def test_the_journal_is_told_from_other_streams(tmp_path: Path) -> None:
    with (tmp_path / "x").open("w") as stream:
        found = os.fstat(stream.fileno())
        assert is_journal(stream, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"})
        for other in ("", "x", f"{found.st_dev}:1"):
            assert not is_journal(stream, {"JOURNAL_STREAM": other})


# --- the real thing


WATCHLIST = """
[[watch]]
name = "jane-doe"
url = "http://127.0.0.1:{port}/jane/thread"
every = "1h"
robots = "ignore"
robots_reason = "jane asked for it"

[[watch]]
name = "jane-fedi"
kind = "mastodon"
url = "http://127.0.0.1:{port}/@jane"
every = "1h"
credentials = "jane"

[[watch]]
name = "jane-search"
kind = "search"
engine = "jane"
query = "jane doe leaked"
every = "1h"

[[watch]]
name = "jane-selector"
url = "http://127.0.0.1:{port}/"
every = "1h"
images = {{ select = "img::jane" }}
planted = "jane's photo"

[[watch]]
name = "jane wrong"
cron = "jane"
janekey = 1
"""


@pytest.mark.long
@pytest.mark.parametrize(
    "debug", [pytest.param(False, id="usual", marks=pytest.mark.long), pytest.param(True, id="--debug")]
)
async def test_a_daemon_that_meets_every_trouble_names_nobody(tmp_path: Path, debug: bool) -> None:
    home = tmp_path / "jane"
    home.mkdir()
    config = home / "config.toml"
    words = f"init --config {config} --yes --adult --authorised self --name Jane --email jane@mail.example --no-vault"
    code, said = await command(home, *words.split(), "--store-key-file", str(home / "jane.key"))
    assert code == 0, said
    photo = home / "jane.jpg"
    photo.write_bytes((PHOTOS / "enrolled" / "owl.jpg").read_bytes())
    alerts = '[alerts]\nurls = ["json://jane:hunter2@127.0.0.1:9/jane"]\ngroup_for = 0\n'
    made = re.sub(r"(?m)^urls = .*\n", "", config.read_text())
    good = made.replace("[alerts]\n", alerts) + (
        '[match]\nfeatures = false\n[network]\nallow_networks = ["127.0.0.0/8"]\n[crawl]\nper_host_delay = 0\n'
        '[engines.jane]\nlike = "searxng"\nurl = "http://127.0.0.1:9/jane"\n'
        '[credentials.jane]\nhost = "jane.example"\ntoken = "hunter2"\n'
    )
    assert alerts in good
    config.write_text(good)
    code, said = await command(home, "enroll", str(photo), "--label", "jane", "--config", str(config))
    assert code == 0, said
    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))  # nobody listens
        (home / "watchlists" / "jane.toml").write_text(WATCHLIST.format(port=shut.getsockname()[1]))
        (home / "watchlists" / "janes-other.toml").write_text('jane = "hunter2\n')
        async with daemon(home, *(["--debug"] if debug else [])) as running:
            await running.until_told("READY=1")
            async with asyncio.timeout(WITHIN_S):
                while running.said.count("action=watch_done") + running.said.count("action=watch_failed") < 2:
                    await asyncio.sleep(0.05)
            for text in ('[jane]\nx = "hunter2"\n', "jane = [\n", good.replace('"store_jane', "")):
                config.write_text(text)
                running.process.send_signal(signal.SIGHUP)
                await running.until_told("RELOADING=1")
                await running.until_told("READY=1")
            for pid in (running.process.pid, core_of(running.process.pid)):
                status = Path(f"/proc/{pid}/status").read_text()
                assert re.search(r"^CoreDumping:\t0$", status, re.MULTILINE)
                limits = Path(f"/proc/{pid}/limits").read_text()
                assert re.search(r"Max core file size +0 +0 ", limits)
            running.process.terminate()
            assert await running.end() == 0
    lines = [said for said in running.said.splitlines() if not said.startswith("import time:")]
    assert any("action=watchlist_error" in said for said in lines)
    assert any("action=reload_refused error=ConfigError" in said for said in lines)
    assert [said for said in lines if NAMED.search(said)] == []


async def test_the_last_words_of_a_daemon_that_cannot_start(tmp_path: Path) -> None:
    """To the journal without a name, to whoever typed it with everything."""
    config = tmp_path / "jane.toml"
    config.write_text("jane = 1\n")
    for journal in (True, False):
        with (tmp_path / "said").open("w+") as said:
            found = os.fstat(said.fileno())
            more = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"} if journal else {}
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "monitor", "run", "--config", str(config)),
                env=environment(tmp_path, **more),
                stderr=said,
            )
            assert await child.wait() == 2
            said.seek(0)
            text = said.read()
        assert bool(NAMED.search(text)) is not journal
        assert not journal or "action=ended error=ConfigError" in text


# --- closed to others


PROBE = """
import ctypes, os, resource, sys
sys.path[:0] = {path!r}
import monitor.__main__ as program
import monitor.cli.main as cli
def look(arguments):
    print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE), flush=True)
    {then}
    return 0
cli.run = look
program.main()
"""


def probe(folder: Path, then: str, uid: int) -> subprocess.CompletedProcess[str]:
    def lower() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if uid:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)

    code = PROBE.format(path=sys.path, then=then)
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, preexec_fn=lower, capture_output=True, text=True, check=False
    )


def test_each_command_is_closed_before_it_does_anything(tmp_path: Path) -> None:
    done = probe(tmp_path, "os.kill(os.getpid(), 11)", 0)
    assert done.stdout == "0 0 0\n" and done.returncode == -signal.SIGSEGV
    assert [*tmp_path.iterdir()] == []  # no core


def test_the_memory_of_the_daemon_is_shut_to_its_own_user(tmp_path: Path) -> None:
    """Another process of the same user may read neither memory nor files by descriptor; root still may."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to become two processes of another user")
    child = subprocess.Popen(
        [sys.executable, "-c", PROBE.format(path=sys.path, then="sys.stdin.read()")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == "0 0 0\n"
    try:
        attempt = (
            "import os\n"
            "libc = __import__('ctypes').CDLL(None, use_errno=True)\n"
            "os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)\n"
            "def tried(path):\n"
            "    try: open(path, 'rb').read(1); return 'read'\n"
            "    except OSError: return 'shut'\n"
            f"print(*[tried('/proc/{child.pid}/' + name) for name in ('mem', 'environ', 'maps')], flush=True)\n"
        )
        done = subprocess.run([sys.executable, "-c", attempt], capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["shut"] * 3, done.stderr
        owner = Path(f"/proc/{child.pid}/mem").stat().st_uid
        assert owner == 0
    finally:
        child.stdin.close()
        child.wait()
        child.stdout.close()


@pytest.mark.parametrize(
    ("name", "sentence", "fields", "shown"),
    [
        pytest.param("monitor.x", "daemon ready", {"watches": 1}, "Daemon ready.", id="no fields"),
        pytest.param("monitor.x", "looked", {"aloud": 'Looked at "jane".'}, 'Looked at "jane".', id="names stand here"),
        pytest.param(
            "monitor.x", "refused", {"because": "w.toml:7. Mend it."}, "Refused: w.toml:7. Mend it.", id="why"
        ),
        pytest.param("monitor.x", "looked", {"aloud": "a\x1b[31mb\nc"}, "A\\u{1b}[31mb\\u{a}c.", id="hostile name"),
        pytest.param("httpx", "jane", {}, "A library told of something.", id="a library"),
    ],
)
def test_on_a_terminal_there_are_sentences(name: str, sentence: str, fields: dict[str, str], shown: str) -> None:
    record = logging.LogRecord(name, logging.INFO, __file__, 1, sentence, (), None)
    vars(record).update(fields)
    told = TerminalFormatter().format(record)
    assert re.fullmatch(r"\d\d:\d\d  ", told[:7]) and told[7:] == shown


def test_what_is_said_aloud_is_not_in_the_journal() -> None:
    assert "jane" not in line(aloud="Looked at jane", because="jane.toml is wrong")


# --- by journald's own protocol


def entries(raw: bytes) -> dict[str, str]:
    """As journald reads it."""
    found, rest = {}, raw
    while rest:
        line, _, after = rest.partition(b"\n")
        name, is_short, value = line.partition(b"=")
        if not is_short:
            size = int.from_bytes(after[:8], "little")
            value, after = after[8 : 8 + size], after[9 + size :]
        found[name.decode()], rest = value.decode(), after
    return found


def journalled(tmp_path: Path, record: logging.LogRecord, *, debug: bool = False) -> tuple[dict[str, str], list[str]]:
    """What a journal takes of it, and what goes to stderr instead."""
    beside = Noting()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        handler = JournalHandler(JournalFormatter(priorities=False, debug=debug), beside, str(tmp_path / "journal"))
        handler.handle(record)
        journal.setblocking(False)
        return entries(journal.recv(1_000_000)), beside.lines


class Noting(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def a_record(level: int = logging.ERROR, **fields: object) -> logging.LogRecord:
    record = logging.LogRecord("monitor.x", level, __file__, 1, "a sentence", (), None)
    vars(record).update(fields)
    return record


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.ERROR, "3"), (logging.WARNING, "4"), (logging.INFO, "6"), (logging.DEBUG, "7"), (logging.CRITICAL, "3")],
)
def test_the_journal_gets_fields(tmp_path: Path, level: int, priority: str) -> None:
    record = a_record(level, action="stall", loop="store", seconds=70, jane="x", label="jane")
    entry, beside = journalled(tmp_path, record)
    assert entry.pop("SYSLOG_IDENTIFIER")
    assert entry == {
        "MESSAGE": "a sentence action=stall loop=store seconds=70",
        "PRIORITY": priority,
        "MONITOR_ACTION": "stall",
        "MONITOR_LOOP": "store",
        "MONITOR_SECONDS": "70",
    }
    assert beside == []


@given(
    fields=st.dictionaries(
        st.text(max_size=12) | st.sampled_from(["action", "status", "at", "loop", "Jane", "a=b", "x\ny"]),
        st.text() | st.binary() | st.integers() | st.floats() | st.booleans() | st.lists(st.text()) | st.none(),
        max_size=50,
    ),
    sentence=st.text(),
)
def test_whatever_a_record_holds_it_is_one_entry_of_known_fields(
    tmp_path_factory: pytest.TempPathFactory, fields: dict[str, object], sentence: str
) -> None:
    record = a_record(**{name: value for name, value in fields.items() if name not in vars(a_record())})
    record.msg = sentence
    with tempfile.TemporaryDirectory() as folder:
        entry, beside = journalled(Path(folder), record)
    own = {"MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER"}
    assert own <= set(entry) and beside == [] and "\n" not in entry["MESSAGE"]
    for name, value in entry.items():
        assert name in own or re.fullmatch(r"MONITOR_[A-Z][A-Z0-9_]*", name)
        assert name in own or re.fullmatch(r"[A-Za-z0-9_.:,+-]{0,1100}", value)


def test_places_of_an_error_are_one_field_of_many_lines(tmp_path: Path) -> None:
    try:
        raise ConfigError("jane")
    except ConfigError as error:
        record = a_record()
        record.exc_info = (type(error), error, error.__traceback__)
    entry, _ = journalled(tmp_path, record, debug=True)
    assert entry["MESSAGE"].startswith("a sentence error=ConfigError\n    at ") and not NAMED.search(str(entry))


def test_what_the_journal_does_not_take_goes_to_stderr(tmp_path: Path) -> None:
    beside = Noting()
    JournalHandler(JournalFormatter(priorities=False), beside, str(tmp_path / "nobody")).handle(a_record())
    assert beside.lines == ["a sentence"]
