"""Measures what the program does: see README.md."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is imported: figures are of one thread
