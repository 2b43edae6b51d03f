"""`alerts add`: plain questions, a harmless message that the person confirms, and only then is anything written."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli import asking, opening, options, printing
from monitor.errors import NeedsUser, UsageError, WorkFailed

if TYPE_CHECKING:
    from monitor.alerts import presets
    from monitor.model.settings import AlertSend, Settings

LOOK_AT_MAIL = (
    "the spam folder, and folders that your mail program sorts into by itself. A first mail can take some minutes. "
    "Mark it as no spam, or put the sender into your contacts."
)
FORMS = "https://appriseit.com/services/ has the form of each."
LOOK_AT_ANY = "the address, and whether the app or service may notify you."


@dataclass(frozen=True, slots=True)
class ChosenChannel:
    """name: of the file that its URL goes to. arrives: where its messages do. look: at what, where none did."""

    url: str
    name: str
    arrives: str
    look: str


def add(
    url: Annotated[
        str, typer.Argument(metavar="[URL]", help="An Apprise URL. It holds a password: --url-file hides it better.")
    ] = "",
    url_file: Annotated[
        Path | None, typer.Option("--url-file", metavar="FILE", help="The URL is its first line; - reads stdin.")
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="ADDRESS", help="Mail: who gets it, where not the sender.")] = "",
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Only these: urgent, digest. Without it everything.")
    ] = None,
    send: Annotated[
        str, typer.Option("--send", metavar="first|all", help="Several channels: the first that takes it, or all.")
    ] = "",
    no_test: Annotated[bool, typer.Option("--no-test", help="Do not try it with a harmless message.")] = False,
    yes: options.YesOption = False,
) -> None:
    """Say how you want to be told: mail, a push message, Signal, Matrix, Telegram, Home Assistant."""
    from monitor.services.alert_channels import add_channel, check_channel

    wanted = _wanted_send(send)
    found, tags = opening.settings(), tag or []
    given = _given(url, url_file)
    may_ask = asking.is_terminal() and not yes
    if not given and not may_ask:
        raise NeedsUser(
            "`alerts add` asks some questions, and there is no terminal to ask them on",
            remedy="Give an Apprise URL in a file: reupload-monitor alerts add --url-file FILE",
        )
    check_channel(found, given or "mailto://x", tags)
    if given and (why := _why_none(found, given)):
        raise UsageError(f"this URL is no channel: {why}. Nothing was changed", remedy=FORMS)
    chosen = _of_url(given) if given else _asked(found, to)
    check_channel(found, chosen.url, tags)
    if wanted is None and may_ask and found.alerts.urls:
        wanted = _asked_send(found)
    if not no_test:
        _tried(found, chosen, may_ask=may_ask)
    secret = add_channel(found, chosen.url, name=chosen.name, tags=tags, send=wanted)
    _tell_done(found, chosen, secret, wanted or found.alerts.send)


def _wanted_send(send: str) -> AlertSend | None:
    from monitor.model.settings import AlertSend

    try:
        return AlertSend(send) if send else None
    except ValueError as error:
        raise UsageError(f"--send {send!r} is neither of the two", remedy="--send first or --send all.") from error


def _given(url: str, url_file: Path | None) -> str:
    if url and url_file is not None:
        raise UsageError("the URL is given twice", remedy="Give it in the command or in --url-file, not in both.")
    if url_file is None:
        return url.strip()
    try:
        text = sys.stdin.readline() if str(url_file) == "-" else url_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{url_file} cannot be read", remedy="A text file with the URL in its first line.") from error
    found = text.split("\n")[0].strip()
    if not found:
        raise UsageError(f"{url_file} holds no URL", remedy="A text file with the URL in its first line.")
    return found


def _of_url(url: str) -> ChosenChannel:
    from monitor.services.alert_channels import leads_to

    scheme = url.partition("://")[0].lower()
    is_mail = scheme in ("mailto", "mailtos")
    name = "mail" if is_mail else scheme
    return ChosenChannel(url, name, leads_to(url), LOOK_AT_MAIL if is_mail else LOOK_AT_ANY)


def _asked(found: Settings, to: str) -> ChosenChannel:
    from monitor.alerts import presets

    services = presets.push_services()
    kinds = [asking.Choice("mail", "A mail"), *(asking.Choice(one.id, one.name) for one in services)]
    kinds.append(asking.Choice("url", "Something else: an Apprise URL (https://appriseit.com/services/)"))
    kind = asking.ask_choice("How do you want to be told?", kinds, default="mail")
    if kind == "mail":
        return _asked_mail(found, to)
    if kind == "url":
        return _of_url(asking.ask_secret("The URL", check=partial(_checked_url, found)).value)
    return _asked_push(next(one for one in services if one.id == kind))


def _checked_url(found: Settings, typed: str) -> str:
    from monitor.config_addresses import alert_url

    try:
        url = alert_url(typed.strip()).url.value
    except ValueError as error:
        raise ValueError(f"It {error}") from error
    if why := _why_none(found, url):
        raise ValueError(f"It is no channel: {why}. {FORMS}")
    return url


def _why_none(found: Settings, url: str) -> str:
    from monitor.services.alert_channels import why_no_channel

    return opening.through_own(lambda own: why_no_channel(found, own, url))


def _asked_push(service: presets.PushService) -> ChosenChannel:
    from monitor.alerts import presets

    asking.explain(service.words)
    answers = {}
    for one in service.ask:
        if one.is_secret:
            answers[one.key] = asking.ask_secret(one.question, check=presets.ANSWER_CHECKS[one.kind]).value
            continue
        default = presets.random_topic() if one.default == "random" else one.default or ""
        answers[one.key] = asking.ask(one.question, check=presets.ANSWER_CHECKS[one.kind], default=default)
    return ChosenChannel(presets.push_url(service, answers), service.id, service.name, service.look)


# --- mail


def _asked_mail(found: Settings, to: str) -> ChosenChannel:
    """The address says which provider it is; a server of one's own is found by asking it, without sending anything."""
    from monitor.alerts import presets

    to = presets.check_mail_address(to) if to else ""
    whose = "The mail address that sends the messages" if to else "Your mail address (it sends the messages to itself)"
    address = asking.ask(whose, check=_sending_address)
    known = presets.provider_of(address)
    ways: Sequence[presets.MailProvider] = (known,) if known else _asked_server(address)
    if known:
        asking.explain(f"{known.name}. {known.password}")
    user, password = address, ""
    while True:
        if not password:
            empty = "" if known else "; empty if the server asks for none"
            password = asking.ask_secret(f"The password{empty}", check=asking.not_empty if known else _any).value
        urls = [presets.mail_url(one, address=address, to=to or address, user=user, password=password) for one in ways]
        reached = _reached(found, urls, ways[0].server)
        name = "mail" if known is None else f"mail-{known.id}"
        chosen = ChosenChannel(reached or urls[0], name, to or address, LOOK_AT_MAIL)
        if reached:
            return chosen
        match _what_now(known):
            case "password":
                password = ""
            case "user":
                user = asking.ask("The user name for that server", check=asking.not_empty, default=user)
                password = ""
            case "server":
                ways = asking.ask("The mail server", check=presets.own_servers)
            case "keep":
                return chosen
            case _:
                raise NeedsUser("nothing was changed", remedy="Come back with: reupload-monitor alerts add")


def _sending_address(typed: str) -> str:
    from monitor.alerts import presets

    address = presets.check_mail_address(typed)
    provider = presets.provider_of(address)
    if provider and provider.refused:
        raise ValueError(provider.refused)
    return address


def _asked_server(address: str) -> Sequence[presets.MailProvider]:
    from monitor.alerts import presets

    asking.explain(
        "This address is of no provider that is known here. Its help pages name the server for outgoing mail."
    )
    return asking.ask(
        "The server for outgoing mail (SMTP)",
        check=presets.own_servers,
        default=f"smtp.{address.rpartition('@')[2]}",
    )


def _any(typed: str) -> str:
    return typed


def _reached(found: Settings, urls: Sequence[str], server: str) -> str:
    """The URL that lets us in, '' where none does, which is told."""
    from monitor.services.alert_channels import first_way

    printing.say(f"Asking {server} whether it lets this program in ...")
    way = opening.through_own(lambda own: first_way(found, own, urls))
    if not way.url:
        asking.explain(f"It does not: {way.said}.")
    return way.url


def _what_now(known: presets.MailProvider | None) -> str:
    choices = [asking.Choice("password", "Type the password again")]
    if known is None:
        choices += [
            asking.Choice("user", "Another user name than the mail address"),
            asking.Choice("server", "Another server"),
        ]
    choices += [
        asking.Choice("keep", "Keep it as it is: the server may be down now"),
        asking.Choice("stop", "Stop here, and change nothing"),
    ]
    return asking.ask_choice("What now?", choices)


# --- trying it, and the end


def _tried(found: Settings, chosen: ChosenChannel, *, may_ask: bool) -> None:
    """Raises WorkFailed where it was not taken and nobody can be asked, NeedsUser where it is not to be kept."""
    from monitor.clock import utc_now
    from monitor.services.alert_channels import try_channel

    while True:
        printing.say("Sending a harmless message ...")
        result = opening.through_own(lambda own: try_channel(found, own, chosen.url, utc_now()))
        took = result.taken and not result.error
        if not took and not may_ask:
            raise WorkFailed(
                f"the channel did not take a harmless message: {result.error}. Nothing was changed",
                remedy="Correct the URL (https://appriseit.com/services/ has the form of each), or keep it as it is: "
                "--no-test",
            )
        if took and not may_ask:
            return
        if took:
            asking.explain(f"It was taken, for: {chosen.arrives}. Its subject is “{found.alerts.product_name}: test”.")
            if asking.ask_yes("Did it come?"):
                return
            asking.explain(f"Look at {chosen.look}")
        else:
            asking.explain(f"It was not taken: {result.error}.")
        again = asking.ask_choice(
            "What now?",
            (
                asking.Choice("again", "Send one once more"),
                asking.Choice("keep", "Keep it all the same"),
                asking.Choice("stop", "Stop here, and change nothing"),
            ),
        )
        if again == "keep":
            return
        if again == "stop":
            raise NeedsUser("nothing was changed", remedy="Come back with: reupload-monitor alerts add")


def _asked_send(found: Settings) -> AlertSend:
    from monitor.model.settings import AlertSend

    return AlertSend(
        asking.ask_choice(
            f"There will be {len(found.alerts.urls) + 1} ways to tell you. Which of them should get a message?",
            (
                asking.Choice("first", "The first that takes it; the next only where that fails"),
                asking.Choice("all", "All of them"),
            ),
            default=found.alerts.send.value,
        )
    )


def _tell_done(found: Settings, chosen: ChosenChannel, secret: Path, send: AlertSend) -> None:
    from monitor.services.alert_channels import shown_file

    printing.out(f"added    {chosen.arrives}")
    printing.out(f"secret   {shown_file(found, secret)}, for you only, beside config.toml")
    if found.alerts.urls:
        all_or_first = "every channel gets each message" if send == "all" else "the first that takes it"
        printing.out(f"send     {send.value}: {all_or_first}")
    asking.explain(
        "A message says that there is something to look at, and nothing of what it is about. Where the program runs "
        "already, it takes the new channel up by itself."
    )
