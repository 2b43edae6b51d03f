"""What a sheet looks like, for whoever writes one and whoever reads it."""

from __future__ import annotations

RULE_LENGTH, RULE_SIGNS = 70, "=~#*+-"  # of the lines around a block
LABEL_COLUMNS = 11  # before what stands beside a label
IN_APP = "What to say in their app, from the post's own menu or their report link"
FORM, TEXT, MAIL_ALONE = "The form", "The text", "The mail"
BEFORE_BLOCKS = (IN_APP, FORM, TEXT, MAIL_ALONE)
"""Above the first block."""
AFTER_BLOCKS = "After you sent it"
