"""The base of emitted environments."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import pytest

from trace_gym import Fact, ToolError, tool
from trace_gym.env.episode import Episode
from trace_gym.env.parsing import render_call
from trace_gym.synthetic import env as module
from trace_gym.synthetic.env import Blueprint, Part, SyntheticEnv, TaskBuilder

from ..helpers import call
from .blueprints import BLUEPRINT, GET_ORDER, SEND_MAIL, SET_STATUS

State = dict[str, Any]


class Reporting(SyntheticEnv):
    """Asks for an order's status."""

    blueprint = BLUEPRINT

    @tool(kind="read", schema=GET_ORDER["schema"])
    def tool_get_order(self, state: State, /, **arguments: Any) -> str:
        return self.look_up(state, "get_order", arguments)

    @tool(kind="write", schema=SET_STATUS["schema"])
    def tool_set_status(self, state: State, /, **arguments: Any) -> str:
        return self.change(state, "set_status", arguments)

    @tool(kind="write", schema=SEND_MAIL["schema"])
    def tool_send_mail(self, state: State, /, **arguments: Any) -> str:
        return self.change(state, "send_mail", arguments)

    def draw_part(self, builder: TaskBuilder, difficulty: int) -> Part:
        arguments = builder.arguments("get_order", {})
        record = builder.add_record("get_order", arguments)
        subject = arguments["order_id"]
        status = record["status"]
        return Part(
            request=f"What is the status of {subject}?",
            calls=(call("get_order", order_id=subject),),
            reply=f"{subject} is {status}.",
            facts=(Fact(status, about=subject),),
        )

    def exercised(self, episode: Episode) -> float:
        return float(any(not record.error for record in episode.calls))


class Spaced(Reporting):
    """The same for a target that writes JSON with spaces."""

    blueprint: ClassVar[Blueprint] = {**BLUEPRINT, "json_style": "spaced"}


class Echoing(Reporting):
    """The same for a target whose write returns the changed record."""

    blueprint: ClassVar[Blueprint] = {
        **BLUEPRINT,
        "tools": [GET_ORDER, {**SET_STATUS, "echoes_record": True}, SEND_MAIL],
    }


def state(**refusals: Any) -> State:
    record = {"order_id": "W12", "status": "pending", "notes": ["é"]}
    return {"tables": {"get_order": {"W12": record}}, "ledger": {}, "refusals": refusals}


def test_emitted_modules_find_every_name_they_import() -> None:
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


def test_the_guidelines_are_the_system_message() -> None:
    _, info = Reporting().reset(seed=0)
    assert info["messages"][0]["content"] == "Look before you answer."


def test_a_lookup_returns_the_record_as_the_target_writes_it() -> None:
    assert Reporting().look_up(state(), "get_order", {"order_id": "W12"}) == (
        '{"order_id":"W12","status":"pending","notes":["é"]}'
    )
    assert Spaced().look_up(state(), "get_order", {"order_id": "W12"}) == (
        '{"order_id": "W12", "status": "pending", "notes": ["é"]}'
    )


@pytest.mark.parametrize("tables", [{}, {"get_order": {}}, {"get_order": {"W12": {}}}])
def test_a_lookup_without_a_record_is_refused_in_the_target_s_words(tables: dict[str, Any]) -> None:
    with pytest.raises(ToolError, match=r"^no order W99\.$"):
        Reporting().look_up({"tables": tables}, "get_order", {"order_id": "W99"})


def test_a_write_is_entered_and_changes_its_record() -> None:
    after = state()
    result = Reporting().change(after, "set_status", {"order_id": "W12", "status": "shipped"})
    assert result == "W12 is shipped."
    assert after["tables"]["get_order"]["W12"]["status"] == "shipped"
    assert after["ledger"] == {'set_status({"order_id": "W12", "status": "shipped"})': True}


def test_a_write_may_return_the_changed_record() -> None:
    result = Echoing().change(state(), "set_status", {"order_id": "W12", "status": "shipped"})
    assert result == '{"order_id":"W12","status":"shipped","notes":["é"]}'


@pytest.mark.parametrize("record", ["a text", ["a list"], None])
def test_a_write_leaves_records_without_fields_alone(record: Any) -> None:
    after = state()
    after["tables"]["get_order"]["W12"] = record
    Reporting().change(after, "set_status", {"order_id": "W12", "status": "shipped"})
    assert after["tables"]["get_order"]["W12"] == record
    assert len(after["ledger"]) == 1


def test_a_write_about_something_unknown_still_leaves_an_entry() -> None:
    after = state()
    assert Reporting().change(after, "set_status", {"order_id": "W99", "status": "shipped"}) == "W99 is shipped."
    assert after["tables"] == state()["tables"]
    assert len(after["ledger"]) == 1


def test_a_write_without_an_effect_leaves_an_entry() -> None:
    after = state()
    assert Reporting().change(after, "send_mail", {"text": "Hi"}) == '{"sent":true}'
    assert after["ledger"] == {"send_mail(Hi)": True}


@pytest.mark.parametrize("once", [True, False])
def test_a_refused_write_changes_nothing_the_first_time_or_always(once: bool) -> None:
    env = Reporting()
    given = state(**{"send_mail(Hi)": {"message": "no connection.", "once": once}})
    tables = copy.deepcopy(given["tables"])
    with pytest.raises(ToolError, match=r"^no connection\.$"):
        env.change(given, "send_mail", {"text": "Hi"})
    assert (given["tables"], given["ledger"]) == (tables, {})
    assert env.change(given, "send_mail", {"text": "Hello"}) == '{"sent":true}'

    if once:
        assert env.change(given, "send_mail", {"text": "Hi"}) == '{"sent":true}'
    else:
        with pytest.raises(ToolError, match="no connection"):
            env.change(given, "send_mail", {"text": "Hi"})


@pytest.mark.parametrize("level", [1, 2, 3])
def test_a_task_joins_a_part_per_level(level: int) -> None:
    env = Reporting(difficulty=level)
    observation, _ = env.reset(seed=0)
    task = env.episode.task
    assert observation.count("What is the status of") == len(task.gold_calls) == len(task.facts) == level
    assert observation.count(" Also: ") == level - 1
    assert task.needs == ("reporting",)
    assert set(task.state) == {"tables", "ledger", "refusals"}


@pytest.mark.parametrize("split", ["mine", "train", "evaluate", "demo"])
def test_the_oracle_is_paid_in_full(split: str) -> None:
    env = Reporting(split=split, difficulty=3)
    for index in range(10):
        env.reset(options={"index": index})
        for turn in env.oracle():
            _, reward, terminated, _, info = env.step(turn)
        assert terminated
        assert info["reward_terms"]["exercised"] == 1.0
        assert reward == 1.0


def test_exercising_alone_is_paid_a_fifth() -> None:
    env = Reporting()
    env.reset(seed=0)
    env.step(render_call(env.episode.task.gold_calls[0]))
    _, reward, *_ = env.step("I do not know.")
    assert reward == pytest.approx(0.2)


def test_damage_takes_everything() -> None:
    env = Reporting()
    env.reset(seed=0)
    env.step(render_call(call("send_mail", text="Hi")))
    gold = env.oracle()
    for turn in gold:
        _, reward, *_ = env.step(turn)
    assert reward == 0.0
