"""What the sample files hold, written by hand from the formats' descriptions."""

from __future__ import annotations

from typing import Any

from trace_gym import Fact, ToolCall
from trace_gym.trajectories.record import Trajectory

from .samples import NATIVE


def says(role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def calls(*made: tuple[str, str, dict[str, Any]], content: str = "", **more: Any) -> dict[str, Any]:
    """A turn with calls, each an id, a name and arguments."""
    rows = [{"id": i, "type": "function", "function": {"name": name, "arguments": given}} for i, name, given in made]
    return says(more.pop("role", "assistant"), content, tool_calls=rows, **more)


def answers(identifier: str, content: str, error: bool = False, **more: Any) -> dict[str, Any]:
    return says("tool", content, tool_call_id=identifier, error=error, **more)


_TAU2: dict[str, Any] = {
    "env_id": "tau2/telecom",
    "task_id": "t[1]",
    "reward": 0.0,
    "success": False,
    "policy": "qwen",
    "settings": {"temperature": 0.5, "user_model": "gpt-4.1"},
    "gold": [ToolCall("look", {"a": 1})],
    "facts": [Fact("42")],
    "script": "Ask.",
}
_BFCL: dict[str, Any] = {"env_id": "bfcl/multi_turn_base", "policy": "gpt-fake-FC"}
_SUMS: dict[str, Any] = {
    "env_id": "inspect/sums",
    "policy": "mockllm/model",
    "seed": 7,
    "settings": {"temperature": 0.5},
    "messages": [
        says("user", "1+2? " * 30),
        calls(
            ("c1", "add", {"x": 13, "y": 2}),
            ("c2", "add", {}),
            content="Let me add.",
            errors=["no JSON"],
            reasoning_content="Add.",
        ),
        answers("c1", "no 13", True, name="add"),
        answers("c2", "3", name="add"),
        says("assistant", "It is 3."),
    ],
}
_LOOK = {"type": "function", "function": {"name": "look", "parameters": {}}}

EXPECTED: dict[str, list[Trajectory]] = {
    "trace-gym": NATIVE,
    "tau1": [
        Trajectory(
            env_id="tau1/shop",
            task_id="5",
            trial=1,
            reward=0.0,
            success=False,
            terms={"r_outputs": 0.0, "output:327": 0.0, "output:1000": 1.0},
            gold=[ToolCall("look", {"a": 1})],
            facts=[Fact("327"), Fact("1000")],
            script="You are mia.",
            messages=[
                says("system", "# Policy"),
                says("user", "Hi"),
                calls(("call_1", "look", {"a": 2})),
                answers("call_1", "Error: no", True, name="look"),
                says("assistant", "Sorry."),
                says("user", "###STOP###"),
            ],
        ),
        Trajectory(env_id="tau1/shop", task_id="6", messages=[], reward=0.0, success=False, gold=[], error="timed out"),
    ],
    "tau2": [
        Trajectory(
            **_TAU2,
            trial=1,
            seed=626729,
            termination="user_stop",
            terms={
                "DB": 1.0,
                "COMMUNICATE": 0.0,
                "db_check": 1.0,
                "action:1_0": 0.0,
                "communicate:42": 0.0,
                "env_assertion:is_on": 1.0,
                "env_assertion:is_on#2": 0.0,
                "nl_assertion:Is kind.": 1.0,
            },
            messages=[
                says("system", "Be kind."),
                says("assistant", "Hi!"),
                says("user", "My phone is dead."),
                calls(("a1", "look", {"a": 1}), ("a2", "look", {"a": [2, {"b": None}]})),
                answers("a1", "[]"),
                answers("a2", "Error: no", True),
                says("assistant", "Tap it.", errors=["Invalid message format."]),
                calls(("u1", "tap", {}), role="user"),
                answers("u1", "It is on.", requestor="user"),
                says("user", "###STOP###"),
            ],
        ),
        Trajectory(
            **_TAU2,
            seed=1,
            error="infrastructure_error",
            termination="infrastructure_error",
            messages=[says("system", "Be kind.")],
        ),
    ],
    "agentdojo": [
        Trajectory(
            env_id="agentdojo/workspace",
            task_id="user_task_0",
            policy="gpt-4o-2024-05-13",
            reward=1.0,
            success=True,
            terms={"utility": 1.0},
            settings={"benchmark_version": "v1.2.2"},
            messages=[
                says("system", "You are nice."),
                says("user", "Who else is invited?"),
                calls(("a1", "search", {"query": "Networking"}), ("call_1", "nothing", {})),
                answers("a1", "- id_: '13'", name="search"),
                answers("call_1", "Invalid tool nothing provided.", True, name="nothing"),
                says("assistant", "John.", reasoning_content="Hmm."),
            ],
        )
    ],
    "bfcl": [
        Trajectory(
            **_BFCL,
            task_id="multi_turn_base_0",
            reward=1.0,
            success=True,
            messages=[
                says("user", "Go to document."),
                calls(("call_1", "cd", {"folder": "document"})),
                answers("call_1", '{"current_working_directory": "document"}', name="cd"),
                says("assistant", "Done."),
                says("user", "Sort."),
                calls(("call_2", "sort", {}), ("call_3", "ls", {"a": True})),
                answers(
                    "call_2",
                    "Error during execution: sort() missing 1 required positional argument: 'file_name'",
                    True,
                    name="sort",
                ),
                answers("call_3", '{"error": "ls: no such folder"}', True, name="ls"),
                says("assistant", '[{"cd": "{"}]', errors=["no"]),
            ],
        ),
        Trajectory(
            **_BFCL,
            task_id="multi_turn_base_1",
            reward=0.0,
            success=False,
            termination="Model has been forced to quit after 20 steps.",
            messages=[
                says("system", "You are an expert in composing functions."),
                says("user", "Look."),
                calls(("call_1", "cd", {"argument_1": "a", "b": {"c": [1, 2]}}), raw="[cd('a', b={'c': (1, 2)})]"),
                answers("call_1", "None", name="cd"),
                calls(("call_2", "ls", {}), raw="[ls()]"),
                answers("call_2", "{}", name="ls"),
            ],
        ),
        Trajectory(
            **_BFCL,
            task_id="multi_turn_base_2",
            messages=[],
            reward=0.0,
            success=False,
            error="Error during inference: timed out",
        ),
    ],
    "toolsandbox": [
        Trajectory(
            env_id="toolsandbox",
            task_id="turn_on_wifi",
            policy="gpt-4o-2024-05-13",
            reward=0.265,
            success=False,
            terms={"milestone_similarity": 0.265, "minefield_similarity": 0.0, "milestone:0": 0, "milestone:1": 0.7937},
            settings={"categories": ["STATE_DEPENDENCY", "SINGLE_USER_TURN"], "user_model": "gpt-4.1"},
            messages=[
                says("system", "Don't make assumptions."),
                says("user", "Turn on wifi"),
                calls(("call_a", "search_messages", {}), ("call_b", "set_wifi_status", {"on": True})),
                answers("call_a", "ValueError: is what a colleague once said", name="search_messages"),
                answers(
                    "call_b",
                    "PermissionError: Wifi cannot be turned on in low battery mode",
                    True,
                    name="set_wifi_status",
                ),
                says("assistant", "I cannot."),
            ],
        ),
        Trajectory(
            env_id="toolsandbox",
            task_id="wifi_off",
            policy="gpt-4o-2024-05-13",
            messages=[],
            reward=0.0,
            success=False,
            terms={"milestone_similarity": 0.0, "minefield_similarity": 0.0},
            settings={"categories": ["SINGLE_TOOL_CALL"], "user_model": "gpt-4.1"},
            error="KeyError: 'no tool'",
        ),
    ],
    "inspect": [
        Trajectory(
            **_SUMS,
            task_id="s1",
            reward=1.0,
            success=True,
            terms={"includes": 1.0, "multi.a": 1.0, "multi.b": 0.5},
            termination="stop",
        ),
        Trajectory(
            **_SUMS,
            task_id="2",
            trial=1,
            reward=0.0,
            success=False,
            terms={"includes": 0.0, "multi.a": 1.0, "multi.b": 0.5},
            termination="limit:message",
        ),
        Trajectory(**_SUMS, task_id="3", reward=0.0, success=False, error="ConnectionError()"),
    ],
    "chat": [
        Trajectory(
            env_id="chat/chats",
            task_id="7",
            policy="m",
            seed=4,
            reward=1.0,
            success=True,
            terms={"a": 0.5},
            tools=[_LOOK],
            messages=[
                says("system", "Be kind."),
                says("user", "Hi\n[image_url]"),
                calls(("c1", "look", {"a": [1]})),
                answers("c1", "Error: no", True),
                calls(("c2", "look", {"a": 2})),
                answers("c2", "Errors: 0"),
                says("assistant", "Done.", reasoning_content="Hmm."),
            ],
        ),
        Trajectory(
            env_id="chat/chats",
            task_id="b03cbbe7211f",
            reward=0.25,
            success=False,
            messages=[
                says("user", "Hi"),
                calls(("call_1", "look", {})),
                answers("call_1", "ok", name="look"),
                says("assistant", "Done."),
            ],
        ),
        Trajectory(
            env_id="chat/chats",
            task_id="b03cbbe7211f",
            trial=1,
            reward=0.0,
            success=False,
            messages=[says("user", "Hi"), says("assistant", "No.")],
        ),
    ],
}
"""By format: the records of its sample, in order."""
