"""The one client for OpenAI-compatible endpoints, the messages it exchanges, many questions at once, and their cache."""
