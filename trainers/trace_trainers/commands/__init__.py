"""Subcommands of `trace-gym` that need torch; found through the `trace_gym.commands` entry-point group."""
