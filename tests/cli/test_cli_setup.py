"""`init`: what it writes, what it refuses, what it asks."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest
from keyring.errors import KeyringLocked

from monitor import config
from monitor.clock import utc_now
from monitor.errors import UsageError
from monitor.guide.new_passphrase import passphrase_words
from monitor.model.case import Attestation, Authority
from monitor.model.settings import Secret
from monitor.setup import SetUpRequest, set_up
from monitor.setup_answers import country_code
from monitor.vault import passphrase
from monitor.vault.passphrase import open_with_passphrase, work_factor
from tests.age_terminal import on_a_terminal
from tests.cli.cli_program import Program
from tests.terminal import PROGRAM, terminal

RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
WORDS = ["init", "--yes", "--adult", "--authorised", "self", "--name", "Jane", "--email", "jane@mail.example"]


PHRASE = "unpaved stardom reversing cosmos"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_sealed_to_a_recipient(program: Program) -> None:
    key = program.home / "keys" / "store.key"
    done = program(*WORDS, "--jurisdiction", "us", "--recipient", RECIPIENT, "--store-key-file", key)
    assert done.code == 0, done.err
    settings = config.load(program.home / "config.toml")
    assert settings.review.address.startswith("127.")  # the page's own
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


@pytest.mark.usefixtures("full_strength")
def test_passphrase_makes_an_identity_that_opens_everything(program: Program, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text(f"{PHRASE}\n")
    key = program.home / "store.key"
    done = program(*WORDS, "--passphrase-file", tmp_path / "words.txt", "--store-key-file", key)
    assert done.code == 0, done.err
    protected = (program.home / "identity.age").read_bytes()
    assert work_factor(protected) == 18
    opened = open_with_passphrase(protected, Secret(PHRASE))  # pyrage refuses on a busy machine
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
            ["--no-vault", "--store-key-file", "home/share/reupload-monitor/k"],
            2,
            "would lie inside",
            id="key beside the data",
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

KEY = ("--no-vault", "--store-key-file")
ALL = ("yes", "yes", "no", "Jane", "jane@mail.example", "us", "")
ASKED = (
    "taken? (yes / no)",
    "shown? (yes / no)",
    "somebody? (yes / no)",
    "stand there",
    "made for this)",
    "name)",
    "]",
)
"""18 or older, the person shown, mailbox, name, mail address, country, folder."""


def test_questions_answered(program: Program) -> None:
    program.answering(*ALL)
    done = program("init", *KEY, program.home / "store.key")
    assert done.code == 0, done.err
    settings = config.load(program.home / "config.toml")
    assert (settings.case.name, settings.case.jurisdiction, settings.case.role) == ("Jane", "US", "self")
    assert settings.data_dir == program.home / "share" / "reupload-monitor"
    assert "enroll FOLDER" in done.err and "alerts add" in done.err and "watch add" in done.err


def test_what_options_said_is_not_asked(program: Program) -> None:
    program.answering("yes", "yes", "no")
    words = ["--name", "Jane", "--email", "jane@mail.example", "--jurisdiction", "US", "--data-dir", "kept"]
    done = program("init", *words, *KEY, program.home / "store.key")
    assert done.code == 0, done.err
    assert config.load(program.home / "config.toml").data_dir == Path("kept").absolute()


def test_where_a_service_keeps_it_is_not_asked(program: Program, tmp_path: Path) -> None:
    program.monkeypatch.setenv("REUPLOAD_MONITOR_DATA_DIR", str(tmp_path / "state"))
    program.answering(*ALL[:-1])
    assert program("init", *KEY, program.home / "store.key").code == 0
    assert config.load(program.home / "config.toml").data_dir == tmp_path / "state"


def test_a_refused_answer_is_asked_again_in_plain_words(program: Program, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    (tmp_path / "old" / "vault").mkdir(parents=True)
    (tmp_path / "old" / "vault" / "x.age").write_text("")
    program.answering(
        *("maybe not", "yes", "", "yes", "no", "Jane"),
        *("nobody", "jane@", "jane@mail.example", "Utopia", "XX", "Germany"),
        *(tmp_path / "a file", tmp_path / "old", program.home, f"  {tmp_path}/kept  "),
    )
    done = program("init", *KEY, program.home / "store.key")
    assert done.code == 0, done.err
    for told in ("no mail address", "known as 'XX'", "is not a folder", "there is a store", "Name another"):
        assert told.lower() in " ".join(done.err.lower().split()), told
    for word in ("--email", "--name", "jurisdiction", "toml", "data_dir"):
        assert word not in done.err.replace(str(program.home), "").lower().replace("config.toml", ""), word
    settings = config.load(program.home / "config.toml")
    assert (settings.case.email, settings.case.jurisdiction) == ("jane@mail.example", "DE")
    assert settings.data_dir == tmp_path / "kept"


@pytest.mark.parametrize("typed", ["2", "yes", "disk", "..."])
def test_a_word_is_no_folder_and_asked_again(program: Program, tmp_path: Path, typed: str) -> None:
    """The number of a choice lands here, or the answer to another question."""
    program.monkeypatch.chdir(tmp_path)
    program.answering(*ALL[:-1], typed, "./kept")
    done = program("init", *KEY, program.home / "store.key")
    assert done.code == 0, done.err
    assert "that is no whole path" in " ".join(done.err.lower().split()) and f"./{typed}" in done.err
    assert config.load(program.home / "config.toml").data_dir == tmp_path / "kept"
    assert not (tmp_path / typed).exists()


def test_the_accounts_name_is_no_part_of_a_passphrase(program: Program) -> None:
    program.monkeypatch.setenv("SUDO_USER", "zorblatt")
    program.answering(*ALL, "zorblatt unpaved stardom reversing")
    done = program("init")
    assert done.code == 3 and "the account's" in done.err


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        pytest.param("", "", id="none"),
        pytest.param("gb", "GB", id="a code"),
        pytest.param("CA-BC", "CA-BC", id="a code with a part of the country"),
        pytest.param("germany", "DE", id="a name"),
        pytest.param("u.k.", "GB", id="a usual short name"),
        pytest.param("USA", "US", id="three letters that everybody writes"),
        pytest.param("united kin", "GB", id="a beginning"),
        pytest.param("united", None, id="a beginning of several"),
        pytest.param("QQ", None, id="no country"),
        pytest.param("\u0131e", None, id="a letter that is no i"),
        pytest.param("D", None, id="half a code"),
        pytest.param("x" * 4000, None, id="nonsense"),
    ],
)
def test_a_country(typed: str, code: str | None) -> None:
    if code is None:
        with pytest.raises(UsageError, match="no country") as refused:
            country_code(typed)
        assert "US, GB" in refused.value.remedy and len(str(refused.value)) < 100
    else:
        assert country_code(typed) == code


def test_without_a_keyring_the_key_goes_into_a_file_and_that_is_said(program: Program) -> None:
    program.answering(*ALL)
    done = program("init", "--no-vault")
    assert done.code == 0, done.err
    assert len((program.home / "store.key").read_text().strip()) == 64
    assert "its key        in ~/store.key" in done.out
    assert program("status").code == 0


def test_a_keyring_that_refuses_costs_no_answer(program: Program) -> None:
    def locked(*_: str) -> None:
        raise KeyringLocked("locked")

    program.monkeypatch.setattr("keyring.get_keyring", lambda: SimpleNamespace(priority=5))
    program.monkeypatch.setattr("keyring.set_password", locked)
    program.answering(*ALL)
    done = program("init", "--no-vault")
    assert done.code == 0, done.err
    assert "the keyring did not take" in done.err and (program.home / "store.key").is_file()


def test_representative_by_questions(program: Program) -> None:
    program.answering("yes", "no", "yes", "no", "", "", "", "")
    done = program("init", *KEY, program.home / "store.key")
    assert done.code == 0, done.err
    assert config.load(program.home / "config.toml").case.role == "representative"
    assert "The person's name" in done.err


@pytest.mark.parametrize("answers", [["no"], ["", "?", "no"], ["not sure"]], ids=" ".join)
def test_under_18_gets_the_services_and_nothing_is_made(program: Program, answers: list[str]) -> None:
    """An empty line is no answer: it is asked again."""
    program.answering(*answers)
    done = program("init", *KEY, program.home / "store.key")
    assert done.code == 3
    assert "takeitdown.ncmec.org" in done.err
    assert files(program.home) == []


def test_without_authority_nothing_is_made(program: Program) -> None:
    program.answering("yes", "no", "no")
    assert program("init", "--no-vault").code == 3
    assert files(program.home) == []


@pytest.mark.parametrize("then", ["no", ""])
def test_open_mailbox_leads_to_the_guide_first(program: Program, then: str) -> None:
    program.answering("yes", "yes", "yes", then)
    done = program("init", "--no-vault")
    assert done.code == 3
    assert "guide accounts" in done.err
    assert files(program.home) == []


@pytest.mark.parametrize("answered", range(len(ALL) + 2))
@pytest.mark.parametrize(("key", "code"), [("Ctrl-D", 3), ("Ctrl-C", 130)])
def test_ctrl_d_and_ctrl_c_at_any_question_leave_nothing(program: Program, answered: int, key: str, code: int) -> None:
    answers = [*ALL, "treppe lampe wolke gurke"][:answered]
    program.answering(*answers)
    if key == "Ctrl-C":
        program.monkeypatch.setattr(sys, "stdin", PressedThen(answers))
    done = program("init")
    assert done.code == code and list(program.home.iterdir()) == []
    assert ("stopped" if code == 130 else "Nothing was changed") in done.err


class PressedThen(io.StringIO):
    """Ctrl-C where nothing is left to read."""

    def __init__(self, answers: list[str]) -> None:
        super().__init__("".join(f"{answer}\n" for answer in answers))

    def readline(self, *size: Any) -> str:
        line = super().readline(*size)
        if not line:
            raise KeyboardInterrupt
        return line


@pytest.mark.parametrize(
    ("left", "told"),
    [
        pytest.param("config.toml", "exists already", id="a configuration"),
        pytest.param("identity.age", "Put it away first", id="an identity"),
        pytest.param("store.key", "exists already", id="a key"),
        pytest.param("share/reupload-monitor/store.db", "another folder", id="a store"),
    ],
)
def test_nothing_is_asked_in_vain(program: Program, left: str, told: str) -> None:
    path = program.home / left
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("kept")
    program.answering()
    done = program("init")
    assert done.code == 2 and told in done.err and "(yes / no)" not in done.err
    assert files(program.home) == [path] and path.read_text() == "kept"


# --- the passphrase


@pytest.mark.usefixtures("quickly")
def test_six_words_are_offered_and_taken(program: Program) -> None:
    program.monkeypatch.setattr("secrets.choice", lambda words: words[7])
    six = " ".join([passphrase_words()[7]] * 6)
    program.answering(*ALL, "correct horse", six[:-1], f" {six.upper()} ")
    done = program("init")
    assert done.code == 0, done.err
    told = " ".join(done.err.split())
    assert six in told and "Two words can be guessed" in told and "not quite what stands above" in told
    assert opened_with(program, six)


@pytest.mark.usefixtures("quickly")
def test_ones_own_words_are_typed_twice(program: Program) -> None:
    program.answering(*ALL, "treppe lampe wolke gurke", "treppe lampe wolke", *["treppe lampe wolke gurke"] * 2)
    done = program("init")
    assert done.code == 0, done.err
    assert "not the same" in done.err and "treppe" not in done.err + done.out
    assert opened_with(program, "treppe lampe wolke gurke")


@pytest.mark.usefixtures("quickly")
def test_no_evidence_only_when_that_is_meant(program: Program) -> None:
    program.answering(*ALL, "", "no", "", "", "yes")
    done = program("init")
    assert done.code == 0, done.err
    assert config.load(program.home / "config.toml").evidence.recipients == ()
    assert not (program.home / "identity.age").exists() and not (program.home / "recovery-sheet.txt").exists()


@pytest.mark.parametrize("weak", ["correct horse", "jane mail example", "correct horse battery staple"])
def test_a_weak_one_in_a_file_is_refused(program: Program, tmp_path: Path, weak: str) -> None:
    (tmp_path / "words.txt").write_text(f"{weak}\n")
    done = program(*WORDS, "--passphrase-file", tmp_path / "words.txt", "--store-key-file", program.home / "store.key")
    assert done.code == 2 and "does not protect" in done.err and weak not in done.err
    assert files(program.home) == []


def opened_with(program: Program, words: str) -> bool:
    return b"AGE-SECRET-KEY-1" in open_with_passphrase((program.home / "identity.age").read_bytes(), Secret(words))


# --- on a terminal


@pytest.mark.usefixtures("quickly")
def test_the_whole_of_it_on_a_terminal_fits_80_columns(program: Program) -> None:
    """As a person meets it: what is explained and asked is wrapped, and only paths are longer."""
    with terminal(*PROGRAM, "init") as person:
        for question, answer in zip(ASKED, ALL, strict=True):
            person.answer(f"{question}: ", answer)
        six = person.until("(it is not shown): ").split("\n\n    ")[1].splitlines()[0]
        person.type(six)
        assert person.ended() == 0, person.text
    assert person.text.count(six) == 1
    long = [line for line in person.text.splitlines() if len(line) > 80 and "--config" not in line]
    assert long == []


# --- the recovery sheet


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "WORK_FACTOR", 4)


def given_words(program: Program) -> list[str | Path]:
    (program.home / "words.txt").write_text(f"{PHRASE}\n")
    return ["--passphrase-file", program.home / "words.txt", "--store-key-file", program.home / "store.key"]


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("with_key", [False, True])
def test_a_recovery_sheet_opens_everything_by_its_own_words(program: Program, tmp_path: Path, with_key: bool) -> None:
    """Its lines are typed into a shell as they stand, with the stock `age`, when the machine is gone."""
    sheet, stick = tmp_path / "sheet.txt", tmp_path / "a stick"
    key = ["--sheet-has-key"] if with_key else []
    done = program(*WORDS, *given_words(program), "--recovery-sheet", sheet, *key)
    assert done.code == 0, done.err
    text = sheet.read_text()
    settings = config.load(program.home / "config.toml")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600 and "printed" in done.err
    assert settings.evidence.recipients[0] in text and PHRASE not in text
    assert ("AGE-SECRET-KEY-1" in text) == ("Whoever finds the paper" in text) == with_key
    assert max(len(line) for line in text.splitlines() if "/" not in line) <= 80

    stick.mkdir()
    lines = [line.replace("STICK", shlex.quote(str(stick))) for line in text.splitlines() if line.startswith("    ")]
    for copy in [line for line in lines if line.startswith("    cp ")]:
        subprocess.run(["sh", "-c", copy], check=True)
    assert program(*shlex.split(next(line for line in lines if " backup " in line and "tar" not in line))[1:]).code == 0
    store_key = (program.home / "store.key").read_text()
    shutil.rmtree(program.home)

    begin = lines.index(f"    cd {shlex.quote(str(stick))}")
    end = next(at for at, line in enumerate(lines) if "rm -r" in line)
    typed = [line for line in lines[begin:end] if not line.lstrip().startswith("(")]
    if with_key:
        secret = next(line.strip() for line in lines if "AGE-SECRET-KEY-1" in line)
        typed = [f"echo {secret} > $W/identity.txt" if "age -d -o" in line else line for line in typed]
    script = "\n".join([*typed, f'cp "$W/store-key" {tmp_path}/opened', lines[end]])
    assert on_a_terminal("sh", "-ec", script, answers=[] if with_key else [PHRASE]) == 0
    assert (tmp_path / "opened").read_text() == store_key

    at = next(at for at, line in enumerate(lines) if " restore " in line)
    line = subprocess.run(
        ["sh", "-c", f"echo {' '.join(lines[at : at + 2]).replace(chr(92), '')}"],
        cwd=stick, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    program.home.mkdir()
    program.monkeypatch.chdir(stick)
    program.answering(PHRASE)
    done = program(*shlex.split(line)[1:])
    assert done.code == 0, done.err
    assert program("status").code == 0 and (program.home / "store.key").read_text() == store_key


@pytest.mark.usefixtures("quickly")
def test_a_store_whose_configuration_is_lost_is_opened_again_by_what_init_says(program: Program) -> None:
    assert program(*WORDS, *given_words(program)).code == 0
    for name in ("config.toml", "store.key"):
        (program.home / name).unlink()
    (program.home / "identity.age").rename(program.home / "mine.age")
    told = program(*WORDS, "--no-vault", "--store-key-file", program.home / "k")
    assert told.code == 2 and files(program.home / "share")
    line = re.search(r'data_dir = ".+?"', " ".join(told.err.split()))
    assert line is not None
    (program.home / "config.toml").write_text(line[0] + "\n")
    words = ["--identity", program.home / "mine.age", "--passphrase-file", program.home / "words.txt"]
    assert "reupload-monitor recover-key --identity FILE" in " ".join(told.err.split())
    assert program("recover-key", *words, "--to", program.home / "again.key").code == 0
    assert program("status").code == 0


def test_a_sheet_for_a_key_that_is_elsewhere(program: Program, tmp_path: Path) -> None:
    words = ["--recipient", RECIPIENT, "--store-key-file", program.home / "store.key"]
    assert program(*WORDS, *words, "--recovery-sheet", tmp_path / "sheet.txt").code == 0
    text = (tmp_path / "sheet.txt").read_text()
    assert "a copy of your identity" in text and "--identity IDENTITY-FILE" in text


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
    (tmp_path / "w").write_text(f"{PHRASE}\n")
    done = program(*WORDS, *words, "--store-key-file", program.home / "store.key")
    assert done.code == 2 and told in done.err + str(done.out), done.err
    assert files(program.home) == [] and (tmp_path / "w").read_text() == f"{PHRASE}\n"


@pytest.mark.usefixtures("quickly")
def test_init_ends_with_a_sheet_that_lies_over_nothing(program: Program) -> None:
    (program.home / "recovery-sheet.txt").write_text("an older one")
    program.answering(*ALL)
    done = program("init", *given_words(program))
    assert done.code == 0, done.err
    assert (program.home / "recovery-sheet.txt").read_text() == "an older one"
    sheet = program.home / "recovery-sheet-2.txt"
    assert "~/recovery-sheet-2.txt" in done.out and "Keep these away from this machine" in done.err
    assert "AGE-SECRET-KEY-1" not in sheet.read_text() + done.out + done.err
    assert "--identity identity.age" in sheet.read_text() and " backup STICK/" in sheet.read_text()


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
        for module, name in ((os, "open"), (os, "fsync"), (os, "mkdir"), (os, "rename"), (os, "link")):
            monkeypatch.setattr(module, name, self.pressed_in(getattr(module, name)))

    def pressed_in(self, made: Callable[..., Any]) -> Callable[..., Any]:
        def doing(*given: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return made(*given, **named)

        return doing


@pytest.mark.parametrize("after", range(1, 36))
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
