"""The system prompt that lists the tools."""

from __future__ import annotations

import json

from trace_gym.env.parsing import parse_turn
from trace_gym.env.types import ToolCall
from trace_gym.integrations.tool_prompt import tool_prompt

from ..helpers import desk


def test_the_environments_own_prompt_comes_first() -> None:
    env = desk()
    assert tool_prompt(env).startswith(f"{env.system_prompt}\n\n")


def test_every_tool_is_one_line_of_json() -> None:
    env = desk()
    lines = [line for line in tool_prompt(env).splitlines() if line.startswith('{"name"')]
    assert [json.loads(line) for line in lines] == [schema["function"] for schema in env.schemas]


def test_the_form_of_call_it_teaches_is_the_one_that_is_parsed() -> None:
    taught = tool_prompt(desk()).splitlines()[-1].split("write ")[1].split(". ")[0]
    assert taught == '<tool_call>{"name": "...", "arguments": {...}}</tool_call>'
    written = taught.replace('"..."', '"get_order"').replace("{...}", '{"order_id": "W1"}')
    assert list(parse_turn(written).calls) == [ToolCall("get_order", {"order_id": "W1"})]
