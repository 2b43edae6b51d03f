"""A page to what is in it. All of it runs in a reader: outside bytes are parsed here."""
