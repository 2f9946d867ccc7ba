"""An output folder of ToolSandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .files import wrote

TOOLSANDBOX_RUN = "agent_gpt-4o-2024-05-13_user_gpt-4.1_07_03_2024_00_17_44"
TOOLSANDBOX: dict[str, Any] = {
    "per_scenario_results": [
        {
            "name": "turn_on_wifi",
            "categories": ["STATE_DEPENDENCY", "SINGLE_USER_TURN"],
            "traceback": None,
            "exception_type": None,
            "milestone_similarity": 0.265,
            "minefield_similarity": 0,
            "similarity": 0.265,
            "turn_count": 9,
            "milestone_mapping": {"0": [15, 0.0], "1": [24, 0.7937]},
            "minefield_mapping": {},
        },
        {
            "name": "wifi_off",
            "categories": ["SINGLE_TOOL_CALL"],
            "traceback": "Traceback (most recent call last):\n  File ...\nKeyError: 'no tool'\n",
            "exception_type": "KeyError",
            "milestone_similarity": 0,
            "minefield_similarity": 0,
            "similarity": 0,
            "turn_count": 30,
            "milestone_mapping": {},
            "minefield_mapping": {},
        },
    ],
    "category_aggregated_results": {"ALL_CATEGORIES": {"similarity": 0.13, "turn_count": 19.5}},
    "git_sha": None,
}


def _sandbox_row(sender: str, recipient: str, content: str, call: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "sender": sender,
        "recipient": recipient,
        "content": content,
        "openai_tool_call_id": call,
        "openai_function_name": None,
        "conversation_active": True,
        "tool_call_exception": None,
        "tool_trace": None,
        "visible_to": [sender, recipient],
        **more,
    }


def _code(call: str, name: str, arguments: str) -> str:
    return (
        f"{call}_parameters = {arguments}\n{call}_response = {name}(**{call}_parameters)\nprint(repr({call}_response))"
    )


_REFUSAL = "PermissionError: Wifi cannot be turned on in low battery mode"
_QUOTE = "ValueError: is what a colleague once said"
_CALLS = (("call_a", "search_messages", "{}"), ("call_b", "set_wifi_status", "{'on': True}"))
SANDBOX_ROWS = [
    _sandbox_row("SYSTEM", "AGENT", "Don't make assumptions."),
    _sandbox_row("USER", "AGENT", "Turn on wifi"),
    *(
        _sandbox_row("AGENT", "EXECUTION_ENVIRONMENT", _code(call, name, arguments), call, openai_function_name=name)
        for call, name, arguments in (
            ("call_a", "search_messages", "{}"),
            ("call_b", "set_wifi_status", "{'on': True}"),
        )
    ),
    _sandbox_row("EXECUTION_ENVIRONMENT", "AGENT", _QUOTE, "call_a", openai_function_name="search_messages"),
    _sandbox_row(
        "EXECUTION_ENVIRONMENT",
        "AGENT",
        _REFUSAL,
        "call_b",
        openai_function_name="set_wifi_status",
        tool_call_exception=_REFUSAL,
    ),
    _sandbox_row("AGENT", "USER", "I cannot."),
]


def _sandbox_call(identifier: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": identifier, "function": {"arguments": arguments, "name": name}, "type": "function"}


CONVERSATION: list[dict[str, Any]] = [
    {"role": "system", "content": "Don't make assumptions."},
    {"role": "user", "content": "Turn on wifi", "user_details": {"milestone_matches": []}},
    {
        "role": "assistant",
        "content": "",
        "tool_calls": [
            _sandbox_call("call_a", "search_messages", "{}"),
            _sandbox_call("call_b", "set_wifi_status", '{"on": true}'),
        ],
    },
    {"tool_call_id": "call_a", "role": "tool", "name": "search_messages", "content": _QUOTE},
    {"tool_call_id": "call_b", "role": "tool", "name": "set_wifi_status", "content": _REFUSAL},
    {"role": "assistant", "content": "I cannot.", "assistant_details": {"database_update": {}}},
]


def wrote_toolsandbox(folder: Path) -> Path:
    """Writes an output folder and returns it."""
    run = folder / TOOLSANDBOX_RUN
    wrote(run / "result_summary.json", TOOLSANDBOX, indent=4)
    wrote(run / "trajectories" / "turn_on_wifi" / "conversation.json", CONVERSATION, indent=2)
    context = {"_dbs": {"SANDBOX": SANDBOX_ROWS, "SETTING": []}, "tool_allow_list": None}
    wrote(run / "trajectories" / "turn_on_wifi" / "execution_context.json", context)
    wrote(run / "trajectories" / "wifi_off" / "execution_context.json", context)
    return run
