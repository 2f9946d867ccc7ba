"""The desk's tools: what they return, what they change, and what they refuse."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest

from trace_gym import ToolEnv
from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.refusals import key

from ...helpers import call, desk


@pytest.fixture
def env() -> ToolEnv:
    """A desk whose shop has one of everything."""
    env = desk()
    env.reset(options={"index": 0})
    payment = {"payment_id": "P111", "kind": "card", "state": "active"}
    env.episode.state.update(
        users={"mia13@mail.com": {"email": "mia13@mail.com", "payments": [payment]}},
        orders={
            "W1111": {
                "order_id": "W1111",
                "status": "pending",
                "region": "north",
                "buyer": "firm",
                "net": 17,
                "gross": 20,
                "paid": "card",
                "shipping": "standard",
                "item_id": "I111",
                "refunded_to": "",
            }
        },
        items={"I222": {"item_id": "I222", "kind": "lamp", "color": "red", "price": 9, "stock": 1}},
        refusals={},
    )
    return env


def made(env: ToolEnv, request: ToolCall) -> tuple[Any, bool]:
    record = env.run_call(env.episode, request)
    return record.result, record.error


def test_an_order_is_shown_with_all_that_decides_and_nothing_else(env: ToolEnv) -> None:
    shown, error = made(env, call("get_order", order_id="W1111"))
    assert not error
    assert json.loads(shown) == {
        "status": "pending",
        "region": "north",
        "buyer": "firm",
        "net": 17,
        "gross": 20,
        "paid": "card",
        "shipping": "standard",
    }


def test_a_user_is_found_by_the_email(env: ToolEnv) -> None:
    shown, _ = made(env, call("get_user", email="mia13@mail.com"))
    assert json.loads(shown) == [{"payment_id": "P111", "kind": "card", "state": "active"}]


def test_items_are_listed_by_kind(env: ToolEnv) -> None:
    shown, _ = made(env, call("list_items", kind="lamp"))
    assert list(json.loads(shown)[0]) == ["color", "stock", "price", "item_id"]


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


@pytest.mark.parametrize(
    ("value", "request_made"),
    [
        ("express", call("set_shipping", order_id="W1111", speed="express")),
        ("I222", call("exchange_item", order_id="W1111", item_id="I222")),
        ("P111", call("refund_order", order_id="W1111", payment_id="P111")),
    ],
)
def test_a_refused_value_is_refused_for_its_order_in_the_shops_words(
    env: ToolEnv, value: str, request_made: ToolCall
) -> None:
    env.episode.state["refusals"] = {key("W1111", value): "no room, use van."}
    before = copy.deepcopy(env.episode.state)
    assert made(env, request_made) == ("Error: no room, use van.", True)
    assert env.episode.state == before


def test_a_value_that_is_refused_for_one_order_is_fine_for_another(env: ToolEnv) -> None:
    env.episode.state["refusals"] = {key("W2222", "express"): "no."}
    assert made(env, call("set_shipping", order_id="W1111", speed="express"))[1] is False


def test_a_speed_that_nobody_offers_is_refused(env: ToolEnv) -> None:
    refusal, error = made(env, call("set_shipping", order_id="W1111", speed="slow"))
    assert error
    assert "express" in refusal


def test_anybodys_payment_is_taken(env: ToolEnv) -> None:
    other = {"email": "leo22@mail.com", "payments": [{"payment_id": "P333", "kind": "card", "state": "closed"}]}
    env.episode.state["users"]["leo22@mail.com"] = other
    assert made(env, call("refund_order", order_id="W1111", payment_id="P333"))[1] is False


def test_what_a_model_reads_is_word_for_word_what_the_bundled_agent_was_trained_on(env: ToolEnv) -> None:
    """Rewording a docstring of a tool changes the prompts of every run; make the tiny agent anew if you must."""
    read = json.dumps([tool.schema for tool in env.tools.values()]) + env.system_prompt
    assert hashlib.sha256(read.encode()).hexdigest()[:12] == "212b3786c772"
