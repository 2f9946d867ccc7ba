"""The one client for OpenAI-compatible endpoints, and the messages it exchanges."""
