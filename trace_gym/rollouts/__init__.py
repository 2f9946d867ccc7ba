"""Collecting episodes, and the policies that need no torch."""
