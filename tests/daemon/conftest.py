"""Puts the alerts' helpers on the path (test folders are no packages)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "alerts"))
