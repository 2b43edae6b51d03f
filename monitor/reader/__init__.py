"""The confined workers that parse outside bytes by calling the pure code below them, and the pool that runs, limits and
kills them. `pool.ReaderPool` is the way in; nothing else here is called from outside but `pool.active_confinement`."""
