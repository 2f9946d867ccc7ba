"""Service Desk Precondition Verification: Look a record up and check that its state allows a request before changing it.

Emitted by trace-gym from `blueprint.json` for the capability `precondition_verification` of trace/ServiceDesk-v0.
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


class ServiceDeskPreconditionVerification(SyntheticEnv):
    """Look a record up and check that its state allows a request before changing it."""

    blueprint = BLUEPRINT

    @tool(kind="read", schema=SCHEMAS["get_order"])
    def tool_get_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "get_order", arguments)

    @tool(kind="read", schema=SCHEMAS["list_items"])
    def tool_list_items(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "list_items", arguments)

    @tool(kind="write", schema=SCHEMAS["cancel_order"])
    def tool_cancel_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "cancel_order", arguments)

    @tool(kind="write", schema=SCHEMAS["return_order"])
    def tool_return_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "return_order", arguments)

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Asks for a write that a field of the record allows or, more often than not, forbids."""
        case = builder.pick(ROLES["cases"])
        subject = builder.argument(ROLES["lookup"], ROLES["key"])
        record = builder.add_record(ROLES["lookup"], {ROLES["key"]: subject})
        allowed = bool(builder.rng.random() < 0.4)
        value = builder.pick(case["allowed"] if allowed else case["forbidden"])
        record[case["field"]] = value
        arguments = builder.arguments(case["action"], {ROLES["key"]: subject})
        look = ToolCall(ROLES["lookup"], {ROLES["key"]: subject})
        write = ToolCall(case["action"], arguments)
        others = tuple(str(other) for other in case["forbidden"] if other != value)
        return Part(
            request=fill(builder.pick(case["requests"]), arguments),
            calls=(look, write) if allowed else (look,),
            reply=f"{subject} is done." if allowed else f"{subject} is {value}, so I cannot do that.",
            facts=() if allowed else (Fact(str(value), others, str(subject)),),
        )

    def exercised(self, episode: Episode) -> float:
        """The share of records that were looked up before any write named them."""
        subjects = list(episode.task.state["tables"][ROLES["lookup"]])
        return sum(self._looked_first(episode, subject) for subject in subjects) / len(subjects)

    @staticmethod
    def _looked_first(episode: Episode, subject: str) -> bool:
        for record in episode.calls:
            if record.call.arguments.get(ROLES["key"]) == subject:
                return record.call.name == ROLES["lookup"] and not record.error
        return False

