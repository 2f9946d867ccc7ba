"""Spaces of text and of tool calls, right in every vector environment of Gymnasium."""

from trace_gym.env.spaces import hooks as hooks
from trace_gym.env.spaces.text import MAX_CHARS, AssistantTurn, Utf8Text
from trace_gym.env.spaces.tool_call import ToolCallSpace

__all__ = ["MAX_CHARS", "AssistantTurn", "ToolCallSpace", "Utf8Text"]
