from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from apscheduler.job import Job
from apscheduler.triggers.base import BaseTrigger

class AsyncIOScheduler:
    def __init__(self, *, timezone: tzinfo = ..., job_defaults: Mapping[str, object] = ...) -> None: ...
    def add_job(
        self,
        func: Callable[..., Coroutine[Any, Any, None]],
        trigger: BaseTrigger,
        *,
        args: Sequence[object] = ...,
        id: str = ...,
        name: str = ...,
        max_instances: int = ...,
        next_run_time: datetime = ...,
        replace_existing: bool = ...,
    ) -> Job: ...
    def get_job(self, job_id: str) -> Job | None: ...
    def remove_job(self, job_id: str) -> None: ...
    def start(self, paused: bool = ...) -> None: ...
    def pause(self) -> None: ...
    def shutdown(self, wait: bool = ...) -> None: ...
    def _process_jobs(self) -> float | None: ...
