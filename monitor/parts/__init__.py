"""The program in parts: what goes between them, and how one is reached."""
