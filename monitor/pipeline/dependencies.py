"""What a pass works with. Put together by `monitor.app`; here it is only named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.model.match import MATCHER
from monitor.model.settings import Settings
from monitor.model.visitor import Visitor
from monitor.pipeline.quota import CaseQuota
from monitor.pipeline.shot_queue import ShotQueue
from monitor.ports import Fetcher, Matcher, Reader, Store, Vault


@dataclass(frozen=True, slots=True)
class InCommon:
    """Of a look that several passes share. visitor: as whom all of them ask. charged: requests that were made on this
    one's account. pays: False: where its case may ask for no more, the others do. hear: `ForOthers.hear`, which takes
    each picture that is read, before it is remembered; None where nobody listens."""

    visitor: Visitor
    charged: Callable[[], int]
    pays: bool = True
    hear: Callable[..., Awaitable[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Dependencies:
    """revision: of the reference set that `matcher` was built from. vault None: no recipient is set, no evidence is
    kept. clock: UTC. monotonic: seconds, for budgets. shots: None: screenshots are made at export alone. quota: of the
    case, by which `fetcher` asks; None: it may take as much as it asks for. common: None: it looks alone."""

    settings: Settings
    store: Store
    fetcher: Fetcher
    reader: Reader
    matcher: Matcher
    revision: str
    vault: Vault | None
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    shots: ShotQueue | None = None
    quota: CaseQuota | None = None
    common: InCommon | None = None

    @property
    def holds_back(self) -> CaseQuota | None:
        """What ends the pass where its case may ask for no more; None where nothing does."""
        return None if self.common is not None and not self.common.pays else self.quota

    @property
    def compared_with(self) -> str:
        """The references and the matcher: what was compared with others is compared again."""
        return f"{self.revision}/{MATCHER}"
