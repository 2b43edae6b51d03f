"""`init`: the questions, in calm words, and what was made."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, init_questions, opening, options, printing
from monitor.config_places import calling, place_of_new
from monitor.errors import NeedsUser, StoreError, UsageError, WorkFailed
from monitor.homes import at_home
from monitor.model.case import Authority
from monitor.model.ids import DEFAULT_CASE, CaseId

if TYPE_CHECKING:
    from monitor.model.settings import Secret
    from monitor.setup import SetUpResult
    from monitor.setup_request import SetUpRequest


def init(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: everything is in the options.")] = False,
    adult: options.AdultOption = False,
    authorised: options.AuthorisedOption = None,
    name: Annotated[str, typer.Option(help="Who the notices speak for.")] = "",
    email: Annotated[str, typer.Option(help="Where sites may answer to.")] = "",
    jurisdiction: Annotated[str, typer.Option(help="Country code: US, GB, DE ...")] = "",
    recipient: Annotated[str, typer.Option(metavar="AGE-PUBLIC-KEY", help="Evidence is sealed to this key.")] = "",
    passphrase_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An identity is made and protected with what it holds.")
    ] = None,
    no_vault: Annotated[bool, typer.Option("--no-vault", help="Keep no evidence until a recipient is set.")] = False,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where finds and evidence are kept, encrypted.")
    ] = None,
    store_key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where there is neither a credential nor a keyring.")
    ] = None,
    database_url_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds the address of a PostgreSQL, made by `database prepare`.")
    ] = None,
    recovery_sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A sheet to print: where the identity lies, how to open the files."),
    ] = None,
    sheet_has_key: Annotated[
        bool, typer.Option("--sheet-has-key", help="The key itself stands on it: who finds the paper opens everything.")
    ] = False,
    for_service: Annotated[bool, typer.Option("--for-service", hidden=True)] = False,
) -> None:
    """Set everything up: configuration, keys, the empty store. Nothing that exists is overwritten."""
    path = place_of_new(options.given.config)
    who = _Who(name, email, jurisdiction)
    who.check()
    if path.exists() and options.given.case:
        _add_case(options.given.case, who, adult, authorised, may_ask=not yes)
        return
    from monitor.setup import refuse_in_vain
    from monitor.setup_answers import key_file_without_keyring, unused_name
    from monitor.setup_request import SetUpRequest
    from monitor.setup_unfinished import put_aside

    _check_options(recipient, passphrase_file, no_vault, yes)
    _check_sheet(recovery_sheet, sheet_has_key, recipient, no_vault)
    _tell_aside(put_aside(path))
    request = SetUpRequest(
        config=path,
        attestation=None,
        case=options.given.case or DEFAULT_CASE,
        name=who.name.strip(),
        email=who.email.strip(),
        jurisdiction=who.jurisdiction.strip().upper(),
        recipient=recipient.strip(),
        passphrase=_passphrase_in(passphrase_file, who) if passphrase_file else None,
        store_key_file=store_key_file or (None if yes else key_file_without_keyring(path)),
        database_url_file=at_home(database_url_file).absolute() if database_url_file else None,
        sheet=recovery_sheet,
        sheet_has_key=sheet_has_key,
        data_dir=at_home(data_dir).absolute() if data_dir else None,
    )
    refuse_in_vain(request)
    if yes:
        given = asking.ask_attestation(adult, authorised, may_ask=False)
        _tell(*_made(replace(request, attestation=given), may_ask=False), for_service=for_service)
        return
    if not asking.is_terminal():
        raise NeedsUser(
            "`init` asks some questions, and there is no terminal to ask them on",
            remedy="Give everything in options: init --yes --adult --authorised self --name N --email E "
            "(--recipient KEY | --passphrase-file FILE | --no-vault).",
        )
    is_sealed = bool(recipient or request.passphrase or no_vault)
    request = init_questions.ask_rest(request, adult, authorised, is_sealed=is_sealed, environ=os.environ)
    if request.sheet is None and (request.recipient or request.passphrase):
        request = replace(request, sheet=unused_name(path.parent / "recovery-sheet.txt"))
    printing.say()
    _tell(*_made(request, may_ask=True), for_service=for_service)


def _made(request: SetUpRequest, *, may_ask: bool) -> tuple[SetUpRequest, SetUpResult]:
    """The answers are kept where something cannot be made: only what was wrong is asked again."""
    from monitor.setup import set_up
    from monitor.setup_answers import unused_name

    while True:
        try:
            return request, set_up(request)
        except (UsageError, WorkFailed) as problem:
            if not may_ask:
                raise
            printing.error(problem)
            printing.say()
            if request.database_url_file is not None:  # nothing of it can be answered otherwise here
                raise
            if isinstance(problem, StoreError) and request.store_key_file is None:
                request = replace(request, store_key_file=unused_name(request.config.parent / "store.key"))
                printing.say("So the key goes into a file.")
            else:
                request = replace(request, data_dir=init_questions.ask_place(request))


def _tell_aside(aside: tuple[Path, ...]) -> None:
    if not aside:
        return
    printing.say("An earlier `init` was cut off here. What it had made opens nothing, and was put aside, as:")
    for path in aside:
        printing.say(f"  {printing.from_home(path)}")
    printing.say("When this one is done, you can remove these files.")
    printing.say()


def _tell(request: SetUpRequest, done: SetUpResult, *, for_service: bool) -> None:
    """for_service: `service install` says what comes next, which is typed otherwise."""
    short = printing.from_home
    printing.out(f"configuration  {short(request.config)}")
    printing.out(f"watchlists     {short(done.settings.watchlist_dir)}")
    printing.out(f"data           {short(done.settings.data_dir)} (encrypted)")
    printing.out(f"its key        {short(done.store_key)}")
    if done.identity:
        printing.out(f"identity       {short(done.identity)}")
    elif done.recipient:
        printing.out("evidence       sealed to the key that you named")
    else:
        printing.say("No evidence is kept until [evidence] recipients is set.")
    if request.sheet is not None:
        printing.out(f"sheet          {short(request.sheet)}")
    printing.say()
    if done.identity:
        printing.say("Keep these away from this machine, for the day on which it is gone:")
        if request.sheet is not None:
            printing.say("  - the recovery sheet, printed: then remove the file")
        printing.say("  - the passphrase, on paper")
        printing.say("  - a copy of the identity, on a stick: without it nobody opens the evidence")
        if done.settings.database.url is not None:
            printing.say("  - copies of the database, of the vault and of the store's key, each kept apart:")
            printing.say(f"      {short(done.settings.vault_dir)}")
            printing.say("      docs/operations.md says how, and how to go back")
        else:
            printing.say("  - now and then, on another stick, a backup; the identity opens it:")
            printing.say(f"      {'sudo reupload-monitor' if for_service else calling(request.config)} backup FOLDER")
        printing.say()
    if for_service:
        return
    program = calling(request.config)
    printing.say("Next, one line each:")
    printing.say(f"  {program} enroll FOLDER       the photos; they stay on this machine")
    printing.say(f"  {program} alerts add          how you are told")
    printing.say(f"  {program} watch add ADDRESS   a place to look at")
    printing.say(f"  {program} run                 it looks, until you press Ctrl-C")
    printing.say(f"What else you can do, at any time: {program} guide")


@dataclass(frozen=True, slots=True)
class _Who:
    """As it was given in options."""

    name: str
    email: str
    jurisdiction: str

    def check(self) -> None:
        """Raises UsageError."""
        from monitor.setup_answers import country_code, of_case

        country_code(self.jurisdiction.strip())
        for key in ("name", "email", "jurisdiction"):
            of_case(key, as_option=True)(getattr(self, key))


def _passphrase_in(path: Path, who: _Who) -> Secret:
    """Raises UsageError for one that would be guessed."""
    from monitor.guide.new_passphrase import why_weak
    from monitor.setup_answers import known_of_person

    found = asking.passphrase_in(path)
    if why := why_weak(found.value, known_of_person(who.name, who.email)):
        raise UsageError(f"the passphrase in {path} does not protect anything: {why}", remedy="")
    return found


def _add_case(name: CaseId, who: _Who, adult: bool, authorised: Authority | None, *, may_ask: bool) -> None:
    """A further case in a store that is there: a helpline has one for each person. Who its notices speak for is kept
    with it."""
    from monitor.setup_request import SetUpRequest

    with opening.opened() as app:
        if app.cases.is_attested(name):
            raise UsageError(f"there is a case {name!r} already", remedy="Choose another name, or use it as it is.")
        _check_case(name)
        given = asking.ask_attestation(adult, authorised, may_ask=may_ask)
        contact = app.settings.contact(name)
        request = SetUpRequest(
            config=app.settings.path or Path("config.toml"),
            attestation=given,
            case=name,
            name=who.name.strip(),
            email=who.email.strip(),
            jurisdiction=who.jurisdiction.strip().upper(),
        )
        if contact is None and may_ask and asking.is_terminal():
            request = init_questions.ask_who(request)
        app.cases.add(name, contact.case.name if contact else request.name, given)
        if contact is None:
            own = {"name": request.name, "email": request.email, "jurisdiction": request.jurisdiction}
            app.case_settings.keep(own | {"role": given.authority.value}, case=name)
    printing.out(f"case           {name}")
    if contact is not None:
        printing.say(f"Who its notices speak for stands in [cases.{name}] of the configuration already.")
    elif request.name or request.email:
        printing.out(f"contact        kept with the case: reupload-monitor case show --case {name}")
    else:
        printing.say("Nobody is named yet: no draft is made for this case before that.")
        printing.say(f"Say it later: reupload-monitor case set name NAME --case {name}")
    if app.settings.database.url is not None and not any(sign.isdigit() for sign in name):
        printing.say(
            "What a case is called stands readable in the database and its copies. If this is a person's name, take a "
            f"number instead: reupload-monitor case remove --case {name}, and init --case c-0412"
        )
    printing.say(f"With several cases each command needs to know which: --case {name}")


def _check_case(name: str) -> None:
    from monitor.config_keys import case_id

    try:
        case_id(name)
    except ValueError as error:
        raise UsageError(f"--case {name!r} {error}", remedy="For example --case default.") from error


def _check_options(recipient: str, passphrase_file: Path | None, no_vault: bool, yes: bool) -> None:
    if options.given.case:
        _check_case(options.given.case)
    ways = [bool(recipient), passphrase_file is not None, no_vault]
    if sum(ways) > 1 or (yes and not any(ways)):
        raise UsageError(
            "it has to be said once how evidence is sealed",
            remedy="One of: --recipient AGE-PUBLIC-KEY, --passphrase-file FILE, --no-vault.",
        )


def _check_sheet(sheet: Path | None, has_key: bool, recipient: str, no_vault: bool) -> None:
    if sheet is not None and no_vault:
        raise UsageError("without a vault there is nothing to recover", remedy="Leave --recovery-sheet out.")
    if has_key and (sheet is None or recipient):
        raise UsageError(
            "--sheet-has-key prints the key that `init` makes",
            remedy="Give --recovery-sheet FILE and --passphrase-file FILE with it. With --recipient the key is yours "
            "already, and unknown here.",
        )
