"""Puts this folder's helpers, and those of the store, on the path (test folders are no packages)."""

import sys
from pathlib import Path

for folder in (Path(__file__).parent, Path(__file__).parent.parent / "store"):
    sys.path.insert(0, str(folder))
