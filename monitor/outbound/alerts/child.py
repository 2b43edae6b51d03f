"""The process that runs Apprise: a job in is one alert for one channel; what comes of it goes back, and what is asked
on the way is answered (`monitor.parts.messages.own` has what is said).

Started by `monitor.outbound.alerts.pool`; ends with its parent, or when its input ends. Nothing is written to stderr.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from apprise import Apprise, AppriseAsset, AppriseAttachment, NotifyFormat
from apprise.plugins import base as apprise_base
from apprise.plugins.base import NotifyBase

from monitor.lifeline import stay_with
from monitor.model.alert import Answer
from monitor.outbound.alerts import mail
from monitor.outbound.alerts.answers import Answers, rule_for
from monitor.outbound.alerts.dial import only_through
from monitor.outbound.alerts.talk import ChannelFailed, LogInRefused, Parent, ring, target_of, time_limit
from monitor.parts.messages.own import DESKTOP_VARIABLES, SendJob
from monitor.private import keep_private

CLUE_LENGTH = 4  # parts of a URL at least this long are struck from what is said


def deliver(job: SendJob, parent: Parent) -> str:
    """Through one channel. '' or what the owner should know of it. Raises ChannelFailed where nobody was asked."""
    asset = AppriseAsset(
        app_id=job.product,
        app_desc=job.product,
        app_url="",
        image_url_mask=None,
        image_url_logo=None,
        http_redirects=False,
        plugin_paths=[],
    )
    url = job.url
    if url.partition("://")[0].lower() in ("mailto", "mailtos"):
        return mail.check_mail(job, asset) if job.check else mail.send_mail(job, parent, asset)
    if url.partition("://")[0].lower() == "syslog":  # Apprise says "sent", whoever heard it
        raise ChannelFailed("this machine's own log tells nobody, and whoever uses the machine can read it")
    plugin = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if not isinstance(plugin, NotifyBase):
        raise ChannelFailed("Apprise does not know this kind of URL, or a part of it is missing")
    if named := _named_file(plugin):
        raise ChannelFailed(f"its {named}= names a file, and what sends alerts sees no file of yours")
    if job.check:
        return ""
    plugin.redirects = False  # whatever the URL says: the owner wrote one destination
    plugin.socket_connect_timeout = max(plugin.socket_connect_timeout, job.waits.push_connect_s)
    plugin.socket_read_timeout = max(plugin.socket_read_timeout, job.waits.push_read_s)
    return _push(plugin, job, parent)


def _named_file(plugin: NotifyBase) -> str:
    """The part of the URL that does: a key or a template, also one that would be fetched into a file first."""
    for name in ("keyfile", "subfile", "template"):
        named = getattr(plugin, name, None)
        if isinstance(named, AppriseAttachment) and len(named):
            return name
        if isinstance(named, str) and named and name != "template":
            return name
    return ""


def _push(plugin: NotifyBase, job: SendJob, parent: Parent) -> str:
    """Every target of a URL is Apprise's affair; which of them have it is kept, as it tells its own retries."""
    whole, label = target_of("push", job.url), "the whole of it"
    if parent.wanted([whole], [label]) != [True] or not parent.may_hand_over(whole, label):
        return ""
    kept = _Kept(job.url, parent)
    tracker = getattr(apprise_base, "_delivery_tracker", None)
    token = tracker.set(kept) if tracker is not None else None
    said, answer = "", Answer.UNSURE
    try:
        with _Overheard() as overheard, Answers(rule_for(plugin)) as answers, time_limit(job.waits.push_s):
            if plugin.notify(body=job.text, title=job.title, body_format=NotifyFormat.TEXT):
                answer = Answer.TAKEN
            else:
                said = answers.failure or struck_out(overheard.last or "it did not say why", job.url)
                answer = Answer.UNSURE if answers.unsure else Answer.LATER
    except TimeoutError:
        said = "it did not answer in time"
    except Exception as error:  # a plugin's own fault: said by its kind, since its text may hold the URL
        said, answer = type(error).__name__, Answer.UNSURE if answers.asked else Answer.LATER
    finally:
        if tracker is not None and token is not None:
            tracker.reset(token)
    parent.answer(whole, label, answer, said)
    return said


class _Kept:
    """Apprise's own memory of who has a message, kept in the store: what it says is taken is told at once."""

    def __init__(self, url: str, parent: Parent) -> None:
        self._url, self._parent = url, parent
        self._known: dict[object, bool] = {}

    def __contains__(self, slot: object) -> bool:
        if slot not in self._known:
            self._known[slot] = self._parent.has_it(self._target(slot))
        return self._known[slot]

    def add(self, slot: object) -> None:
        self._known[slot] = True
        self._parent.answer(self._target(slot), "one of its targets", Answer.TAKEN)

    def _target(self, slot: object) -> str:
        text = repr(slot)
        return target_of("push", self._url, "one piece" if " at 0x" in text else text)


def struck_out(said: str, url: str) -> str:
    """What a plugin logged, on one short line, with every part of the URL struck out."""
    parts = urlsplit(url)
    clues = {parts.netloc, *parts.netloc.replace("@", ":").split(":"), *parts.path.split("/")}
    clues |= {value for pair in parts.query.split("&") for value in pair.split("=", 1)[1:]}
    line = " ".join(said.split())
    for clue in sorted({clue for raw in clues for clue in (raw, unquote(raw))}, key=len, reverse=True):
        if len(clue) >= CLUE_LENGTH:
            line = line.replace(clue, "***")
    return "".join(char if char.isprintable() else "?" for char in line)[:200]


class _Overheard(logging.Handler):
    """The last warning of Apprise while it is open; nothing of it goes anywhere else."""

    last = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.last = record.getMessage()

    def __enter__(self) -> _Overheard:
        logger = logging.getLogger("apprise")
        logger.propagate = False
        logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("apprise").removeHandler(self)


def unknown_name(job: SendJob) -> str:
    """What to say of a name of the person's own network that only another program of this machine could look up, to
    which nothing here may speak. '' where that is not it."""
    try:
        host = urlsplit(job.url).hostname or ""
    except ValueError:
        return ""
    if job.proxy or not host.endswith(".local"):
        return ""
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return "; a name that ends in .local is not looked up here: write the number of that machine in its place"
    return ""


def on_this_desktop(given: Mapping[str, str]) -> None:
    """For what is sent next: none of what the one before needed."""
    for name in DESKTOP_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in given.items() if name in DESKTOP_VARIABLES})


def main(parent_pid: str) -> None:
    stay_with(int(parent_pid))
    keep_private()  # it is handed channels' passwords
    parent = Parent(os.fdopen(os.dup(sys.stdin.fileno()), "rb"), os.fdopen(os.dup(sys.stdout.fileno()), "wb"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a plugin that prints must not break the protocol
    logging.lastResort = None
    signal.signal(signal.SIGALRM, ring)
    bent = False
    while job := parent.next_job():
        if job.proxy and not bent:
            only_through(job.proxy)
            bent = True
        on_this_desktop(job.desktop)
        refused = parent.let_in = False
        try:
            said = deliver(job, parent)
        except ChannelFailed as error:
            said, refused = str(error), isinstance(error, LogInRefused)
        except Exception as error:  # its text may hold the URL
            said = type(error).__name__
        parent.end(said and said + unknown_name(job), login_refused=refused)
