"""Everything that opens a socket. Addresses learnt from outside go through `guard`; there is no other way
out."""

import sys
from typing import Any, cast

# httpx brings a command line of its own where it finds what that needs, which would be loaded for nothing: 6 MB.
cast("dict[str, Any]", sys.modules).setdefault("httpx._main", None)
