"""Writes pdq_oracle.json: what the reference implementation says of generated pictures.

python -m venv /tmp/oracle && /tmp/oracle/bin/pip install pdqhash==0.2.8   # needs a C++ compiler
/tmp/oracle/bin/python -m tests.matching.make_pdq_oracle
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pdqhash

from tests.matching.generated_pictures import KINDS, SIZES, colour_photo


def reference(pixels: np.ndarray) -> tuple[str, int]:
    vector, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return f"{int(''.join(str(int(bit)) for bit in vector), 2):064x}", int(quality)


def main() -> None:
    luma, colour = [], []
    for number, (height, width) in enumerate(SIZES):
        for kind, make in KINDS.items():
            picture = make(height, width, number)
            digits, quality = reference(np.repeat(picture[:, :, None], 3, axis=2))
            luma.append([kind, height, width, number, digits, quality])
        digits, quality = reference(colour_photo(height, width, number))
        colour.append([height, width, number, digits, quality])
    table = {"made_with": "pdqhash 0.2.8 (facebook/ThreatExchange pdq/cpp)", "luma": luma, "colour": colour}
    text = json.dumps(table, indent=None).replace("], [", "],\n[")
    Path(__file__).with_name("pdq_oracle.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
