"""A small blueprint that several test modules share: a lookup, a write with an effect, a write without one."""

from __future__ import annotations

from typing import Any

ORDER_ID = {"kind": "id", "segments": [{"text": "W"}, {"digits": 2}]}


def _schema(name: str, required: list[str], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    properties = {argument: {"type": "string"} for argument in (*required, *optional)}
    parameters = {"type": "object", "properties": properties, "required": required}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


GET_ORDER: dict[str, Any] = {
    "name": "get_order",
    "schema": _schema("get_order", ["order_id"]),
    "arguments": {"order_id": ORDER_ID},
    "result": {
        "kind": "object",
        "fields": {
            "order_id": {"kind": "argument", "name": "order_id"},
            "status": {"kind": "choice", "values": ["pending", "shipped"]},
            "notes": {"kind": "constant", "value": []},
        },
    },
    "missing": "no order {order_id}.",
}
SET_STATUS: dict[str, Any] = {
    "name": "set_status",
    "schema": _schema("set_status", ["order_id", "status"], optional=("reason",)),
    "arguments": {
        "order_id": ORDER_ID,
        "status": {"kind": "choice", "values": ["pending", "shipped"]},
        "reason": {"kind": "constant", "value": "none"},
    },
    "result": {"kind": "template", "text": "{order_id} is {status}."},
    "effect": {
        "table": "get_order",
        "argument": "order_id",
        "fields": {"status": {"kind": "argument", "name": "status"}},
    },
}
SEND_MAIL: dict[str, Any] = {
    "name": "send_mail",
    "schema": _schema("send_mail", ["text"]),
    "arguments": {"text": {"kind": "constant", "value": "Hello"}},
    "result": {"kind": "object", "fields": {"sent": {"kind": "constant", "value": True}}},
}
BLUEPRINT: dict[str, Any] = {
    "capability": {"name": "reporting"},
    "guidelines": "Look before you answer.",
    "json_style": "compact",
    "tools": [GET_ORDER, SET_STATUS, SEND_MAIL],
}
