"""Policies that run a model in this process."""
