"""Frozen values in the field's words. They hold no behaviour that needs the outside."""
