"""The whole job in one go, on photos that ship with the program and a small site of its own on loopback.

`run` drives the real program; `site` serves, `pages` writes what is served, `plan` says what stands where,
`edits` makes the copies, `receivers` take the alerts, `settings` writes the configuration that leads to them.
"""
