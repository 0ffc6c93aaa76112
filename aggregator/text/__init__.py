"""Strings: characters, addresses, secrets. The floor that parse, refine and render share."""
