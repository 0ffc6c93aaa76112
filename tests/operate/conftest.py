"""The store of the operator's tests is that of the store's own."""

from __future__ import annotations

from tests.store.conftest import desk

__all__ = ["desk"]
