"""Watches for copies of a person's own intimate images, and helps to get them taken down."""

__version__ = "0.1.0"
