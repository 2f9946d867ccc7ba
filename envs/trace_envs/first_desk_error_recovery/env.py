"""First Desk Error Recovery: Read why a call was refused, correct it, and try again.

Emitted by trace-gym from `blueprint.json` for the capability `error_recovery` of trace/FirstDesk-v0.
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


class FirstDeskErrorRecovery(SyntheticEnv):
    """Read why a call was refused, correct it, and try again."""

    blueprint = BLUEPRINT

    @tool(kind="read", schema=SCHEMAS["get_user"])
    def tool_get_user(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "get_user", arguments)

    @tool(kind="read", schema=SCHEMAS["get_order"])
    def tool_get_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "get_order", arguments)

    @tool(kind="write", schema=SCHEMAS["set_shipping"])
    def tool_set_shipping(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "set_shipping", arguments)

    @tool(kind="write", schema=SCHEMAS["refund_order"])
    def tool_refund_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "refund_order", arguments)

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        """Asks for a write that is refused at first."""
        mend = {ROLES["argument"]: ROLES["first"]} if ROLES["argument"] else {}
        arguments = builder.arguments(ROLES["action"], mend)
        attempt = ToolCall(ROLES["action"], arguments)
        builder.refuse(attempt, fill(ROLES["message"], arguments), once=not mend)
        retry = ToolCall(ROLES["action"], {**arguments, ROLES["argument"]: ROLES["fixed"]}) if mend else attempt
        return Part(
            request=fill(builder.pick(ROLES["requests"]), arguments),
            calls=(attempt, retry),
            reply="It went through in the end.",
        )

    def exercised(self, episode: Episode) -> float:
        """The share of refused writes that were mended."""
        ledger = episode.state["ledger"]
        return sum(entry in ledger for entry in episode.goal["ledger"]) / len(episode.goal["ledger"])

