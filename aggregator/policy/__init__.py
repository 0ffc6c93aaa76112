"""What to do next, decided from facts and `now`: no network, no database, no event loop (checked by a contract)."""
