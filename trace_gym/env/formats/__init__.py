"""Call formats: how a model writes tool calls. Hermes is the environments' own; others are translated to it."""

from __future__ import annotations

from trace_gym.env.formats import hermes, plain_json, pythonic
from trace_gym.env.formats.call_format import CallFormat

__all__ = ["CALL_FORMATS", "CallFormat"]

CALL_FORMATS: dict[str, CallFormat] = {module.FORMAT.name: module.FORMAT for module in (hermes, plain_json, pythonic)}
"""The known formats by name."""
