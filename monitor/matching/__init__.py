"""Is this picture one of the person's? Read `matcher.py` first.

Two sides that never share a module. `reading/`, the reader's side, turns outside bytes into checked arrays with Pillow,
imagehash and OpenCV, and runs in a confined child; `fingerprint` is its door, by the name that scripts outside know.
All else here is the core's: it compares those arrays with the person's fingerprints in NumPy alone, so that the daemon
stays small and never parses a picture. `pdq` and `descriptors` are what both sides know of the two kinds of
fingerprint. import-linter holds it (`pyproject.toml`).

A further perceptual hash: `model/fingerprint.py` names it (`HashAlgorithm`, its bits, a member of `Fingerprint` and of
`ImageReading`); `reading/` computes it, `reader/messages.py` and `reader/arrays.py` bring it out of the child, checked;
`serialise.py` keeps it of a photo (and `interchange.py`, where others make it too), `store/candidates.py` and a
revision of the store of every other picture; `matcher.py` compares it (`index.py`), `decide.py` says what it is worth
under a method of its own in `model/match.py`, with figures in `bench/`.
"""
