"""Trials on real processes: load that remembers every answer, faults in its midst, and the reckoning."""
