from datetime import datetime

class Job:
    id: str
    next_run_time: datetime | None
    def modify(self, *, next_run_time: datetime | None = ...) -> Job: ...
