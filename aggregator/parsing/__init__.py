"""Processes that parse and refine, apart from the daemon: they can be killed. `pool` has them, `in_worker` runs in them."""
