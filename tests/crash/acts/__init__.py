"""The acts that are killed at each of their writes, by name. One more: a module here, and its line below."""

from tests.crash.acts import alerting, backing_up, deciding, finding, upgrading, upkeep
from tests.crash.world import Act

_EVERY = (*finding.ACTS, *alerting.ACTS, *deciding.ACTS, *upgrading.ACTS, *backing_up.ACTS, *upkeep.ACTS)
ACTS: dict[str, Act] = {act.name: act for act in _EVERY}
