"""How the answers of each kind of watch are read. All of it runs in a reader: outside bytes are parsed here."""
