"""One SQLite file: what was seen, from where, in which story. One thread writes, everyone may read."""
