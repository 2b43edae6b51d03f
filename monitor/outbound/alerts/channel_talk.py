"""One alert through one channel, on the side that keeps who has it. Opens nothing: the sender does, wherever it is."""

from __future__ import annotations

import asyncio

from monitor.clock import monotonic
from monitor.errors import AlertFailed
from monitor.model.alert import Answer
from monitor.outbound.alerts.senders import SenderLost, Senders
from monitor.parts.messages import own
from monitor.ports import Recipients
from monitor.tracking.falls import Falls


class ChannelTalk:
    """One alert through one channel. target: the channel's (`alerts.health.channel_target`). began: the child has
    started, which takes its time on a busy machine. handed: it was handed over to somebody; taken: somebody has it.
    login_refused: the server does not let us in."""

    def __init__(self, name: str, target: str, job: own.SendJob, recipients: Recipients, silent_s: float) -> None:
        self.name, self.began, self.handed, self.taken, self.asked = name, False, False, False, False
        self.login_refused = False
        self._unasked: dict[str, str] = {}  # target and label of those whose turn has not come
        self._let_in = self._refused = False
        self._target, self._job, self._recipients, self._silent_s = target, job, recipients, silent_s

    async def run(self, senders: Senders, falls: Falls) -> str:
        """'' or what went wrong. Raises AlertFailed when the sender does not come to an end of it; at once where it
        fell lately, until its gap is over."""
        said = ""
        try:
            said = await self._run(senders, falls)
        except AlertFailed as error:
            said = str(error)
            self._note_unasked()
            raise
        finally:
            if self.taken or said:
                self.note(said)
        return said

    def _note_unasked(self) -> None:
        """Where somebody has it, only those are asked again who are known to be still without it."""
        if self.taken:
            for target, label in self._unasked.items():
                self._recipients.answered(target, self._named(label), Answer.LATER, "it could not be asked")

    def note(self, said: str) -> None:
        """How it stands with the channel. Where others have the message, that one recipient refuses it says nothing of
        the channel."""
        if self.taken or not (self._refused and self._recipients.told):
            self._recipients.channel(self._target, self.name, taken=self.taken, said=said, let_in=self._let_in)

    async def _run(self, senders: Senders, falls: Falls) -> str:
        if wait := falls.wait_s(monotonic()):
            raise AlertFailed(
                f"The alert sender ended {falls.state.falls} times in a row; the next try is in {wait:.0f} s.",
                remedy="It is kept and tried again. `alerts test` tries every channel now.",
            )
        try:
            async with senders.talk(self._job) as talk:
                while True:
                    async with asyncio.timeout(self._silent_s):
                        said = await talk.hear()
                    self.began = True
                    falls.worked()
                    if isinstance(said, own.TalkEnded):
                        self.login_refused, self._let_in = said.login_refused, said.let_in
                        return said.said
                    reply = self._reply(said)
                    if reply is not None:
                        await talk.say(reply)
        except (TimeoutError, SenderLost) as error:
            why = "TimeoutError" if isinstance(error, TimeoutError) else str(error)
            if error.is_its_own if isinstance(error, SenderLost) else not self.began:  # else the server says nothing
                falls.fell(monotonic(), f"it did not answer ({why})")
            raise AlertFailed(
                f"The alert sender did not answer ({why}).",
                remedy="It is kept and tried again. `alerts test` tries every channel now.",
            ) from error

    def _reply(self, said: own.OfSender) -> own.ToSender | None:
        if isinstance(said, own.AskWanted):
            wanted = [self._recipients.wanted(target) for target in said.targets]
            asked = zip(said.targets, said.labels, wanted, strict=False)
            self._unasked = {target: label for target, label, is_wanted in asked if is_wanted}
            self.asked = self.asked or any(wanted)
            return own.WantedOnes(wanted)
        if isinstance(said, own.AskHas):
            return own.HadIt(self._recipients.has(said.target))
        if isinstance(said, own.AskHand):
            self._unasked.pop(said.target, None)
            go = self._recipients.handing_over(said.target, self._named(said.label))
            self.handed = self.handed or go
            return own.MayHand(go)
        if isinstance(said, own.NoteAnswer):
            self._unasked.pop(said.target, None)
            self._recipients.answered(said.target, self._named(said.label), said.answer, said.said)
            self.taken = self.taken or said.answer is Answer.TAKEN
            self._refused = self._refused or said.answer is Answer.REFUSED
        return None

    def _named(self, label: str) -> str:
        return f"{self.name}, {label}" if label else self.name
