"""`status` of an installation of many machines: what the queue, its workers and its schedulers are at."""

from __future__ import annotations

import pytest

from monitor.cli import status
from monitor.model.queue import QueueStanding

ALL = QueueStanding(True, 2, 1, 4, 300.0, leads=True, standing_by=1, due=3, late_s=90.4, looking=2)


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        pytest.param(
            ALL,
            [
                "queue    one scheduler leads, 1 more stands by; 2 workers take work",
                "         1 job waits, the first for 5 min; 4 in hand",
                "         3 looks are due, the first for 90 s; 2 in hand",
            ],
            id="all is at work",
        ),
        pytest.param(
            QueueStanding(True, set_aside=1),
            [
                "queue    no scheduler leads: nothing new is given out; 0 workers take work",
                "         start as many as you like, on any of the machines: reupload-monitor worker",
                "         0 jobs wait; 0 in hand",
                "         0 looks are due; 0 in hand",
                "         1 look is set aside: see below",
            ],
            id="nobody is there",
        ),
        pytest.param(
            QueueStanding(False, due=3, late_s=90.4, looking=2),
            [
                "queue    does not answer: no work is given out or taken until it does",
                "         3 looks are due, the first for 90 s; 2 in hand",
            ],
            id="it does not answer",
        ),
    ],
)
def test_the_queue_in_words(queue: QueueStanding, said: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    status._print_queue(queue, named=True)
    assert capsys.readouterr().out.splitlines() == said
