"""`init`: what it writes, what it refuses, what it asks."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyrage
import pytest

from monitor import config
from monitor.clock import utc_now
from monitor.errors import UsageError
from monitor.model.case import Attestation, Authority
from monitor.model.settings import Secret
from monitor.setup import SetUpRequest, set_up
from monitor.vault import passphrase
from monitor.vault.passphrase import open_with_passphrase, work_factor
from tests.age_terminal import on_a_terminal
from tests.cli.cli_program import Program

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
WORDS = ["init", "--yes", "--adult", "--authorised", "self", "--name", "Jane", "--email", "jane@mail.example"]


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_sealed_to_a_recipient(program: Program) -> None:
    key = program.home / "keys" / "store.key"
    done = program(*WORDS, "--jurisdiction", "us", "--recipient", RECIPIENT, "--store-key-file", key)
    assert done.code == 0, done.err
    settings = config.load(program.home / "config.toml")
    assert (settings.case.name, settings.case.email, settings.case.jurisdiction) == ("Jane", "jane@mail.example", "US")
    assert settings.evidence.recipients == (RECIPIENT,)
    assert settings.data_dir == program.home / "share" / "reupload-monitor"
    assert (settings.vault_dir / "store-key.age").is_file()
    assert key.read_text().strip() not in done.out + done.err
    assert not (program.home / "identity.age").exists()
    for path in [program.home / "config.toml", key, *files(settings.data_dir)]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o400 if path.suffix == ".age" else 0o600), path
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert program("status").code == 0


def test_passphrase_makes_an_identity_that_opens_everything(program: Program, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("correct horse battery staple\n")
    key = program.home / "store.key"
    done = program(*WORDS, "--passphrase-file", tmp_path / "words.txt", "--store-key-file", key)
    assert done.code == 0, done.err
    protected = (program.home / "identity.age").read_bytes()
    assert work_factor(protected) == 18
    opened = open_with_passphrase(protected, Secret("correct horse battery staple"))  # pyrage refuses on a busy machine
    identity = pyrage.x25519.Identity.from_str(opened.decode().splitlines()[-1])
    settings = config.load(program.home / "config.toml")
    assert settings.evidence.recipients == (str(identity.to_public()),)
    sealed = (settings.vault_dir / "store-key.age").read_bytes()
    assert pyrage.decrypt(sealed, [identity]).decode() == key.read_text()
    assert all(b"AGE-SECRET-KEY" not in path.read_bytes() for path in files(program.home))


def test_nothing_is_overwritten(ready: Program) -> None:
    before = {path: path.read_bytes() for path in files(ready.home)}
    done = ready(*WORDS, "--no-vault", "--store-key-file", ready.home / "other.key")
    assert done.code == 2
    assert "exists already" in done.err
    assert {path: path.read_bytes() for path in files(ready.home)} == before


@pytest.mark.parametrize(
    "left",
    ["store.db", "store.db-wal", "store.db-shm", "vault/evidence1.age", "vault/store-key.age"],
)
@pytest.mark.parametrize("how", ["a file", "a link that leads nowhere"])
def test_what_is_left_of_a_store_is_not_built_over(program: Program, left: str, how: str) -> None:
    """A new store's key would be written over that of the old one, its journal be taken for the new one's."""
    trace = program.home / "share" / "reupload-monitor" / left
    trace.parent.mkdir(parents=True)
    if how == "a file":
        trace.write_bytes(b"kept")
    else:
        trace.symlink_to(program.home / "not-mounted")
    done = program(*WORDS, "--recipient", RECIPIENT, "--store-key-file", program.home / "store.key")
    assert done.code == 2
    assert trace.name in done.err and "another folder" in done.err
    assert [path for path in program.home.rglob("*") if path.is_symlink() or path.is_file()] == [trace]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        pytest.param(["--no-vault"], 1, "--store-key-file", id="no keyring"),
        pytest.param(["--recipient", "age1x", "--store-key-file", "k"], 2, "age public key", id="no recipient"),
        pytest.param(["--no-vault", "--recipient", RECIPIENT], 2, "One of:", id="two ways to seal"),
        pytest.param(["--passphrase-file", "nowhere"], 2, "cannot be read", id="passphrase file missing"),
        pytest.param(["--passphrase-file", "empty"], 2, "not hold a passphrase", id="passphrase empty"),
        pytest.param(["--no-vault", "--store-key-file", "taken"], 2, "exists already", id="key file taken"),
        pytest.param(["--no-vault", "--email", "nobody"], 2, "not a mail address", id="no mail address"),
        pytest.param(["--no-vault", "--jurisdiction", "Utopia"], 2, "US", id="no country code"),
        pytest.param(["--no-vault", "--case", "a b"], 2, "small letters", id="no case name"),
        pytest.param(
            ["--no-vault", "--store-key-file", "home/share/reupload-monitor/k"], 2, "data_dir", id="key beside the data"
        ),
    ],
)
def test_refusals_leave_nothing(program: Program, tmp_path: Path, words: list[str], code: int, told: str) -> None:
    program.monkeypatch.setattr("keyring.set_password", lambda *_: None)  # keeps nothing
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "taken").write_text("something")
    done = program(*WORDS, *words)
    assert done.code == code, done.err
    assert told in done.err
    assert files(program.home) == []
    assert (tmp_path / "taken").read_text() == "something"


def test_keyring_holds_the_key(program: Program) -> None:
    ring: dict[tuple[str, str], str] = {}
    program.monkeypatch.setattr("keyring.set_password", lambda service, name, key: ring.update({(service, name): key}))
    program.monkeypatch.setattr("keyring.get_password", lambda service, name: ring.get((service, name)))
    done = program(*WORDS, "--no-vault")
    assert done.code == 0, done.err
    assert "in the keyring" in done.out
    assert program("status").code == 0
    assert all(key.encode() not in path.read_bytes() for key in ring.values() for path in files(program.home))


def test_a_further_case_has_its_own_attestation(ready: Program) -> None:
    assert ready("init", "--yes", "--case", "second").code == 3
    assert ready("init", "--yes", "--case", "second", "--adult", "--authorised", "representative").code == 0
    assert ready("init", "--yes", "--case", "second", "--adult", "--authorised", "self").code == 2
    cases = {case["case"] for case in ready("status", "--json").json["cases"]}
    assert cases == {"default", "second"}
    done = ready("enroll", "nowhere.jpg")
    assert done.code == 2
    assert "--case with one of: default, second" in done.err


# --- the questions


def test_questions_answered(program: Program) -> None:
    program.answering("yes", "yes", "Jane", "jane@mail.example", "us", "no")
    done = program("init", "--no-vault", "--store-key-file", program.home / "store.key")
    assert done.code == 0, done.err
    settings = config.load(program.home / "config.toml")
    assert (settings.case.name, settings.case.jurisdiction, settings.case.role) == ("Jane", "US", "self")


def test_without_a_keyring_a_file_for_the_key_is_asked(program: Program) -> None:
    program.answering("yes", "yes", "", "", "", "no", "")
    done = program("init", "--no-vault")
    assert done.code == 0, done.err
    assert len((program.home / "store.key").read_text().strip()) == 64
    assert program("status").code == 0


def test_representative_by_questions(program: Program) -> None:
    program.answering("yes", "no", "yes", "", "", "", "no")
    done = program("init", "--no-vault", "--store-key-file", program.home / "store.key")
    assert done.code == 0, done.err
    assert config.load(program.home / "config.toml").case.role == "representative"


@pytest.mark.parametrize("answers", [["no"], ["", "?", "no"], ["not sure"]], ids=" ".join)
def test_under_18_gets_the_services_and_nothing_is_made(program: Program, answers: list[str]) -> None:
    """An empty line is no answer: it is asked again."""
    program.answering(*answers)
    done = program("init", "--no-vault", "--store-key-file", program.home / "store.key")
    assert done.code == 3
    assert "takeitdown.ncmec.org" in done.err
    assert files(program.home) == []


def test_without_authority_nothing_is_made(program: Program) -> None:
    program.answering("yes", "no", "no")
    assert program("init", "--no-vault").code == 3
    assert files(program.home) == []


def test_open_mailbox_leads_to_the_guide_first(program: Program) -> None:
    program.answering("yes", "yes", "", "", "", "yes", "no")
    done = program("init", "--no-vault")
    assert done.code == 3
    assert "guide accounts" in done.err
    assert files(program.home) == []


def test_end_of_input_is_no_answer(program: Program) -> None:
    program.answering()
    assert program("init", "--no-vault").code == 3


# --- the recovery sheet


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 4)


def given_words(program: Program) -> list[str | Path]:
    (program.home / "words.txt").write_text("correct horse battery staple\n")
    return ["--passphrase-file", program.home / "words.txt", "--store-key-file", program.home / "store.key"]


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("with_key", [False, True])
def test_a_recovery_sheet_opens_everything_by_its_own_words(program: Program, tmp_path: Path, with_key: bool) -> None:
    """Its lines are typed into a shell as they stand, with the stock `age`."""
    sheet = tmp_path / "sheet.txt"
    key = ["--sheet-has-key"] if with_key else []
    done = program(*WORDS, *given_words(program), "--recovery-sheet", sheet, *key)
    assert done.code == 0, done.err
    text = sheet.read_text()
    settings = config.load(program.home / "config.toml")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600 and "print it" in done.out
    assert str(settings.vault_dir) in text and str(program.home / "identity.age") in text
    assert settings.evidence.recipients[0] in text and "correct horse" not in text
    assert ("AGE-SECRET-KEY-1" in text) == ("Whoever finds the paper" in text) == with_key
    lines = [line.strip() for line in text.splitlines()]
    open_identity = next(line for line in lines if line.startswith("age -d -o identity.txt"))
    if with_key:
        secret = next(line for line in lines if line.startswith("AGE-SECRET-KEY-1"))
        (tmp_path / "identity.txt").write_text(secret + "\n")
    else:
        code = on_a_terminal("sh", "-c", f"cd {tmp_path} && {open_identity}", answers=["correct horse battery staple"])
        assert code == 0
    restore = next(line for line in lines if line.startswith("age -d -i identity.txt -o store.key"))
    subprocess.run(["sh", "-c", restore], cwd=tmp_path, check=True)
    assert (tmp_path / "store.key").read_text() == (program.home / "store.key").read_text()


def test_a_sheet_for_a_key_that_is_elsewhere(program: Program, tmp_path: Path) -> None:
    words = ["--recipient", RECIPIENT, "--store-key-file", program.home / "store.key"]
    assert program(*WORDS, *words, "--recovery-sheet", tmp_path / "sheet.txt").code == 0
    assert "write down where" in (tmp_path / "sheet.txt").read_text()


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--no-vault", "--recovery-sheet", "s"], "nothing to recover", id="no vault"),
        pytest.param(
            ["--passphrase-file", "w", "--sheet-has-key"], "--recovery-sheet FILE", id="a key without a sheet"
        ),
        pytest.param(
            ["--recipient", RECIPIENT, "--recovery-sheet", "s", "--sheet-has-key"], "unknown here", id="a key elsewhere"
        ),
        pytest.param(
            ["--passphrase-file", "w", "--recovery-sheet", "home/share/reupload-monitor/s"],
            "would lie inside",
            id="in the data",
        ),
        pytest.param(["--passphrase-file", "w", "--recovery-sheet", "w"], "exists already", id="a file that is there"),
    ],
)
def test_a_sheet_that_cannot_be_leaves_nothing(program: Program, tmp_path: Path, words: list[str], told: str) -> None:
    (tmp_path / "w").write_text("words\n")
    done = program(*WORDS, *words, "--store-key-file", program.home / "store.key")
    assert done.code == 2 and told in done.err + str(done.out), done.err
    assert files(program.home) == [] and (tmp_path / "w").read_text() == "words\n"


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize(
    ("answers", "has_key"), [(["yes", "", "no"], False), (["yes", "", "yes"], True), (["no"], None)]
)
def test_init_offers_a_sheet(program: Program, answers: list[str], has_key: bool | None) -> None:
    (program.home / "words.txt").write_text("correct horse battery staple\n")
    program.answering("yes", "yes", "", "", "", "no", *answers)
    done = program("init", *given_words(program))
    assert done.code == 0, done.err
    sheet = program.home / "recovery-sheet.txt"
    assert sheet.exists() == (has_key is not None)
    if has_key is not None:
        assert "Whoever finds the paper" in done.err
        assert ("AGE-SECRET-KEY-1" in sheet.read_text()) == has_key
    assert "AGE-SECRET-KEY-1" not in done.out + done.err


# --- as the demo calls it


def test_set_up_with_a_configuration_of_its_own(tmp_path: Path) -> None:
    def text(recipient: str) -> str:
        return f'data_dir = "data"\n[database]\nkey_file = "store-key.txt"\n[evidence]\nrecipients = ["{recipient}"]\n'

    request = SetUpRequest(
        config=tmp_path / "config.toml",
        attestation=Attestation(Authority.SELF, utc_now()),
        plain_identity=tmp_path / "identity.txt",
        store_key_file=tmp_path / "store-key.txt",
        config_text=text,
    )
    done = set_up(request, environ={})
    assert done.settings.data_dir == tmp_path / "data"
    assert done.identity == tmp_path / "identity.txt"
    assert "AGE-SECRET-KEY-1" in (tmp_path / "identity.txt").read_text()
    with pytest.raises(UsageError):
        set_up(request, environ={})


def test_failed_set_up_is_taken_back(tmp_path: Path) -> None:
    request = SetUpRequest(
        config=tmp_path / "config.toml",
        attestation=Attestation(Authority.SELF, utc_now()),
        store_key_file=tmp_path / "store.key",
        config_text=lambda _: 'data_dir = "data"\nunknown = 1\n',
    )
    with pytest.raises(UsageError):
        set_up(request, environ={})
    assert files(tmp_path) == []


def asked_for(folder: Path, **more: Any) -> SetUpRequest:
    return SetUpRequest(
        config=folder / "made" / "config.toml",
        attestation=Attestation(Authority.SELF, utc_now()),
        recipient=RECIPIENT,
        sheet=folder / "sheet.txt",
        data_dir=folder / "a disk" / "kept",
        store_key_file=folder / "keys" / "store.key",
        **more,
    )


def test_what_is_kept_lies_where_it_was_asked_for(tmp_path: Path) -> None:
    done = set_up(asked_for(tmp_path), environ={})
    assert done.settings.data_dir == tmp_path / "a disk" / "kept"
    assert f'data_dir = "{tmp_path}/a disk/kept"' in (tmp_path / "made" / "config.toml").read_text()
    assert (tmp_path / "a disk" / "kept" / "vault" / "store-key.age").is_file()


def test_two_places_for_what_is_kept_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the environment says"):
        set_up(asked_for(tmp_path), environ={"REUPLOAD_MONITOR_DATA_DIR": str(tmp_path / "elsewhere")})
    assert list(tmp_path.iterdir()) == []


class CtrlC:
    """Pressed before the Nth thing that is made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        self.left = after
        for module, name in ((os, "open"), (os, "fsync"), (os, "mkdir"), (os, "rename")):
            monkeypatch.setattr(module, name, self.pressed_in(getattr(module, name)))

    def pressed_in(self, made: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*given: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return made(*given, **named)

        return doing


@pytest.mark.parametrize("after", range(1, 20))
def test_ctrl_c_leaves_nothing_half_made(tmp_path: Path, after: int) -> None:
    with pytest.MonkeyPatch.context() as patched:
        pressed = CtrlC(patched, after)
        with suppress(KeyboardInterrupt):
            set_up(asked_for(tmp_path), environ={})
    if pressed.left <= 0:
        assert list(tmp_path.rglob("*")) == []
    else:
        assert (tmp_path / "made" / "config.toml").exists() and after > 15, "it was never pressed"


def test_passphrase_is_masked() -> None:
    request = SetUpRequest(config=Path("x"), attestation=None, passphrase=Secret("hunter2"))
    assert "hunter2" not in repr(request)


def test_a_configuration_of_this_folder_is_named_and_only_that_one(
    ready: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = f"configuration: {ready.home / 'config.toml'} (this folder's own)"
    assert told not in ready("status").err  # named by the variable
    monkeypatch.delenv("REUPLOAD_MONITOR_CONFIG")
    monkeypatch.chdir(ready.home)
    listed = ready("watch", "list", "--json")
    assert told in listed.err and listed.json["watches"] == []
    assert told not in ready("--config", "config.toml", "status").err


def test_a_configuration_that_others_may_write_is_refused(ready: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    (ready.home / "config.toml").chmod(0o666)
    for words in (("status",), ("run",), ("doctor",), ("enroll", "x.jpg"), ("watch", "check")):
        done = ready(*words)
        assert done.code == (1 if words == ("doctor",) else 2)
        assert f"chmod go-w {ready.home / 'config.toml'}" in done.err + done.out
