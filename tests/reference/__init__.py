"""Exact figures from plain sets, and months of traffic to compare the service's reports with."""
