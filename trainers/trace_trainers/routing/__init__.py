"""Routers: which adapter serves a conversation, decided once, from its first message."""
