"""Collecting cases, the tasks of a log with everything that is known of their world."""
