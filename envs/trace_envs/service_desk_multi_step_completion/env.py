"""Service Desk Multi Step Completion: Carry out every operation of a request that asks for several, not only the first.

Emitted by trace-gym from `blueprint.json` for the capability `multi_step_completion` of trace/ServiceDesk-v0.
"""

from __future__ import annotations

from typing import Any

from trace_gym.env.episode import Episode
from trace_gym.env.facts import Fact
from trace_gym.env.tools import tool
from trace_gym.env.types import ToolCall
from trace_gym.synthetic.env import Part, SyntheticEnv, TaskBuilder, at_path, enumerate_words, fill, load_blueprint, put_at_path

BLUEPRINT = load_blueprint(__file__)
SCHEMAS = {entry["name"]: entry["schema"] for entry in BLUEPRINT["tools"]}
ROLES = BLUEPRINT["roles"]


class ServiceDeskMultiStepCompletion(SyntheticEnv):
    """Carry out every operation of a request that asks for several, not only the first."""

    blueprint = BLUEPRINT

    @tool(kind="read", schema=SCHEMAS["get_user"])
    def tool_get_user(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "get_user", arguments)

    @tool(kind="read", schema=SCHEMAS["get_order"])
    def tool_get_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "get_order", arguments)

    @tool(kind="read", schema=SCHEMAS["list_items"])
    def tool_list_items(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "list_items", arguments)

    @tool(kind="write", schema=SCHEMAS["set_shipping"])
    def tool_set_shipping(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "set_shipping", arguments)

    def parts_of(self, difficulty: int) -> int:
        """One request; it lists more records the harder it is."""
        return 1

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Asks for the same write on several records."""
        count = 1 + difficulty + int(builder.rng.integers(2))
        subjects = [builder.argument(ROLES["action"], ROLES["key"]) for _ in range(count)]
        shared = {name: builder.argument(ROLES["action"], name) for name in ROLES["asked_arguments"]}
        given = {**ROLES["fixed"], **shared}
        calls = [
            ToolCall(ROLES["action"], builder.arguments(ROLES["action"], {ROLES["key"]: subject, **given}))
            for subject in subjects
        ]
        return Part(
            request=fill(builder.pick(ROLES["requests"]), {**shared, "ids": enumerate_words(subjects)}),
            calls=tuple(calls),
            reply="All of them are done.",
        )

    def exercised(self, episode: Episode) -> float:
        """The share of the later operations that were carried out; the first alone is worth nothing."""
        ledger = episode.state["ledger"]
        done = sum(entry in ledger for entry in episode.goal["ledger"])
        return max(0, done - 1) / (len(episode.goal["ledger"]) - 1)

