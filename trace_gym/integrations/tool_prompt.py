"""A system prompt that lists the tools, for libraries that only carry text between model and environment."""

from __future__ import annotations

import json
from typing import Any

from trace_gym.env.tool_env import ToolEnv

_HOW = (
    "Tools, as JSON Schema:\n{tools}\n\n"
    'To call one, write <tool_call>{{"name": "...", "arguments": {{...}}}}</tool_call>. '
    "A reply without a call is a message to the user."
)


def tool_prompt(env: ToolEnv) -> str:
    """Returns the environment's system prompt, its tools, and how to call them.

    Args:
        env: The environment.
    """
    rows: list[Any] = [schema["function"] for schema in env.schemas]
    tools = "\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    return f"{env.system_prompt}\n\n{_HOW.format(tools=tools)}"
