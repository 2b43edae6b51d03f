"""The store behind the page: opened when it is first asked for, and again where it could not be."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.clock import monotonic
from monitor.config_files import FileStates, states_of
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.app import App
    from monitor.model.settings import Settings
    from monitor.review.local import LocalCore

_TRIED_AGAIN_S = 5.0
_WAITS_S = 2.0
"""For another process that writes: meanwhile nobody is answered, who leaves neither."""


@dataclass(slots=True)
class PageStore:
    """load: reads the configuration, which may come only after the page (its first use). Tried again at most every few
    seconds: what was wrong then is told until then."""

    load: Callable[[], Settings]
    _app: App | None = None
    _core: LocalCore | None = None
    _failed: MonitorError | None = None
    _tried_at: float = field(default=float("-inf"))
    _read: FileStates = ()

    def core(self) -> LocalCore:
        """Raises MonitorError as long as the store cannot be opened."""
        if self._core is None or (self._app is not None and self._app.reading is not None):
            self._try()
        if self._core is None:
            raise self._failed or MonitorError("the store is not open yet", remedy="Try again in a moment.")
        self._follow()
        return self._core

    def if_open(self) -> LocalCore | None:
        return self._core

    def reading(self) -> str:
        """Why nothing can be written, as it is shown; '' where it can."""
        return str(self._app.reading) if self._app is not None and self._app.reading is not None else ""

    def app(self) -> App:
        """As `core`."""
        self.core()
        if self._app is None:
            raise LookupError("a core without an App")
        return self._app

    async def aclose(self) -> None:
        app, self._app, self._core = self._app, None, None
        if app is not None:
            await app.aclose()

    def _follow(self) -> None:
        """Where the configuration changed since: by a step of the first use, by a command, by hand. What is wrong in it
        leaves what stood there going."""
        if self._app is None or self._core is None or (states := _states(self._app.settings.path)) == self._read:
            return
        self._read = states
        with suppress(MonitorError):
            self._app.follow(self.load())
            self._core = self._core.followed()

    def _try(self) -> None:
        if monotonic() - self._tried_at < _TRIED_AGAIN_S:
            return
        from monitor.app import open_app
        from monitor.review.local import LocalCore

        self._tried_at = monotonic()
        try:
            app = open_app(self.load(), to_read=True, waits_s=_WAITS_S)
        except MonitorError as error:
            self._failed = error
            return
        if self._app is not None and app.reading is not None:  # as before: what is open goes on
            with app:  # shut again
                return
        if self._core is not None:
            self._core.lock_evidence()  # what was opened belongs to the core that goes
        earlier, self._app, self._core, self._failed = self._app, app, LocalCore(app), None
        self._read = _states(app.settings.path)
        if earlier is not None:
            with earlier:  # shut
                pass


def _states(config: Path | None) -> FileStates:
    return states_of([config], config.parent) if config is not None else ()
