"""A self-hosted usage counter: update checks, page views and events, counted privately."""

__version__ = "0.1.0"
