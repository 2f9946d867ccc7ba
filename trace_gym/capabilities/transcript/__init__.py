"""Trajectories as text that a language model reads: numbered messages, and never how the episode ended."""
