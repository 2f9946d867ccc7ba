"""Drawing a case's values, and environments made of cases."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace_gym.env.seeding import SPLITS
from trace_gym.env.tools import tool
from trace_gym.synthetic.case_env import CaseEnv
from trace_gym.synthetic.cases import draw_amounts, instantiate
from trace_gym.synthetic.value_shapes import draw_id

ORDER = {"kind": "id", "segments": [{"text": "W"}, {"digits": 2}]}
NAME = {"type": "string", "description": "the order"}
PARAMETERS = {"type": "object", "properties": {"order_id": NAME}, "required": ["order_id"]}


def schema(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "description": name, "parameters": PARAMETERS}}


def entry(name: str, kind: str) -> dict[str, Any]:
    record = {"kind": "object", "fields": {"status": {"kind": "choice", "values": ["pending"]}}}
    return {
        "name": name,
        "kind": kind,
        "schema": schema(name),
        "arguments": {"order_id": ORDER},
        "result": record,
        "missing": "no order {order_id}.",
    }


CASE = {
    "request": "Cancel <<0>>, and leave <<1>> alone.",
    "tables": {"look": {"<<0>>": {"status": "pending", "total": {"amount": 0}}}},
    "refusals": {},
    "gold": [
        {"name": "look", "arguments": {"order_id": "<<0>>"}},
        {"name": "cancel", "arguments": {"order_id": "<<0>>"}},
    ],
    "facts": [{"value": "<#0#>", "unless": [], "about": "<<0>>"}],
    "answers": [],
    "reply": "<<0>>: <#0#>.",
    "identifiers": [ORDER, ORDER],
    "amounts": [45],
}


class OneCase(CaseEnv):
    blueprint: ClassVar[dict[str, Any]] = {
        "capability": {"name": "precondition_verification"},
        "guidelines": "Look first.",
        "json_style": "compact",
        "tools": [entry("look", "read"), entry("cancel", "write")],
        "roles": {"cases": [CASE], "levels": [[0], [0], [0]], "exercises": "precondition_check"},
    }

    @tool(kind="read", schema=schema("look"))
    def look(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.look_up(state, "look", arguments)

    @tool(kind="write", schema=schema("cancel"))
    def cancel(self, state: dict[str, Any], /, **arguments: Any) -> str:
        return self.change(state, "cancel", arguments)


@given(st.sets(st.integers(10, 9999), max_size=12), st.integers(0, 1000))
def test_amounts_keep_their_order_and_their_digits(amounts: set[int], seed: int) -> None:
    ordered = sorted(amounts)
    drawn = draw_amounts(ordered, np.random.default_rng(seed))
    assert drawn == sorted(set(drawn))
    assert [len(str(value)) for value in drawn] == [len(str(value)) for value in ordered]


def test_the_same_generator_draws_the_same_case() -> None:
    first, second = (instantiate(CASE, np.random.default_rng(3), "train") for _ in range(2))
    assert first == second
    assert first != instantiate(CASE, np.random.default_rng(4), "train")
    assert CASE["request"] == "Cancel <<0>>, and leave <<1>> alone."


@pytest.mark.parametrize("split", SPLITS)
def test_letters_and_digits_mixed_differ_by_split_too(split: str) -> None:
    shape = {"kind": "id", "segments": [{"characters": "ABCDEFG123", "length": 6}]}
    rng = np.random.default_rng(0)
    drawn = {draw_id(shape, rng, split) for _ in range(200)}
    others = [other for other in SPLITS if other != split]
    for other in others:
        assert not drawn & {draw_id(shape, rng, other) for _ in range(200)}


def played(*turns: str) -> tuple[float, dict[str, float]]:
    env = OneCase()
    env.reset(options={"index": 5})
    [order] = env.episode.task.state["tables"]["look"].keys() - {env.episode.task.request.split()[4]}
    total = env.episode.task.facts[0].value
    reward, info = 0.0, {}
    for turn in turns:
        text = turn.format(order=order, total=total)
        if text.startswith(("look", "cancel")):
            name = text.split()[0]
            text = f'<tool_call>{{"name": "{name}", "arguments": {{"order_id": "{text.split()[1]}"}}}}</tool_call>'
        _, reward, _, _, info = env.step(text)
    return reward, info["reward_terms"]


def test_the_solution_earns_all() -> None:
    assert played("look {order}", "cancel {order}", "It cost {total}.")[0] == 1.0


def test_exercising_alone_earns_its_share() -> None:
    reward, terms = played("look {order}", "cancel {order}", "Done.")
    assert reward == pytest.approx(0.4)
    assert (terms["exercised"], terms["communicated"], terms["conduct"]) == (1.0, 0.0, 1.0)


def test_writing_before_reading_is_bad_conduct() -> None:
    reward, terms = played("cancel {order}", "look {order}", "It cost {total}.")
    assert (reward, terms["conduct"], terms["outcome"]) == (0.0, 0.0, 1.0)


def test_a_record_that_only_the_request_names_can_be_looked_up() -> None:
    env = OneCase()
    env.reset(options={"index": 5})
    alone = env.episode.task.request.split()[4]
    observation, *_ = env.step(f'<tool_call>{{"name": "look", "arguments": {{"order_id": "{alone}"}}}}</tool_call>')
    assert observation == '{"status":"pending"}'
