"""The acts that are killed at each of their writes, by name. One more: a module here, and its line below."""

from tests.crash.acts import alerting, deciding, finding, upgrading
from tests.crash.world import Act

ACTS: dict[str, Act] = {act.name: act for act in (*finding.ACTS, *alerting.ACTS, *deciding.ACTS, *upgrading.ACTS)}
