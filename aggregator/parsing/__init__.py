"""Processes that parse and refine, apart from the daemon: they can be killed. `in_worker` is what runs in them."""
