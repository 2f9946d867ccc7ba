"""The shipped suite of emitted environments."""
