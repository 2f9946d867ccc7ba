"""Service Desk Result Reporting: Tell the user the values they asked for once they have been looked up.

Emitted by trace-gym from `blueprint.json` for the capability `result_reporting` of trace/ServiceDesk-v0.
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


class ServiceDeskResultReporting(SyntheticEnv):
    """Tell the user the values they asked for once they have been looked up."""

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

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Asks for a field of a record."""
        case = builder.pick(ROLES["cases"])
        subject = builder.argument(ROLES["lookup"], ROLES["key"])
        record = builder.add_record(ROLES["lookup"], {ROLES["key"]: subject})
        value = str(record[case["field"]])
        others = tuple(other for other in case["others"] if other != value)
        return Part(
            request=fill(builder.pick(case["requests"]), {ROLES["key"]: subject}),
            calls=(ToolCall(ROLES["lookup"], {ROLES["key"]: subject}),),
            reply=f"The {case['field']} of {subject} is {value}.",
            facts=(Fact(value, others, str(subject)),),
        )

    def exercised(self, episode: Episode) -> float:
        """1.0 when everything was looked up and all of it was told."""
        looked = {record.call.arguments.get(ROLES["key"]) for record in episode.calls if not record.error}
        asked = set(episode.task.state["tables"][ROLES["lookup"]])
        return episode.communicated() if asked <= looked else 0.0

