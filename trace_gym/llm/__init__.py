"""The one client for OpenAI-compatible endpoints, its messages, and many questions at once with a cache of answers."""
