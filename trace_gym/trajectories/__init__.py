"""Trajectories: the record of an attempt, readers for other formats, and the writer."""
