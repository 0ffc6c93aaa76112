"""The inward flow: due → retrieve → parse and refine → Delivery → store → Visit."""

from aggregator.inbound.round import Inbound

__all__ = ["Inbound"]
