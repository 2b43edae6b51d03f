"""Sealing and opening evidence files (age): the daemon writes what it cannot read."""
