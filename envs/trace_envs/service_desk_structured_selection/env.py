"""Service Desk Structured Selection: Choose from a list of records the one that satisfies every stated constraint.

Emitted by trace-gym from `blueprint.json` for the capability `structured_selection` of trace/ServiceDesk-v0.
"""

from __future__ import annotations

from typing import Any

from trace_gym.env.tools import tool
from trace_gym.synthetic.case_env import CaseEnv, load_blueprint

BLUEPRINT = load_blueprint(__file__)
SCHEMAS = {entry["name"]: entry["schema"] for entry in BLUEPRINT["tools"]}


class ServiceDeskStructuredSelection(CaseEnv):
    """Choose from a list of records the one that satisfies every stated constraint."""

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

    @tool(kind="write", schema=SCHEMAS["exchange_item"])
    def tool_exchange_item(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "exchange_item", arguments)

    @tool(kind="write", schema=SCHEMAS["refund_order"])
    def tool_refund_order(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "refund_order", arguments)

