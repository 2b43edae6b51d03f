"""What the person is told, when, and in which words.

`outbox` decides (no I/O), `wording` and `digest` put it into words (pure), `sending` takes what the store holds to the
channel. Nothing here opens a socket.
"""
