"""robots.txt: `reading` parses a file, in a confined reader; `rules` says what a host allows, `patterns` compares."""
