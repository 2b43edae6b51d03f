"""The command line: arguments, exit codes, printing; nothing else. One file a command group.

Whatever is heavy is imported inside the commands, so that `--help` and `guide` answer at once. `main` wires the
groups and turns errors into exit codes; `common` has what every command needs; `printing` is the only way to the
terminal.
"""
