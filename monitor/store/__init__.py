"""Everything that is kept: SQLAlchemy Core on SQLCipher, one class for each aggregate of `ports.py`."""
