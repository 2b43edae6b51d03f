"""Outside bytes are parsed here: in disposable child processes that can do nothing but compute and answer.

`pool.ReaderPool` is the core's side, `worker` the child's; `messages` is what goes between them, `confine` what a child
gives up.
"""
