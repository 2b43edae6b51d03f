"""A module for each owner of pages, with `STATES: tuple[State, ...]`."""
