"""Is this picture one of the person's? Read `matcher.py` first.

Two sides that never share a module. The reader side (`decode`, `fingerprint`, `features`) turns outside
bytes into checked arrays with Pillow, imagehash and OpenCV, and runs in a confined child. The core side
(`matcher`, `index`, `shortlist`, `verify`, `decide`, `serialise`, `interchange`) compares those arrays with
the person's fingerprints in NumPy alone, so that the daemon stays small and never parses a picture. `pdq`
is plain NumPy and serves both.
"""
