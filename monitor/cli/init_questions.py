"""What `init` asks, one thing at a time, in an order in which nothing is asked in vain: first what may end it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.cli import asking, printing
from monitor.errors import NeedsUser, UsageError, WorkFailed
from monitor.model.case import Attestation, Authority

if TYPE_CHECKING:
    from monitor.model.settings import Secret
    from monitor.setup_request import SetUpRequest

NEARLY = 0.75
"""Of the six words: typed so much alike, it is them with a slip, and no passphrase of one's own."""

_WRONG = {
    "name": ("that is no name that can stand in a letter", "Letters in one line, as on an envelope."),
    "email": ("that is no mail address", "For example jane@mail.example."),
    "jurisdiction": ("that is no country of two letters", "For example US, GB or DE."),
}


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
        request = replace(request, passphrase=_ask_for_passphrase(asking.known_of_person(request.name, request.email)))
    return request


def _is_place_given(environ: Mapping[str, str]) -> bool:
    """As it is for a service."""
    return any(environ.get(name) for name in ("REUPLOAD_MONITOR_DATA_DIR", "STATE_DIRECTORY"))


def ask_who(request: SetUpRequest) -> SetUpRequest:
    """Who the requests to sites speak for."""
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


def of_case(key: str, *, as_option: bool = False) -> Callable[[str], str]:
    """A check for `asking.ask`, by what config.toml takes for that key of a case. Raises UsageError."""

    def check(typed: str) -> str:
        from monitor.config_keys import CaseKeys
        from monitor.tomlfile import accepted

        values, wrong = accepted(CaseKeys, {key: typed.strip()})
        if wrong:
            what, right = _WRONG[key]
            raise UsageError(f"--{key}: {wrong[0][1]}" if as_option else what, remedy=right)
        return str(values[key])

    return check


def country_code(typed: str) -> str:
    """Of two letters, from a code or the country's name in English. Raises UsageError."""
    if not typed:
        return ""
    said = " ".join(typed.lower().replace(".", "").split())
    codes = _countries()
    if said.partition("-")[0].upper() in codes.values():
        return of_case("jurisdiction")(said)
    if said in codes:
        return codes[said]
    begun = {code for name, code in codes.items() if len(said) > 3 and name.startswith(said)}
    if len(begun) == 1:
        return begun.pop()
    raise UsageError(
        f"no country is known as {printing.plain(typed, 40)!r}",
        remedy="Two letters, for example US, GB, DE, FR or IN; or its name in English.",
    )


def _countries() -> dict[str, str]:
    """Name in English, in small letters -> code (ISO 3166-1), as the time zones' data has them."""
    from importlib.resources import files

    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text("utf-8").splitlines()
    rows = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    other = {
        "uk": "GB",
        "england": "GB",
        "scotland": "GB",
        "wales": "GB",
        "united kingdom": "GB",
        "great britain": "GB",
    }
    more = {"usa": "US", "america": "US", "united states of america": "US", "holland": "NL", "korea": "KR"}
    return {name.lower(): code for code, name in rows} | other | more


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

    from monitor.guide.new_passphrase import offered, why_weak
    from monitor.model.settings import Secret

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
        words = " ".join(typed.split())
        if words.lower() == six:
            return six
        if SequenceMatcher(None, words.lower(), six).ratio() >= NEARLY:
            raise ValueError("That is not quite what stands above. Please type the six words once more.")
        why = why_weak(typed, about) if words else ""
        if why:
            raise ValueError(f"{why} Or type the six words above.")
        return typed.strip()

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
