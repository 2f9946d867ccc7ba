"""Naming the capabilities an agent lacks: labellers, statistics, selection."""
