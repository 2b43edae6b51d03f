"""The command line: arguments, exit codes, printing; nothing else. One file a command group.

Whatever is heavy is imported inside the commands, so that `--help` and `guide` answer at once. `main` wires the
groups and turns errors into exit codes; `options`, `opening` and `asking` have what many commands need; `printing` is
the only way to the terminal, and what several commands tell alike stands in `run_words`, `watch_health` and
`removed_files`.
"""
