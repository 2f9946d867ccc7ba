"""Agents with planted faults, to score identification against."""
