"""The inward flow: due → retrieve → parse and refine → Delivery → store → Visit."""

from aggregator.inbound.flow import Inbound

__all__ = ["Inbound"]
