"""Every parser that takes bytes from outside, and every decoder of what crosses between processes."""

from __future__ import annotations

from tests.fuzz.target import Target as Target
from tests.fuzz.targets_answers import ANSWERS
from tests.fuzz.targets_apart import APART
from tests.fuzz.targets_files import FILES
from tests.fuzz.targets_messages import MESSAGES
from tests.fuzz.targets_read import READ

TARGETS: dict[str, Target] = {target.name: target for target in (*READ, *ANSWERS, *FILES, *MESSAGES, *APART)}
