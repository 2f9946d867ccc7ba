"""Results of tau-bench v1 and of tau2-bench."""

from __future__ import annotations

from typing import Any

TAU1: list[dict[str, Any]] = [
    {
        "task_id": 5,
        "reward": 0.0,
        "info": {
            "task": {
                "user_id": "mia_li_3668",
                "actions": [{"name": "look", "kwargs": {"a": 1}}],
                "instruction": "You are mia.",
                "outputs": ["327", "1000"],
            },
            "source": "user",
            "user_cost": 0.003,
            "reward_info": {
                "reward": 0.0,
                "info": {"r_outputs": 0.0, "outputs": {"327": False, "1000": True}},
                "actions": [{"name": "look", "kwargs": {"a": 1}}],
            },
        },
        "traj": [
            {"role": "system", "content": "# Policy"},
            {"role": "user", "content": "Hi"},
            {
                "content": None,
                "role": "assistant",
                "tool_calls": [
                    {"function": {"arguments": '{"a": 2}', "name": "look"}, "id": "call_1", "type": "function"}
                ],
                "function_call": None,
            },
            {"role": "tool", "tool_call_id": "call_1", "name": "look", "content": "Error: no"},
            {"role": "assistant", "content": "Sorry."},
            {"role": "user", "content": "###STOP###"},
        ],
        "trial": 1,
    },
    # what tau-bench writes when a run raises
    {"task_id": 6, "reward": 0.0, "info": {"error": "timed out", "traceback": "..."}, "traj": [], "trial": 0},
]

_NOTHING = {"cost": 0.0, "usage": None, "raw_data": None, "timestamp": "2025-08-01T16:24:03", "turn_idx": 0}


def _turn(role: str, content: str | None, *calls: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "tool_calls": list(calls) or None, **_NOTHING, **more}


TAU2: dict[str, Any] = {
    "timestamp": "2025-08-01T16:24:03",
    "info": {
        "git_commit": "b02b509",
        "num_trials": 2,
        "max_steps": 200,
        "max_errors": 10,
        "user_info": {"implementation": "user_simulator", "llm": "gpt-4.1", "llm_args": {"temperature": 0.0}},
        "agent_info": {"implementation": "llm_agent", "llm": "qwen", "llm_args": {"temperature": 0.5, "api_key": "s"}},
        "environment_info": {"domain_name": "telecom", "policy": "Be kind.", "tool_defs": None},
        "seed": 300,
    },
    "tasks": [
        {
            "id": "t[1]",
            "user_scenario": {"persona": None, "instructions": "Ask."},
            "evaluation_criteria": {
                "actions": [
                    {"action_id": "1_0", "requestor": "assistant", "name": "look", "arguments": {"a": 1}},
                    {"action_id": "1_1", "requestor": "user", "name": "tap", "arguments": {}},
                ],
                "communicate_info": ["42"],
            },
        }
    ],
    "simulations": [
        {
            "id": "s0",
            "task_id": "t[1]",
            "timestamp": "x",
            "start_time": "x",
            "end_time": "x",
            "duration": 1.5,
            "termination_reason": "user_stop",
            "reward_info": {
                "reward": 0.0,
                "db_check": {"db_match": True, "db_reward": 1.0},
                "env_assertions": [
                    {"env_assertion": {"env_type": "user", "func_name": f, "arguments": {}}, "met": m, "reward": 1.0}
                    for f, m in (("is_on", True), ("is_on", False))
                ],
                "action_checks": [
                    {
                        "action": {"action_id": "1_0", "requestor": "assistant", "name": "look", "arguments": {"a": 1}},
                        "action_match": False,
                        "action_reward": 0.0,
                    }
                ],
                "nl_assertions": [{"nl_assertion": "Is kind.", "met": True, "justification": "..."}],
                "communicate_checks": [{"info": "42", "met": False, "justification": "..."}],
                "reward_basis": ["DB", "COMMUNICATE"],
                "reward_breakdown": {"DB": 1.0, "COMMUNICATE": 0.0},
                "info": None,
            },
            "messages": [
                _turn("assistant", "Hi!"),
                _turn("user", "My phone is dead."),
                _turn(
                    "assistant",
                    None,
                    {"id": "a1", "name": "look", "arguments": {"a": 1}, "requestor": "assistant"},
                    {"id": "a2", "name": "look", "arguments": {"a": [2, {"b": None}]}, "requestor": "assistant"},
                ),
                {"id": "a1", "role": "tool", "content": "[]", "requestor": "assistant", "error": False},
                {"id": "a2", "role": "tool", "content": "Error: no", "requestor": "assistant", "error": True},
                _turn("assistant", "Tap it.", errors=["Invalid message format."]),
                _turn("user", None, {"id": "u1", "name": "tap", "arguments": {}, "requestor": "user"}),
                {"id": "u1", "role": "tool", "content": "It is on.", "requestor": "user", "error": False},
                _turn("user", "###STOP###"),
            ],
            "trial": 1,
            "seed": 626729,
        },
        {
            "id": "s1",
            "task_id": "t[1]",
            "timestamp": "x",
            "start_time": "x",
            "end_time": "x",
            "duration": 1.5,
            "termination_reason": "infrastructure_error",
            "reward_info": None,
            "messages": [],
            "trial": 0,
            "seed": 1,
        },
    ],
}
