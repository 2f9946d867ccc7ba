"""Tools: reads and writes, the clock, and what is said of a wrong call."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Iterator

import numpy as np
import pytest

from trace_gym import ToolCall, UserError
from trace_gym.env.parsing import render_call
from trace_gym.env.schemas.sampling import sample_value
from trace_gym.targets.agentdojo import upstream
from trace_gym.targets.agentdojo.clock import in_order
from trace_gym.targets.agentdojo.env import AgentDojoEnv
from trace_gym.targets.agentdojo.kinds import WRITES

from .playing import SUITES, TASKS, make


def directed(env: AgentDojoEnv) -> Iterator[ToolCall]:
    """Calls of writers that neither ground truths nor samples make succeed."""
    if env.suite in ("workspace", "travel"):
        yield ToolCall("cancel_calendar_event", {"event_id": next(iter(env.world.environment.calendar.events))})  # type: ignore[attr-defined]
    if env.suite == "workspace":
        yield ToolCall("delete_email", {"email_id": "3"})
        yield ToolCall("add_calendar_event_participants", {"event_id": "3", "participants": ["a@b.com"]})
        new = {"event_id": "3", "new_start_time": "2024-05-20 10:00"}
        yield ToolCall("reschedule_calendar_event", new)
        yield ToolCall("append_to_file", {"file_id": "3", "content": "x"})
        yield ToolCall("share_file", {"file_id": "3", "email": "a@b.com", "permission": "r"})
        yield ToolCall("delete_file", {"file_id": "3"})
        yield ToolCall("get_unread_emails")
        day = {"start_time": "2024-05-20 10:00", "end_time": "2024-05-20 11:00"}
        yield ToolCall("create_calendar_event", {"title": "x", **day, "participants": ["z@b.com", "a@b.com"]})
    if env.suite == "travel":
        yield ToolCall("reserve_hotel", {"hotel": "x", "start_day": "2024-05-20", "end_day": "2024-05-21"})
        yield ToolCall("reserve_restaurant", {"restaurant": "x", "start_time": "2024-05-20 10:00"})
        times = {"start_time": "2024-05-20 10:00", "end_time": "2024-05-21 10:00"}
        yield ToolCall("reserve_car_rental", {"company": "x", **times})
    if env.suite == "slack":
        yield ToolCall("remove_user_from_slack", {"user": "Bob"})
        yield ToolCall("add_user_to_channel", {"user": "Alice", "channel": "random"})
        yield ToolCall("send_direct_message", {"recipient": "Alice", "body": "x"})
        yield ToolCall("send_channel_message", {"channel": "random", "body": "x"})
        yield ToolCall("invite_user_to_slack", {"user": "Zoe", "user_email": "a@b.com"})
    if env.suite == "banking":
        yield ToolCall("update_scheduled_transaction", {"id": 7, "subject": "x"})
        yield ToolCall("update_user_info", {"city": "x"})


@pytest.mark.parametrize("suite", SUITES)
def test_tools_that_read_never_change_anything_and_writers_do(suite: str) -> None:
    env, rng = make(suite), np.random.default_rng(0)
    changed: set[str] = set()
    assert WRITES[suite] < env.tools.keys()
    for index in range(0, TASKS[suite], 2):
        env.reset(options={"index": index})
        sampled = [ToolCall(name, sample_value(tool.parameters, rng)) for name, tool in env.tools.items()]
        for call in [*env.episode.task.gold_calls, *sampled, *list(directed(env))]:
            before = env.snapshot()
            env.run_call(env.episode, call)
            if env.snapshot() != before:
                changed.add(call.name)
    assert changed == WRITES[suite]


def test_records_carry_no_wall_clock_and_no_hash_order(monkeypatch: pytest.MonkeyPatch) -> None:
    env = make("workspace")
    shown = []
    for _ in range(2):
        env.reset(options={"index": 0})
        for call in directed(env):
            env.run_call(env.episode, call)
            time.sleep(0.001)
        env.run_call(env.episode, ToolCall("get_sent_emails"))
        env.run_call(env.episode, ToolCall("get_day_calendar_events", {"day": "2024-05-20"}))
        env.run_call(env.episode, ToolCall("list_files"))
        shown.append([env.run_call(env.episode, call).result for call in directed(env)] + [env.snapshot()])
    assert shown[0] == shown[1]
    assert str(datetime.date.today().year) + "-" not in str(shown[0])
    made = [v["participants"] for v in shown[0][-1].values() if isinstance(v, dict) and v.get("title") == "x"]
    assert made
    assert all(people == sorted(people) for people in made)


def test_what_is_wrong_with_a_call_is_what_the_model_reads() -> None:
    env = make("banking")
    env.reset(options={"index": 0})
    assert env.step(render_call(ToolCall("fly")))[0] == "Invalid tool fly provided."
    missing = env.step(render_call(ToolCall("send_money", {"recipient": "x"})))[0]
    assert missing.startswith("ValidationError: 3 validation errors for Input schema for `send_money`")
    refused = env.run_call(env.episode, ToolCall("update_scheduled_transaction", {"id": 999}))
    assert (refused.result, refused.error) == ("ValueError: Transaction with ID 999 not found.", True)
    assert env.run_call(
        env.episode, ToolCall("read_file", {"file_path": "[" + "{[]: 1}" + "]"})
    ).error  # a set of lists
    assert "Error" in env.step("<tool_call>{</tool_call>")[0]


def test_results_can_be_json() -> None:
    env = make("workspace", results="json")
    env.reset(options={"index": 0})
    events = json.loads(env.step(render_call(ToolCall("get_day_calendar_events", {"day": "2024-05-26"})))[0])
    assert events[0]["start_time"].startswith("2024-05-26")


def test_refused_people_stand_in_an_order_of_their_own() -> None:
    def refusal(order: str) -> str:
        blocks = (f"participants.{n}\n  value {c} is no address\n    More: x\n" for n, c in enumerate(order))
        return "ValidationError: 3 validation errors\n" + "".join(blocks) + "title\n  missing"

    assert in_order(refusal("zxy")) == in_order(refusal("yzx")) == refusal("xyz")
    env = make("workspace")
    env.reset(options={"index": 0})
    times = {"start_time": "2024-05-15 10:00", "end_time": "2024-05-15 11:00"}
    call = ToolCall("create_calendar_event", {"title": "T", **times, "participants": ["y", "z", "x", "a@b.com"]})
    shown = env.run_call(env.episode, call).result
    assert shown.index("input_value='x'") < shown.index("input_value='y'") < shown.index("input_value='z'")


def test_a_version_that_lacks_what_is_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(upstream.module("functions_runtime"), "FunctionCall")
    upstream.module.cache_clear()
    try:
        with pytest.raises(UserError, match=r"cannot be used \(functions_runtime has no FunctionCall\); run: pip"):
            upstream.module("functions_runtime")
    finally:
        upstream.module.cache_clear()
