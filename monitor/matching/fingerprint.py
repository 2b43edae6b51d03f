"""The reader's door by the name that scripts outside the program know. Inside, it is `reading.fingerprint`."""

from __future__ import annotations

from monitor.matching.reading.fingerprint import fingerprint_photo, read_image

__all__ = ["fingerprint_photo", "read_image"]
