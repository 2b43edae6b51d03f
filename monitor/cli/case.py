"""`case`: the cases, and what each has for itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.errors import NeedsUser, UsageError, WorkFailed
from monitor.plain import several

if TYPE_CHECKING:
    from monitor.config_cases import CaseSettingKey
    from monitor.model.settings import Settings
    from monitor.services.case_removal import CaseRemoval

app = typer.Typer(help="The cases, and what each has for itself.", no_args_is_help=True)

KeyName = Annotated[str, typer.Argument(metavar="KEY", help="As `case show` names it, for example alerts.detail.")]
MOST_FILE_BYTES = 65_536


@app.command("list")
def list_(as_json: options.JsonOption = False) -> None:
    """Every case, and how much each has set for itself."""
    with opening.opened_to_read() as opened:
        meant = opening.some_cases(opened)
        found, first = opened.case_settings.listed(), opened.settings.case.id
        when = opening.local_times(opened)
    found = [one for one in found if one[0].id in meant]
    if as_json:
        cases = [
            {
                "case": case.id,
                "created_at": case.created_at,
                "attested_at": case.attestation.at if case.attestation else None,
                "authority": case.attestation.authority.value if case.attestation else None,
                "own_settings": own,
                "is_of_configuration": case.id == first,
            }
            for case, own in found
        ]
        printing.emit({"cases": cases})
        return
    rows = [
        (
            case.id,
            when(case.created_at),
            case.attestation.authority.value if case.attestation else "not yet",
            "config.toml" if case.id == first else own,
        )
        for case, own in found
    ]
    printing.table(("case", "made", "attested", "own settings"), rows)
    printing.say(f"{several(len(found), 'case', 'cases')}. A new one: reupload-monitor init --case NAME")


@app.command("show")
def show_case(as_json: options.JsonOption = False) -> None:
    """What is in force for a case, and whether it has that for itself. Of a secret only what it leads to is shown."""
    with opening.opened_to_read() as opened:
        case = opening.chosen_case(opened)
        lines, attested = opened.case_settings.shown(case), opened.cases.is_attested(case)
        used = opened.case_settings.used(case)
    if as_json:
        settings = [
            {"key": one.name, "value": one.value, "from": one.where.value, "refused": one.refused or None}
            for one in lines
        ]
        quota = {name.partition(".")[2]: {"used": now, "most": most} for name, now, most in used}
        printing.emit({"case": case, "is_attested": attested, "settings": settings, "quota": quota})
        return
    printing.table(("key", "in force", "set"), [(one.name, one.value, _WHERE[one.where.value]) for one in lines])
    for name, now, most in used:
        printing.say(f"{name}: {now} of {most} are used{_IN_A_DAY.get(name, '')}.")
    for one in lines:
        if one.refused:
            printing.say(f"Not taken: {printing.plain(one.refused)}")
    if not attested:
        printing.say("Nobody said yet that all shown are 18 or older: nothing is looked at before.")


_IN_A_DAY = dict.fromkeys(("quota.requests", "quota.captures"), " in the last 24 hours")
_WHERE = {"case": "for this case", "config.toml": "in config.toml", "all": "for all cases"}


@app.command("set")
def set_(
    key: KeyName,
    value: Annotated[str | None, typer.Argument(help="Of what is no secret. A list as JSON.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="It holds the value: a list one a line; - is stdin.")
    ] = None,
) -> None:
    """Set something for one case alone. A secret (alerts.urls) comes from a file, or is asked for and not shown."""
    with opening.opened() as opened:
        case, known = opening.chosen_case(opened), opened.case_settings.key(key)
        text = _given(known, value, file)
        if known.name == "alerts.urls":
            _refuse_no_channels(opened.settings, known, text)
        if known.name == "jurisdiction":
            from monitor.setup_answers import country_code

            text = country_code(text.strip())
        opened.case_settings.set(known.name, text, case=case)
        sealed = opened.case_settings.sealed_files(case) if known.name == "evidence.recipients" else 0
    printing.out(f"{known.name}  set for {case}")
    if sealed:
        files = several(sealed, "sealed file", "sealed files")
        printing.say(f"{files} of this case from before: whose key opened them still opens them, and no other.")
    if known.name == "alerts.urls":
        printing.say(f"To try them: reupload-monitor alerts test --case {case}")


def _refuse_no_channels(found: Settings, key: CaseSettingKey, text: str) -> None:
    """Nobody else would notice before something is found and its person is not told. What is wrong otherwise is said
    where it is set."""
    from monitor.config_addresses import alert_url
    from monitor.config_cases import typed_value
    from monitor.services.alert_channels import why_no_channel

    try:
        listed = typed_value(key, text)
        urls = [alert_url(one).url.value for one in listed] if isinstance(listed, list) else []
    except (ValueError, TypeError, AttributeError):
        return
    for number, url in enumerate(urls, 1):
        if why := opening.through_own(lambda own, url=url: why_no_channel(found, own, url)):  # type: ignore[misc]
            raise UsageError(
                f"address {number} of {len(urls)} is no channel: {why}",
                remedy="What it may be: docs/alerts.md. Nothing was changed.",
            )


@app.command()
def unset(key: KeyName) -> None:
    """Take it back: what all cases have counts for this one again."""
    with opening.opened() as opened:
        case = opening.chosen_case(opened)
        name = opened.case_settings.key(key).name
        was_set = opened.case_settings.unset(name, case=case)
    if was_set:
        printing.out(f"{name}  is not set for {case} any more")
    else:
        printing.say(f"{name} was not set for {case}.")


@app.command()
def remove(
    confirm: Annotated[
        str, typer.Option("--confirm", metavar="NAME", help="Without a terminal: the name of the case once more.")
    ] = "",
) -> None:
    """Remove one case and everything that is kept of it: photos' fingerprints, finds, evidence, drafts, settings."""
    with opening.opened() as opened:
        if options.given.case is None:
            raise UsageError(
                "it has to be said which case is to be removed", remedy="reupload-monitor case remove --case NAME"
            )
        case = opening.chosen_case(opened)
        plan = opened.case_removal.plan(case)
        _tell_removal(plan)
        _confirm_removal(case, confirm)
        done = opened.case_removal.remove(plan)
    printing.say(f"{several(done.gone, 'file is', 'files are')} removed.")
    for item in done.left:
        printing.say(f"Not removed: {printing.plain(item.path)}: {printing.plain(item.why)}")
    if plan.written is not None:
        printing.say(f"{plan.written} still speaks of it, below [cases.{case}]: delete those lines yourself.")
    printing.say("Backups and copies of this machine still hold it, until they are removed too.")
    if done.left:
        raise WorkFailed(
            f"{several(len(done.left), 'file of the case is', 'files of the case are')} still there",
            remedy="Each stands above with the reason. Mend it and give the command again: the rest is done already.",
        )
    printing.out(f"removed  {case}")


def _tell_removal(plan: CaseRemoval) -> None:
    printing.out(f"case       {plan.case}")
    printing.out(f"photos     {plan.photos}")
    printing.out(f"finds      {plan.finds}")
    printing.out(f"evidence   {several(len(plan.files), 'sealed file', 'sealed files')}")
    printing.out(f"drafts     {several(len(plan.drafts), 'file', 'files')}")
    for watch in plan.watches:
        printing.out(f"watch      {printing.plain(watch.name)} ({watch.origin}:{watch.line})")
    if plan.files:
        printing.say("If the police, a lawyer or a court may need the evidence, hand it over first: it will be gone.")


def _confirm_removal(case: str, given: str) -> None:
    if not given:
        if not asking.is_terminal():
            raise NeedsUser(
                "nothing was removed: it cannot be undone, so it has to be confirmed",
                remedy=f"Add --confirm {case}.",
            )
        given = asking.ask("It cannot be undone. To go on, type the name of the case", check=str)
    if given.strip() != case:
        raise NeedsUser("nothing was removed", remedy=f"The name of the case is: {case}")


def _given(key: CaseSettingKey, value: str | None, file: Path | None) -> str:
    if file is not None:
        if value is not None:
            raise UsageError("the value is given twice", remedy="Give it in the command or in --file, not in both.")
        return _read(file)
    if not key.is_secret:
        if value is None:
            raise UsageError(f"{key.name} has no value", remedy=key.right or "Give it behind the key.")
        return value
    if value is not None:
        raise UsageError(
            f"{key.name} is a secret, and what is typed in a command can be read by others on this machine",
            remedy=f"Put it into a file that only you can read: case set {key.name} --file FILE. Or leave it out: it "
            "is asked for.",
        )
    if not asking.is_terminal():
        raise NeedsUser(
            f"{key.name} has to be asked for, and there is no terminal to ask on",
            remedy=f"Put it into a file that only you can read: case set {key.name} --file FILE",
        )
    return asking.ask_secret("The address (an Apprise URL; several: give them in --file)").value


def _read(file: Path) -> str:
    wrong = UsageError(f"{file} cannot be read", remedy="A text file of at most 64 kB with the value.")
    try:
        raw = sys.stdin.buffer.read(MOST_FILE_BYTES + 1) if str(file) == "-" else _bytes_of(file)
        text = raw.decode("utf-8")
    except (OSError, UnicodeDecodeError):
        raise wrong from None  # what it holds may be a secret
    if len(raw) > MOST_FILE_BYTES or not text.strip():
        raise wrong
    return text


def _bytes_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MOST_FILE_BYTES + 1)
