"""Service Desk Structured Selection: Choose from a list of records the one that satisfies every stated constraint.

Emitted by trace-gym from `blueprint.json` for the capability `structured_selection` of trace/ServiceDesk-v0.
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


class ServiceDeskStructuredSelection(SyntheticEnv):
    """Choose from a list of records the one that satisfies every stated constraint."""

    blueprint = BLUEPRINT

    @tool(kind="read", schema=SCHEMAS["get_order"])
    def tool_get_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "get_order", arguments)

    @tool(kind="read", schema=SCHEMAS["list_items"])
    def tool_list_items(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "list_items", arguments)

    @tool(kind="write", schema=SCHEMAS["set_shipping"])
    def tool_set_shipping(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "set_shipping", arguments)

    @tool(kind="write", schema=SCHEMAS["exchange_item"])
    def tool_exchange_item(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "exchange_item", arguments)

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Asks for the row of a list that has a given value."""
        key = builder.argument(ROLES["search"], ROLES["search_key"])
        while key in builder.state["tables"].get(ROLES["search"], {}):
            key = f"{key} {len(builder.state['tables'][ROLES['search']])}"
        result = builder.add_record(ROLES["search"], {ROLES["search_key"]: key})
        rows = at_path(result, ROLES["path"])
        listed = list(rows.values()) if isinstance(rows, dict) else rows
        values = [str(value) for value in builder.rng.permutation(ROLES["values"])]
        for i, row in enumerate(listed):
            put_at_path(row, ROLES["constraint"], values[i % (len(values) - 1) + 1])
            if isinstance(rows, dict):
                row[ROLES["row_key"]] = list(rows)[i]
        chosen = builder.pick(listed)
        put_at_path(chosen, ROLES["constraint"], values[0])
        wanted = chosen[ROLES["row_key"]]
        given = {ROLES["argument"]: [wanted] if ROLES["listed"] else wanted}
        if ROLES["search_key"] in self._by_name[ROLES["action"]]["arguments"]:
            given[ROLES["search_key"]] = key
        arguments = builder.arguments(ROLES["action"], given)
        slots = {**arguments, ROLES["search_key"]: key, "value": values[0]}
        return Part(
            request=fill(builder.pick(ROLES["requests"]), slots),
            calls=(ToolCall(ROLES["search"], {ROLES["search_key"]: key}), ToolCall(ROLES["action"], arguments)),
            reply=f"Done, I took {wanted}.",
        )

    def exercised(self, episode: Episode) -> float:
        """The share of wanted rows that were used after the list was looked up."""
        searched = any(record.call.name == ROLES["search"] and not record.error for record in episode.calls)
        wanted = [str(call.arguments[ROLES["argument"]]) for call in episode.task.gold_calls if call.name == ROLES["action"]]
        used = {
            str(record.call.arguments.get(ROLES["argument"]))
            for record in episode.calls
            if record.call.name == ROLES["action"] and not record.error
        }
        return sum(value in used for value in wanted) / len(wanted) if searched else 0.0

