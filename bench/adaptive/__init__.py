"""Adaptive visits against equal spacing with the same number of requests. `python -m bench.adaptive`.

`worlds` says what is posted where, `simulate` lets the days pass, `__main__` prints the table.
"""
