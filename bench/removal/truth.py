"""What is told of a find, against what is true of it."""

from __future__ import annotations

from dataclasses import dataclass, field

MUST_BE_NONE = {
    "false removed": "told removed, and it stands",
    "false reappeared": "told back, and it is gone or was never removed",
    "removal late": "gone for good, and not known by the second look that counts",
    "return late": "back, and not known by the first look after it",
    "never looked at": "not looked at for longer than looks are apart",
}
SPACING_H = 20.0
LONGEST_GAP_H = 15 * 24.0


@dataclass(frozen=True)
class Fault:
    what: str
    site: str
    hour: float
    said: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.site}, day {self.hour / 24:.1f} {self.said}"


@dataclass
class Judge:
    """Of one find. is_unsure: told gone by this visitor's eyes it may never be; then removals are not asked for."""

    site: str
    gone: tuple[tuple[float, float], ...]
    faults: list[Fault] = field(default_factory=list)
    removals: int = 0
    returns: int = 0
    known_after_h: list[float] = field(default_factory=list)
    _status: str = ""
    _looks: list[float] = field(default_factory=list)

    def stands(self, hour: float) -> bool:
        return not any(start <= hour < end for start, end in self.gone)

    def look(self, hour: float, status: str, why: str, *, until_removed: float | None = None) -> None:
        """After a look at `hour`. until_removed: when it was found removed, None where it is not."""
        if self._looks and hour - self._looks[-1] > LONGEST_GAP_H:
            self.faults.append(Fault("never looked at", self.site, hour, f"since day {self._looks[-1] / 24:.1f}"))
        self._looks.append(hour)
        before, self._status = self._status, status
        if status == "removed" and before != "removed":
            self._removed(hour, why)
        if status == "reappeared" and before != "reappeared":
            self._returned(hour, before)
        self._is_late(hour, status)

    def end(self, hour: float, *, is_watched: bool) -> None:
        if is_watched and (not self._looks or hour - self._looks[-1] > LONGEST_GAP_H):
            self.faults.append(Fault("never looked at", self.site, hour, "at the end"))

    def _removed(self, hour: float, why: str) -> None:
        self.removals += 1
        if self.stands(hour):
            self.faults.append(Fault("false removed", self.site, hour, why))
        else:
            self.known_after_h.append(hour - next(start for start, end in self.gone if start <= hour < end))

    def _returned(self, hour: float, before: str) -> None:
        self.returns += 1
        if before != "removed" or not self.stands(hour):
            self.faults.append(Fault("false reappeared", self.site, hour, f"was {before}"))

    def _is_late(self, hour: float, status: str) -> None:
        for start, end in self.gone:
            if start <= hour < end:
                since = [look for look in self._looks if start <= look <= hour]
                counts = any(look - since[0] >= SPACING_H for look in since)
                if counts and status != "removed":
                    self.faults.append(Fault("removal late", self.site, hour, status))
            elif hour >= end and status == "removed":
                self.faults.append(Fault("return late", self.site, hour))
