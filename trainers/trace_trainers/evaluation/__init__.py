"""Comparing agents on held-out tasks."""
