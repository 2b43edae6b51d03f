"""`init`: the questions, in calm words, and what was made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.errors import NeedsUser, UsageError
from monitor.model.case import Authority
from monitor.model.ids import DEFAULT_CASE, CaseId

if TYPE_CHECKING:
    from monitor.model.settings import Secret


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
    store_key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where there is neither a credential nor a keyring.")
    ] = None,
    recovery_sheet: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A sheet to print: where the identity lies, how to open the files."),
    ] = None,
    sheet_has_key: Annotated[
        bool, typer.Option("--sheet-has-key", help="The key itself stands on it: who finds the paper opens everything.")
    ] = False,
) -> None:
    """Set everything up: configuration, keys, the empty store. Nothing that exists is overwritten."""
    path = _config_path()
    if path.exists() and options.given.case:
        _check_words(name, email, jurisdiction)
        _add_case(options.given.case, name, email, jurisdiction, adult, authorised, may_ask=not yes)
        return
    from monitor.setup import SetUpRequest, set_up

    _check_options(recipient, passphrase_file, no_vault, yes, path)
    _check_sheet(recovery_sheet, sheet_has_key, recipient, no_vault)
    may_ask = not yes
    if may_ask and not asking.is_terminal():
        raise NeedsUser(
            "`init` asks some questions, and there is no terminal to ask them on",
            remedy="Give everything in options: init --yes --adult --authorised self --name N --email E "
            "(--recipient KEY | --passphrase-file FILE | --no-vault).",
        )
    given = asking.ask_attestation(adult, authorised, may_ask=may_ask)
    passphrase = asking.passphrase_in(passphrase_file) if passphrase_file else None
    if may_ask:
        name, email, jurisdiction = _ask_who(name, email, jurisdiction)
        _mailbox()
        store_key_file = store_key_file or _ask_for_key_file(path)
        if not (recipient or passphrase or no_vault):
            passphrase = _ask_for_vault()
        if (recipient or passphrase) and recovery_sheet is None:
            recovery_sheet, sheet_has_key = _ask_for_sheet(has_key=passphrase is not None)
    _check_words(name, email, jurisdiction)
    done = set_up(
        SetUpRequest(
            config=path,
            attestation=given,
            case=options.given.case or DEFAULT_CASE,
            name=name.strip(),
            email=email.strip(),
            jurisdiction=jurisdiction.strip().upper(),
            recipient=recipient,
            passphrase=passphrase,
            store_key_file=store_key_file,
            sheet=recovery_sheet,
            sheet_has_key=sheet_has_key,
        )
    )
    printing.out(f"configuration  {path}")
    printing.out(f"watchlists     {done.settings.watchlist_dir}")
    printing.out(f"data           {done.settings.data_dir} (encrypted; its key is {done.store_key})")
    if done.identity:
        printing.out(f"identity       {done.identity} (opens the evidence, with your passphrase)")
        printing.say(
            "Keep a copy of the identity file elsewhere, on a stick say: without it nobody opens the evidence."
        )
    elif done.recipient:
        printing.out("evidence       sealed to the key that you named")
    else:
        printing.say("No evidence is kept until [evidence] recipients is set.")
    if recovery_sheet is not None:
        printing.out(f"sheet          {recovery_sheet} (print it, then remove the file)")
    printing.say("Next: reupload-monitor guide, then: reupload-monitor enroll FOLDER")


def _config_path() -> Path:
    """--config, $REUPLOAD_MONITOR_CONFIG, else the user's own place; relative to here."""
    from monitor.config_places import PREFIX, home_config

    named = options.given.config or os.environ.get(f"{PREFIX}CONFIG")
    return Path(named).absolute() if named else home_config()


def _ask_who(name: str, email: str, jurisdiction: str) -> tuple[str, str, str]:
    name = name or asking.ask("The name that notices to sites should carry (it may stay empty)", check=str)
    email = email or asking.ask("The mail address that sites may answer to (best one made for this)", check=str)
    return name, email, jurisdiction or asking.ask("The country, as two letters (US, GB, DE ...)", check=str)


def _add_case(
    name: CaseId,
    person: str,
    email: str,
    jurisdiction: str,
    adult: bool,
    authorised: Authority | None,
    *,
    may_ask: bool,
) -> None:
    """A further case in a store that is there: a helpline has one for each person. Who its notices speak for goes to
    config.toml, where the first case's stands."""
    from monitor.setup_request import SetUpRequest, add_contact, contact_text

    with opening.opened() as app:
        if app.cases.is_attested(name):
            raise UsageError(f"there is a case {name!r} already", remedy="Choose another name, or use it as it is.")
        _check_case(name)
        given = asking.ask_attestation(adult, authorised, may_ask=may_ask)
        contact = app.settings.contact(name)
        if contact is None and may_ask and asking.is_terminal():
            person, email, jurisdiction = _ask_who(person, email, jurisdiction)
            _check_words(person, email, jurisdiction)
        request = SetUpRequest(
            config=app.settings.path or Path("config.toml"),
            attestation=given,
            case=name,
            name=person.strip(),
            email=email.strip(),
            jurisdiction=jurisdiction.strip().upper(),
        )
        written = contact is None and add_contact(request)
        app.cases.add(name, contact.case.name if contact else request.name, given)
    printing.out(f"case           {name}")
    if contact is not None:
        printing.say(f"Who its notices speak for stands in {contact.in_case} of the configuration already.")
    elif written:
        printing.out(f"contact        {request.config}, [cases.{name}]")
    else:
        printing.say(f"{request.config} was not changed: no draft is made for {name} before these lines stand in it.")
        printing.out(contact_text(request).rstrip())
    if contact is None and written and not (request.name or request.email):
        printing.say("Nobody is named there yet: no draft is made for this case before that.")
    printing.say(f"With several cases each command needs to know which: --case {name}")


def _check_case(name: str) -> None:
    from monitor.config_keys import case_id

    try:
        case_id(name)
    except ValueError as error:
        raise UsageError(f"--case {name!r} {error}", remedy="For example --case default.") from error


def _check_options(recipient: str, passphrase_file: Path | None, no_vault: bool, yes: bool, path: Path) -> None:
    if options.given.case:
        _check_case(options.given.case)
    if path.exists():
        raise UsageError(
            f"{path} exists already, and nothing is overwritten",
            remedy="Use it as it is, name another with --config PATH, or add a case: init --case NAME.",
        )
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


def _check_words(name: str, email: str, jurisdiction: str) -> None:
    from monitor.config_keys import CaseKeys
    from monitor.tomlfile import accepted

    _, wrong = accepted(CaseKeys, {"name": name.strip(), "email": email.strip(), "jurisdiction": jurisdiction.strip()})
    if wrong:
        key, what, right = wrong[0]
        raise UsageError(f"--{key}: {what}", remedy=right)


def _mailbox() -> None:
    printing.say()
    if not asking.ask_yes("Can anybody else open the mailbox or telephone that alerts will go to, or might they?"):
        return
    printing.say("Then it is best to make that safe first, because alerts would tell them what you are doing:")
    printing.say("    reupload-monitor guide accounts")
    if not asking.ask_yes("Go on with the set-up now all the same?"):
        raise NeedsUser("nothing was written", remedy="Come back after: reupload-monitor guide accounts")


def _ask_for_key_file(config: Path) -> Path | None:
    """None where the key comes from the environment, a credential or the keyring."""
    import keyring

    from monitor.config_places import PREFIX

    credential = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere"), "database.key")
    given = any(name.startswith(f"{PREFIX}DATABASE__KEY") for name in os.environ) or credential.is_file()
    if given or keyring.get_keyring().priority > 0:
        return None
    printing.say()
    printing.say(
        "What is stored is encrypted, and this machine has no keyring for the key. A file can hold it; best on"
    )
    printing.say("a stick, since whoever has this file and the data can read both.")
    return Path(asking.ask("The file for the key", check=str, default=str(config.parent / "store.key"))).expanduser()


def _ask_for_vault() -> Secret | None:
    printing.say()
    printing.say("Evidence is sealed, so that whoever has this machine cannot look at it. A passphrase opens it:")
    printing.say("four or more random words, written down somewhere safe. Left empty, no evidence is kept.")
    found = asking.ask_new_secret("Passphrase for the evidence", check=str)
    return found if found.value else None


def _ask_for_sheet(*, has_key: bool) -> tuple[Path | None, bool]:
    """Where to, and whether the key itself stands on it."""
    from monitor.guide.recovery_sheet import WHAT_PAPER_MEANS

    printing.say()
    printing.say("A recovery sheet says where the identity lies and how the files are opened without this program.")
    if not asking.ask_yes("Write one for you to print?"):
        return None, False
    file = asking.ask("The file for it, best on a stick", check=str, default=str(Path.home() / "recovery-sheet.txt"))
    if has_key:
        printing.say("The key itself can stand on it too, for the day on which the passphrase is forgotten.")
        printing.say(WHAT_PAPER_MEANS)
        has_key = asking.ask_yes("Print the key itself?")
    return Path(file).expanduser(), has_key
