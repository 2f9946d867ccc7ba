"""The desk's tools: what they return, what they change, and what they refuse."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from trace_gym import ToolEnv
from trace_gym.env.types import ToolCall

from ...helpers import call, desk


@pytest.fixture
def env() -> ToolEnv:
    """A desk whose shop has one of everything."""
    env = desk()
    env.reset(options={"index": 0})
    payment = {"payment_id": "P111", "kind": "card"}
    env.episode.state.update(
        users={"mia13@mail.com": {"user_id": "U111", "email": "mia13@mail.com", "payments": [payment]}},
        orders={
            "W1111": {
                "order_id": "W1111",
                "status": "pending",
                "item_id": "I111",
                "total": 20,
                "shipping": "standard",
                "express_full": False,
                "refunded_to": "",
            }
        },
        items={"I222": {"item_id": "I222", "kind": "lamp", "color": "red", "price": 9, "stock": 1}},
    )
    return env


def made(env: ToolEnv, request: ToolCall) -> tuple[Any, bool]:
    record = env.run_call(env.episode, request)
    return record.result, record.error


def test_an_order_is_shown_without_its_inner_fields(env: ToolEnv) -> None:
    shown, error = made(env, call("get_order", order_id="W1111"))
    assert not error
    assert "express_full" not in shown
    assert '"status":"pending"' in shown


def test_a_user_is_found_by_the_email(env: ToolEnv) -> None:
    shown, _ = made(env, call("get_user", email="mia13@mail.com"))
    assert '"payment_id":"P111"' in shown
    assert "mia13" not in shown


def test_items_are_listed_by_kind(env: ToolEnv) -> None:
    shown, _ = made(env, call("list_items", kind="lamp"))
    assert '"item_id":"I222"' in shown
    assert '"kind"' not in shown


@pytest.mark.parametrize(
    ("request_made", "refusal"),
    [
        (call("get_order", order_id="W9"), "Error: no order W9."),
        (call("get_user", email="x"), "Error: no user x."),
        (call("list_items", kind="boat"), "Error: no items of kind boat."),
        (call("cancel_order", order_id="W9"), "Error: no order W9."),
        (call("return_order", order_id="W9"), "Error: no order W9."),
        (call("set_shipping", order_id="W9", speed="express"), "Error: no order W9."),
        (call("exchange_item", order_id="W1111", item_id="I9"), "Error: no item I9."),
        (call("exchange_item", order_id="W9", item_id="I222"), "Error: no order W9."),
        (call("refund_order", order_id="W1111", payment_id="P9"), "Error: no payment P9."),
        (call("refund_order", order_id="W9", payment_id="P111"), "Error: no order W9."),
    ],
)
def test_what_does_not_exist_is_refused_by_name(env: ToolEnv, request_made: ToolCall, refusal: str) -> None:
    assert made(env, request_made) == (refusal, True)


@pytest.mark.parametrize(
    ("request_made", "field", "value"),
    [
        (call("cancel_order", order_id="W1111"), "status", "cancelled"),
        (call("return_order", order_id="W1111"), "status", "returned"),
        (call("set_shipping", order_id="W1111", speed="express"), "shipping", "express"),
        (call("exchange_item", order_id="W1111", item_id="I222"), "item_id", "I222"),
        (call("refund_order", order_id="W1111", payment_id="P111"), "refunded_to", "P111"),
    ],
)
def test_a_write_changes_one_field_of_its_order(env: ToolEnv, request_made: ToolCall, field: str, value: str) -> None:
    before = dict(env.episode.state["orders"]["W1111"])
    _, error = made(env, request_made)
    assert not error
    assert env.episode.state["orders"]["W1111"] == {**before, field: value}


def test_the_guidelines_are_not_enforced_by_the_tools(env: ToolEnv) -> None:
    env.episode.state["orders"]["W1111"]["status"] = "shipped"
    assert made(env, call("cancel_order", order_id="W1111"))[1] is False


def test_a_full_express_slot_names_the_way_out(env: ToolEnv) -> None:
    env.episode.state["orders"]["W1111"]["express_full"] = True
    refused = made(env, call("set_shipping", order_id="W1111", speed="express"))
    assert refused == ("Error: no express slot for W1111, use priority.", True)
    assert made(env, call("set_shipping", order_id="W1111", speed="priority"))[1] is False


def test_what_a_model_reads_is_word_for_word_what_the_bundled_agent_was_trained_on(env: ToolEnv) -> None:
    """Rewording a docstring of a tool changes the prompts of every run; make the tiny agent anew if you must."""
    read = json.dumps([tool.schema for tool in env.tools.values()]) + env.system_prompt
    assert hashlib.sha256(read.encode()).hexdigest()[:12] == "5792887f980f"
