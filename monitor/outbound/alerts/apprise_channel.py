"""Alerts out, through Apprise: `AppriseChannel` is the port's implementation.

Apprise runs in processes of its own (`child`), not in threads, because - a plugin that hangs can be ended,
a thread cannot; - with a proxy set, the child's sockets are bent to it, and everything that would go past
it fails (`dial`): that may not be done to the whole daemon; - its 200 modules (about 45 MB) leave the
memory again. URLs, which are secrets, go to it over a pipe: neither arguments nor environment nor logs hold
them. A child dies with its parent, so that no talk goes on that nobody knows of. Nothing here opens a connection:
whose children they are is `senders`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from monitor.alerts.health import channel_target
from monitor.clock import monotonic
from monitor.errors import AlertFailed
from monitor.model.alert import Answer
from monitor.model.channel_health import ChannelResult
from monitor.model.settings import AlertSend, AlertUrl, Settings
from monitor.outbound.alerts.channel_talk import ChannelTalk
from monitor.outbound.alerts.senders import Senders
from monitor.parts.messages import own
from monitor.ports import Recipients
from monitor.tracking.falls import FallingPart, Falls

START_S = 60.0  # for a child to start, on a very busy machine
DESKTOPS = frozenset({"dbus", "kde", "qt", "glib", "gnome"})
"""Apprise's schemes of a notification on the desktop of who runs this."""

REST_S = 300.0  # a channel that did not take one is tried after the others for this long


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds. Those of mail are of RFC 5321 section 4.5.3.2: the greeting; each command; DATA; a block of the message;
    the answer to its end. push_*: connecting, an answer, and the whole of a channel that is not a mail. patience_s: so
    long the next channel waits for the one before; urgent_patience_s: for an urgent alert. silent_s: a child that says
    nothing for this long is ended; longer than a log-in can take (greeting, EHLO, STARTTLS, AUTH)."""

    greeting_s: float = 300.0
    command_s: float = 300.0
    data_s: float = 120.0
    block_s: float = 180.0
    end_s: float = 600.0
    push_connect_s: float = 20.0
    push_read_s: float = 60.0
    push_s: float = 180.0
    patience_s: float = 60.0
    urgent_patience_s: float = 20.0
    silent_s: float = 1800.0


QUICK_LOOK = Limits(greeting_s=20.0, command_s=20.0, silent_s=90.0)
"""For a person who waits for the answer."""


class Unkept:
    """Recipients of what is not kept: everybody, once."""

    told = False

    def wanted(self, target: str) -> bool:
        return True

    def has(self, target: str) -> bool:
        return False

    def handing_over(self, target: str, name: str) -> bool:
        return True

    def answered(self, target: str, name: str, answer: Answer, said: str = "") -> None:
        pass

    def channel(self, target: str, name: str, *, taken: bool, said: str, let_in: bool) -> None:
        pass

    def missed(self) -> None:
        pass


class AppriseChannel:
    """Sends through `[alerts] urls`; several at once where asked to. Call `aclose` when done."""

    def __init__(self, settings: Settings, limits: Limits | None = None, senders: Senders | None = None) -> None:
        """senders: whoever made them closes them; None: children of this process."""
        self._settings = settings
        self._limits = limits or Limits()
        self._made: Senders | None = None
        if senders is None:
            from monitor.outbound.alerts.pool import Pool

            senders = self._made = Pool()
        self._senders = senders
        self.falls = Falls(FallingPart.ALERT_SENDER)
        self._resting: dict[str, float] = {}  # channel -> until when, on the monotonic clock
        self._late: set[asyncio.Task[str]] = set()  # talks of alerts that another channel took

    async def send(
        self,
        *,
        title: str,
        text: str,
        html: str,
        message_id: str,
        tag: str,
        recipients: Recipients | None = None,
        apart: str = "",
    ) -> Sequence[str]:
        """What went wrong on the way. Raises AlertFailed when nobody took it, or no channel is set for `tag`. apart: as
        `AlertChannel.send` has it; where no other carries the tag, all others do."""
        named = [(channel_name(place, url), url) for place, url in self._numbered()]
        chosen = [(name, url) for name, url in named if carries(url, tag) and name != apart]
        if apart and not chosen:
            chosen = [(name, url) for name, url in named if name != apart]
        if not chosen:
            what = {"": "ordinary alerts", "urgent": "urgent alerts", "digest": "the digest"}.get(tag, tag)
            raise AlertFailed(
                f"No alert channel is set for {what}.",
                remedy="Add one that takes everything: reupload-monitor alerts add",
            )
        who: Recipients = recipients or Unkept()
        words = {"title": title, "text": text, "html": html, "message_id": message_id}
        talks = [self._talk(name, url, who, words) for name, url in chosen]
        patience = self._limits.urgent_patience_s if tag == "urgent" else self._limits.patience_s
        if self._settings.alerts.send is AlertSend.ALL:
            said = await self._all(talks, who, patience)
            taken = who.told or any(talk.taken for talk in talks)
        elif who.told:
            said, taken = await self._each(talks), True
        else:
            talks.sort(key=lambda talk: self._resting.get(talk.name, 0.0) > monotonic())
            said, taken = await self._first(talks, patience)
        if not taken:
            why = "; ".join(one.rstrip(".") for one in said)
            raise AlertFailed(
                f"No alert channel took it: {why or 'nobody is to be asked yet'}.",
                remedy="It is kept and tried again. `alerts test` tries every channel now.",
            )
        return said

    async def test(self, *, title: str, text: str, html: str, message_id: str) -> Sequence[ChannelResult]:
        """Through every channel, one after the other, whether or not the one before took it. Never raises."""
        words = {"title": title, "text": text, "html": html, "message_id": message_id}
        results = []
        for place, url in self._numbered():
            talk = self._talk(channel_name(place, url), url, Unkept(), words)
            try:
                said = await talk.run(self._senders, self.falls)
            except AlertFailed as error:
                said = str(error)
            results.append(ChannelResult(talk.name, talk.taken, said, talk.login_refused))
        return results

    async def check(self) -> Sequence[ChannelResult]:
        """Whether each would take a message, as far as that is known without sending one: a mail server is asked to let
        us in, of any other URL only the form is looked at. All beside one another. Never raises."""
        return await asyncio.gather(*(self._checked(place, url) for place, url in self._numbered()))

    async def read(self) -> Sequence[ChannelResult]:
        """Whether each is a URL that can be sent to at all; nobody is asked. Never raises."""
        return [await self._checked(place, url, "form") for place, url in self._numbered()]

    async def first_that_lets_in(self) -> tuple[int, Sequence[ChannelResult]]:
        """One after the other, up to the first that would take a message or whose log-in was refused: which it was,
        counted from 0, else -1, and what each said."""
        results = list[ChannelResult]()
        for place, url in self._numbered():
            results.append(await self._checked(place, url))
            if results[-1].taken or results[-1].login_refused:
                return place - 1, results
        return -1, results

    async def _checked(self, place: int, url: AlertUrl, how: Literal["log-in", "form"] = "log-in") -> ChannelResult:
        talk = self._talk(channel_name(place, url), url, Unkept(), {}, how)
        try:
            said = await talk.run(self._senders, self.falls)
        except AlertFailed as error:
            said = str(error)
        return ChannelResult(talk.name, not said, said, talk.login_refused)

    async def aclose(self) -> None:
        """Ends the children and what they do. May be called twice."""
        late = list(self._late)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if self._made is not None:
            await self._made.aclose()

    async def _each(self, talks: Sequence[ChannelTalk]) -> list[str]:
        """The recipients that are still to get what others have, wherever they are."""
        said = []
        for talk in talks:
            words = await talk.run(self._senders, self.falls)
            if words and talk.asked:
                said.append(_said(talk, words))
        return said

    async def _all(self, talks: Sequence[ChannelTalk], who: Recipients, patience: float) -> list[str]:
        """Through each, beside one another. Once somebody has it, the slow ones are not waited for much longer: whom
        they did not reach is asked again."""
        running = {asyncio.create_task(talk.run(self._senders, self.falls)): talk for talk in talks}
        said: list[str] = []
        until = None if not who.told else monotonic() + START_S + patience
        try:
            while running:
                wait_s = None if until is None else max(0.0, until - monotonic())
                done, _ = await asyncio.wait(running, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    talk = running.pop(task)
                    if task.exception() is not None:
                        who.missed()
                    words = _outcome(task)
                    if words and (talk.asked or not who.told):
                        said.append(_said(talk, words))
                if not done:
                    said += [_said(talk, "it takes its time") for talk in running.values()]
                    break
                if until is None and any(talk.taken for talk in talks):
                    until = monotonic() + patience + (0.0 if all(talk.began for talk in talks) else START_S)
            return said
        finally:
            if running:
                who.missed()
            await self._leave(running)

    async def _first(self, talks: Sequence[ChannelTalk], patience: float) -> tuple[list[str], bool]:
        """Until one takes it. One that takes its time does not hold up the next: that is tried beside it."""
        running: dict[asyncio.Task[str], ChannelTalk] = {}
        said: list[str] = []
        try:
            for number, talk in enumerate(talks, start=1):
                newest = asyncio.create_task(talk.run(self._senders, self.falls))
                running[newest] = talk
                until = None if number == len(talks) else monotonic() + patience
                latest = monotonic() + START_S
                while running:
                    wait_s = None if until is None else max(0.0, until - monotonic())
                    done, _ = await asyncio.wait(running, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        ended = running.pop(task)
                        words = _outcome(task)
                        if words:
                            said.append(_said(ended, words))
                        self._note(ended.name, taken=ended.taken)
                    if any(one.taken for one in talks):
                        return said, True
                    if not done and not talk.began and monotonic() < latest:
                        until = monotonic() + patience  # its own time begins with its child
                        continue
                    if not done:
                        self._note(talk.name, taken=False)
                        said.append(_said(talk, f"it takes longer than {patience:g} s"))
                    if until is not None and (not done or newest in done):
                        break
            return said, False
        finally:
            await self._leave(running)

    async def _leave(self, running: dict[asyncio.Task[str], ChannelTalk]) -> None:
        """What nobody waits for any more. Who was handed the message may be just about to take it: that goes on."""
        for task, talk in running.items():
            if talk.handed and asyncio.current_task() is not None and not _being_cancelled():
                self._late.add(task)
                task.add_done_callback(self._forget)
            else:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, AlertFailed):
                    await task
                if not _being_cancelled():
                    talk.note("it takes its time")

    def _forget(self, task: asyncio.Task[str]) -> None:
        self._late.discard(task)
        if not task.cancelled():
            task.exception()  # its recipients are kept; nobody waits for its words

    def _note(self, channel: str, *, taken: bool) -> None:
        if taken:
            self._resting.pop(channel, None)
        else:
            self._resting[channel] = monotonic() + REST_S

    def _numbered(self) -> list[tuple[int, AlertUrl]]:
        return list(enumerate(self._settings.alerts.urls, start=1))

    def _talk(
        self,
        name: str,
        url: AlertUrl,
        recipients: Recipients,
        words: Mapping[str, str],
        check: Literal["", "log-in", "form"] = "",
    ) -> ChannelTalk:
        """words: title, text, html and message_id; none where it is only checked."""
        waits = asdict(self._limits)
        job = own.SendJob(
            url=url.url.value,
            proxy=self._settings.network.proxy,
            product=self._settings.alerts.product_name[: own.MOST_NAME_CHARS],
            sender_name=self._settings.alerts.sender_name[: own.MOST_NAME_CHARS],
            waits=own.SendWaits(**{name: waits[name] for name in own.SendWaits.__struct_fields__}),
            check=check,
            title=words.get("title", "")[: own.MOST_TITLE_CHARS],
            text=words.get("text", "")[: own.MOST_WORDS_CHARS],
            html=words.get("html", "")[: own.MOST_WORDS_CHARS],
            message_id=words.get("message_id", ""),
            desktop=desktop_of(url.url.value),
        )
        return ChannelTalk(name, channel_target(url), job, recipients, self._limits.silent_s)


def desktop_of(url: str) -> dict[str, str]:
    """What a notification on this desktop needs of our environment, which the sender has not; nothing for others."""
    if url.partition("://")[0].lower() not in DESKTOPS:
        return {}
    return {name: os.environ[name][: own.MOST_NAME_CHARS] for name in own.DESKTOP_VARIABLES if name in os.environ}


def _outcome(task: asyncio.Task[str]) -> str:
    try:
        return task.result()
    except AlertFailed as error:
        return str(error)


def _said(talk: ChannelTalk, words: str) -> str:
    return f"alert channel {talk.name}: {words}"


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def carries(url: AlertUrl, tag: str) -> bool:
    """A URL without tags takes everything; one with tags takes only these."""
    return not url.tags or tag in url.tags


def channel_name(place: int, url: AlertUrl) -> str:
    """`1 (mailto)`: a scheme is no secret, the rest of the URL is."""
    scheme = url.url.value.partition("://")[0]
    return f"{place} ({scheme[:30]})" if scheme.isascii() and scheme.isalnum() else str(place)
