"""How long tests wait for what must come. They wait for the event itself: on a quiet machine nothing takes this long,
and on a busy one (eight other programs for two cores) all of it comes late."""

WITHIN_S = 300.0  # less than pytest's own `timeout` in pyproject.toml, so that the wait that failed is named
LATE_S = 60.0  # where it is asserted that something was cut off in time: what a busy machine may add to it
