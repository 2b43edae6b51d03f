"""By which an incident is known: a migration makes them too."""

from __future__ import annotations

import base64
import hashlib
import json


def incident_id(salt: bytes, case: str, domain: str) -> str:
    told = json.dumps(["incident", case, domain]).encode()
    digest = hashlib.blake2b(told, key=salt, digest_size=10).digest()
    return base64.b32encode(digest).decode("ascii").lower()
