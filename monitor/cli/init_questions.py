"""What `init` asks, one thing at a time, in an order in which nothing is asked in vain: first what may end it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import asking, printing
from monitor.errors import NeedsUser, UsageError, WorkFailed
from monitor.model.case import Attestation, Authority

if TYPE_CHECKING:
    from monitor.model.settings import Secret
    from monitor.setup_request import SetUpRequest


def ask_rest(
    request: SetUpRequest, adult: bool, authorised: Authority | None, *, is_sealed: bool, environ: Mapping[str, str]
) -> SetUpRequest:
    """What the options did not say. is_sealed: they said how evidence is sealed, or that none is kept."""
    asking.explain("A few questions, one at a time. Nothing is written before the last one. To stop: Ctrl-C.")
    given = asking.ask_attestation(adult, authorised)
    ask_mailbox()
    request = ask_who(replace(request, attestation=given))
    if request.data_dir is None and not _is_place_given(environ):
        request = replace(request, data_dir=ask_place(request))
    if not is_sealed:
        from monitor.setup_answers import known_of_person

        request = replace(request, passphrase=_ask_for_passphrase(known_of_person(request.name, request.email)))
    return request


def _is_place_given(environ: Mapping[str, str]) -> bool:
    """As it is for a service."""
    return any(environ.get(name) for name in ("REUPLOAD_MONITOR_DATA_DIR", "STATE_DIRECTORY"))


def ask_who(request: SetUpRequest) -> SetUpRequest:
    """Who the requests to sites speak for."""
    from monitor.setup_answers import country_code, of_case

    whose = _whose(request.attestation)
    if not (request.name and request.email and request.jurisdiction):
        asking.explain(
            "The next three stand in the requests that you may send to sites later. This program sends none of them. "
            "Enter alone leaves one empty: then no request is written before it stands in the configuration."
        )
    name = request.name or asking.ask(f"{whose} name, as it is to stand there", check=of_case("name"))
    email = request.email or asking.ask(
        "A mail address for their answers (best one made for this)", check=of_case("email")
    )
    country = request.jurisdiction or asking.ask("The country (US, GB, DE ... or its name)", check=country_code)
    return replace(request, name=name, email=email, jurisdiction=country)


def _whose(given: Attestation | None) -> str:
    is_other = given is not None and given.authority is Authority.REPRESENTATIVE
    return "The person's" if is_other else "Your"


def ask_mailbox() -> None:
    """Raises NeedsUser where it is better made safe first."""
    asking.explain("You will get messages about what is found: by mail, or on a telephone.")
    if not asking.ask_yes("Can anybody else read them there, or might somebody?"):
        return
    asking.explain(
        "Then it is best to make that safe first, because the messages would tell them what you are doing. How: "
        "reupload-monitor guide accounts"
    )
    if not asking.ask_yes("Go on with the set-up now all the same?", default=False):
        raise NeedsUser("nothing was written", remedy="Come back after: reupload-monitor guide accounts")


def ask_place(request: SetUpRequest) -> Path:
    """The folder where everything is kept."""
    from monitor.setup import data_dir_of, refuse_data_dir

    def check(typed: str) -> Path:
        if "/" not in typed and not typed.startswith("~") and typed not in (".", ".."):
            raise UsageError(
                "that is no whole path of a folder",
                remedy=f"For example ~/kept or /media/disk/kept; for a folder of that name here: "
                f"./{printing.plain(typed, 40)}",
            )
        try:
            path = Path(typed).expanduser().absolute()
            refuse_data_dir(path, request)
        except WorkFailed as problem:
            raise UsageError(str(problem), remedy=problem.remedy) from problem
        except (OSError, RuntimeError) as problem:  # a name that is too long; a home that is not known
            raise UsageError(f"that folder cannot be used: {problem}", remedy="Name another place.") from problem
        return path

    asking.explain(
        "Finds and evidence are kept, encrypted, in one folder. It can be on another disk, as long as that is always "
        "there. Enter alone takes the usual place."
    )
    return asking.ask(
        "The folder", check=check, default=printing.from_home(data_dir_of(replace(request, data_dir=None)))
    )


def _ask_for_passphrase(about: Sequence[str]) -> Secret | None:
    """None where no evidence is to be kept."""
    import secrets

    from monitor.guide.new_passphrase import offered
    from monitor.model.settings import Secret
    from monitor.setup_answers import passphrase_meant

    six = offered(secrets.choice)
    asking.explain(
        "What is found is kept as evidence, sealed: who takes this machine cannot look at it. A passphrase opens it. "
        "Here are six words that nobody guesses, drawn by lot just now:"
    )
    printing.say(f"\n    {six}")
    asking.explain(
        "Write them on paper, and keep it where nobody else looks. Without them nobody opens the evidence, not even "
        "you. Or choose four or more words of your own. Enter alone: no evidence is kept."
    )

    def check(typed: str) -> str:
        return passphrase_meant(typed, six, about) if typed.strip() else ""

    while True:
        found = asking.ask_secret("Type the six words, or your own", check=check)
        if found.value == six or (found.value and _same_again(found)):
            return Secret(found.value)
        if not found.value and asking.ask_yes("Go on without any evidence being kept?"):
            return None


def _same_again(found: Secret) -> bool:
    if asking.ask_secret("Your own words once more", check=str.strip).value == found.value:
        return True
    printing.say("  The two are not the same. Both again, please.")
    return False
