"""Outside bytes are parsed here: in disposable child processes that can do nothing but compute and answer.

`pool.ReaderPool` is the core's side, `child/` is what runs in a child (`child.worker` first); `messages` and `arrays`
are what goes between the two.
"""
