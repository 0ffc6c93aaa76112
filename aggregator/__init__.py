"""A feed aggregator: retrieve, parse, refine, store, publish, serve."""

__version__ = "0.2.0"
