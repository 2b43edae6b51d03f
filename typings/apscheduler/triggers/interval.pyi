from datetime import tzinfo

from apscheduler.triggers.base import BaseTrigger

class IntervalTrigger(BaseTrigger):
    def __init__(self, *, seconds: int = ..., jitter: int | None = ..., timezone: tzinfo = ...) -> None: ...
