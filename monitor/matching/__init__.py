"""Is this picture one of the person's? Read `matcher.py` first.

Two sides that never share a module. `reading/`, the reader's side, turns outside bytes into checked arrays with Pillow,
imagehash and OpenCV, and runs in a confined child. All else here is the core's: it compares those arrays with the
person's fingerprints in NumPy alone, so that the daemon stays small and never parses a picture. `pdq` and
`descriptors` are what both sides know of the two kinds of fingerprint. import-linter holds it (`pyproject.toml`).
"""
