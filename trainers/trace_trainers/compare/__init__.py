"""Comparing methods at equal rollouts, cell by cell, in one run folder."""
