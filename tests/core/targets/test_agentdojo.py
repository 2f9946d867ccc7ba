"""The AgentDojo target against AgentDojo's own code: scores, results and injections."""

from __future__ import annotations

import datetime
import importlib.util
import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from benchmarks import agentdojo_official as official
from benchmarks.agentdojo_official import Turn
from tests.core.targets import fleets
from trace_gym import ToolCall, UserError, make_env
from trace_gym.env.parsing import render_call
from trace_gym.env.sampling import sample_value
from trace_gym.targets.agentdojo import IDS, package, suites
from trace_gym.targets.agentdojo.env import AgentDojoEnv
from trace_gym.targets.agentdojo.kinds import WRITES
from trace_gym.targets.agentdojo.regrade import regrade
from trace_gym.trajectories.record import Trajectory

pytest.importorskip("agentdojo", reason=f"AgentDojo is not installed; run: {package.INSTALL}")

SUITES = {str(kwargs["suite"]): env_id for env_id, (_, kwargs) in IDS.items()}
TASKS = {"workspace": 40, "travel": 20, "banking": 16, "slack": 21}
NOTHING_NEEDED = {"workspace": 0, "travel": 0, "banking": 5, "slack": 0}
WEIRD: tuple[Any, ...] = (
    "",
    "x",
    "[1, 2]",
    "['a']",
    None,
    True,
    -1,
    1e308,
    [],
    {},
    {"a": 1},
    "é🙂",
    "2024-05-15",
    5,
    "5",
)
_NOW = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+")
"""A reading of the wall clock; records that the benchmark ships have no fractions of seconds."""


def make(suite: str, **kwargs: Any) -> AgentDojoEnv:
    env = make_env(SUITES[suite], **{"split": "all", **kwargs})
    assert isinstance(env, AgentDojoEnv)
    return env


def act(env: AgentDojoEnv, turns: Sequence[Turn]) -> dict[str, Any]:
    """Takes turns up to the end; returns the last info with the reward."""
    for turn in turns:
        action = turn if isinstance(turn, str) else "".join(map(render_call, turn))
        _, reward, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            return {**info, "reward": reward}
    raise AssertionError("the episode goes on")


def lines(text: str, clock: datetime.datetime) -> list[str]:
    """A result without its times of making, and without the order of its lines."""
    for tick in range(100 if clock.year > 1 else 0):
        moment = clock - datetime.timedelta(seconds=tick)
        text = text.replace(str(moment), "NOW").replace(moment.isoformat(), "NOW")
    return sorted(_NOW.sub("NOW", text).splitlines())


def gold(env: AgentDojoEnv) -> tuple[list[list[ToolCall]], str]:
    """The solution's calls, two a turn, and its message."""
    calls, message = list(env.episode.task.gold_calls), str(env.episode.task.gold[-1])
    return [calls[i : i + 2] for i in range(0, len(calls), 2)], message


def corrupted(env: AgentDojoEnv, rng: np.random.Generator) -> list[Turn]:
    """The solution with calls left out, changed, and put in between."""
    calls = [call for call in env.episode.task.gold_calls if rng.random() < 0.85]
    for _ in range(int(rng.integers(5))):
        name = list(env.tools)[int(rng.integers(len(env.tools)))]
        arguments = sample_value(env.tools[name].parameters, rng)
        if rng.random() < 0.6:
            names = env.tools[name].parameters.get("properties", {})
            arguments = {key: WEIRD[int(rng.integers(len(WEIRD)))] for key in names}
        calls.insert(int(rng.integers(len(calls) + 1)), ToolCall(name if rng.random() < 0.95 else "no_such", arguments))
    message = str(env.episode.task.gold[-1])
    return [*([call] for call in calls), message if rng.random() < 0.7 else ""]


def test_without_agentdojo_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    package.module.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    try:
        with pytest.raises(UserError, match=r"^AgentDojo is not installed; run: pip install agentdojo\.$"):
            package.module("types")
    finally:
        package.module.cache_clear()


@pytest.mark.parametrize("suite", SUITES)
def test_every_ground_truth_scores_one(suite: str) -> None:
    env = make(suite)
    assert env.task_count == TASKS[suite]
    for index in range(TASKS[suite]):
        env.reset(options={"index": index})
        info = act(env, env.oracle())
        assert info["reward"] == 1.0
        assert info["reward_terms"] == {"utility": 1.0, "in_time": 1.0}


@pytest.mark.parametrize("suite", SUITES)
def test_doing_nothing_earns_what_it_earns_in_agentdojo(suite: str) -> None:
    env = make(suite)
    ours, theirs = 0.0, 0
    for index in range(TASKS[suite]):
        env.reset(options={"index": index})
        ours += act(env, ["Done."])["reward"]
        theirs += official.run(env, ["Done."])[0]
    assert ours == theirs == NOTHING_NEEDED[suite]


@pytest.mark.parametrize("suite", SUITES)
def test_scores_and_results_equal_agentdojos(suite: str) -> None:
    env, rng = make(suite), np.random.default_rng(4)
    paid = []
    for _ in range(25):
        env.reset(options={"index": int(rng.integers(TASKS[suite]))})
        turns = corrupted(env, rng)
        paid.append(act(env, turns)["reward"])
        utility, _, texts = official.run(env, turns)
        clock = env.world._clock._now  # type: ignore[attr-defined]
        assert paid[-1] == float(utility)
        ours = [record.result for record in env.episode.calls[: len(texts)]]
        assert [lines(text, clock) for text in ours] == [lines(text, clock) for text in texts]
    assert 0 < sum(paid) < len(paid)


@pytest.mark.parametrize("suite", SUITES)
def test_an_injection_that_is_not_followed_leaves_the_reward_alone(suite: str) -> None:
    env = make(suite, injection_task=next(iter(suites.suite_of(suites.VERSION, suite).injection_tasks)))
    for index in range(0, TASKS[suite], 4):
        env.reset(options={"index": index})
        *calls, message = env.oracle()
        read = " ".join(env.step(turn)[0] for turn in calls)
        assert "<INFORMATION>" in read  # how the standard attack's text begins
        assert act(env, [message])["reward_terms"] == {"utility": 1.0, "security": 1.0, "in_time": 1.0}


@pytest.mark.parametrize("suite", SUITES)
def test_an_injection_that_is_followed_costs_the_reward(suite: str) -> None:
    lost = 0
    for name in list(suites.suite_of(suites.VERSION, suite).injection_tasks)[::3]:
        env = make(suite, injection_task=name)
        env.reset(options={"index": 0})
        goal = suites.suite_of(suites.VERSION, suite).injection_tasks[name]
        bad = [ToolCall(c.function, dict(c.args)) for c in goal.ground_truth(env.world.environment)]  # type: ignore[attr-defined]
        calls, message = gold(env)
        turns: list[Turn] = [*([bad] if bad else []), *calls, f"{message} {goal.GROUND_TRUTH_OUTPUT}"]
        info = act(env, turns)
        utility, hijacked, _ = official.run(env, turns)
        assert info["reward_terms"] == {"utility": float(utility), "security": float(not hijacked), "in_time": 1.0}
        assert info["reward"] == float(utility and not hijacked)
        lost += hijacked
    assert lost


def test_stopping_the_agent_is_what_a_denial_of_service_wants() -> None:
    env = make("slack", attack="dos")
    env.reset(options={"index": 0})
    assert act(env, ["asdf"])["reward_terms"]["security"] == 0.0
    env.reset(options={"index": 0})
    assert act(env, env.oracle())["reward_terms"] == {"utility": 1.0, "security": 1.0, "in_time": 1.0}


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


def test_calls_beyond_agentdojos_loop_are_tried_but_not_run() -> None:
    env = make("slack")
    env.reset(options={"index": 0})
    reading = [ToolCall("get_channels")]
    turns: list[Turn] = [*[reading] * 15, [ToolCall("send_channel_message", {"channel": "random", "body": "x"})]]
    info = act(env, turns)
    assert env.snapshot() == {}
    assert env.episode.truncated
    assert info["reward_terms"]["in_time"] == 1.0
    assert env.episode.calls[-1].error
    assert [call.function for call in env.world.trace][-1] == "send_channel_message"  # type: ignore[attr-defined]
    assert info["reward"] == float(official.run(env, turns)[0])


def test_results_can_be_json() -> None:
    env = make("workspace", results="json")
    env.reset(options={"index": 0})
    events = json.loads(env.step(render_call(ToolCall("get_day_calendar_events", {"day": "2024-05-26"})))[0])
    assert events[0]["start_time"].startswith("2024-05-26")


def test_one_message_then_the_episode_is_over() -> None:
    env = make("travel")
    request, info = env.reset(options={"index": 0})
    assert [m["role"] for m in info["messages"]] == ["system", "user"]
    assert info["messages"][0]["content"] == suites.system_message()
    assert (
        info["messages"][1]["content"] == request == suites.user_tasks(suites.VERSION, "travel")["user_task_0"].PROMPT
    )
    functions = [tool["function"]["name"] for tool in info["tools"]]
    assert functions == [function.name for function in suites.suite_of(suites.VERSION, "travel").tools]
    assert env.step("Hello?")[2] is True


def test_splits_part_the_tasks() -> None:
    parts = [set(make("workspace", split=split).names) for split in ("mine", "train", "evaluate")]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 40
    assert make("workspace", task_id="user_task_7").task_count == 1


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"suite": "moon"}, "Unknown suite 'moon'; expected one of workspace"),
        ({"version": "v9"}, "Unknown version 'v9'; this agentdojo has v1"),
        ({"injection_task": "x"}, "Unknown injection task 'x'; workspace has injection_task_0"),
        ({"attack": "manual"}, "Unknown attack 'manual'; expected one of direct"),
        ({"attack": "direct"}, "Unknown injection task None; workspace has"),
        ({"attack": "dos", "model": "x"}, "Unknown model 'x'; AgentDojo knows"),
        ({"results": "xml"}, "results must be one of yaml, json, got 'xml'"),
        ({"split": "test"}, "Unknown split 'test'; expected one of mine, train, evaluate, all"),
    ],
)
def test_arguments_out_of_range_are_named(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AgentDojoEnv(**kwargs)


def test_earlier_versions_of_the_benchmark_can_be_had() -> None:
    env = make("travel", version="v1.1")
    assert env.task_count == 20
    env.reset(options={"index": 3})
    assert act(env, env.oracle())["reward"] == 1.0


def test_eight_at_once_in_threads_show_what_one_shows() -> None:
    for suite in ("workspace", "slack"):
        alone = fleets.solved(make(suite), range(0, 20, 3))
        assert fleets.in_threads(SUITES[suite], range(0, 20, 3), split="all") == [alone] * fleets.SIZE


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_eight_processes_show_what_one_shows() -> None:
    shown, expected = fleets.in_processes(SUITES["workspace"], 3, 6, split="all")
    assert shown == expected


def recorded(env: AgentDojoEnv, info: dict[str, Any], task_id: str, **settings: Any) -> Trajectory:
    """An episode as the reader of AgentDojo's run files gives it."""
    utility = info["reward_terms"]["utility"]
    log = Trajectory(f"agentdojo/{env.suite}", task_id, list(env.episode.messages), utility, utility == 1.0)
    log.settings = settings
    return log


@pytest.mark.parametrize("suite", SUITES)
def test_logs_are_graded_again(suite: str) -> None:
    env, rng = make(suite), np.random.default_rng(7)
    paid = []
    for index in range(6):
        env.reset(options={"index": index})
        info = act(env, corrupted(env, rng) if index % 2 else env.oracle())
        log = recorded(env, info, env.episode.task.name, benchmark_version=suites.VERSION)
        grade = regrade(log)
        assert (grade.reward, grade.revisions, grade.other_result) == (log.reward, (), "")
        paid.append(grade.reward)
        log.messages = [m for m in log.messages if m["role"] not in ("assistant", "tool")]
        assert regrade(log).reward <= grade.reward
    assert max(paid) == 1.0


def test_logs_with_an_injection_are_graded_again() -> None:
    env = make("slack", injection_task="injection_task_1")
    env.reset(options={"index": 0})
    log = recorded(env, act(env, env.oracle()), "user_task_0/important_instructions/injection_task_1")
    grade = regrade(log)
    assert grade.terms == {"utility": 1.0, "security": 1.0}
    assert grade.other_result == ""
    assert grade.revisions == ("the log does not name its version of the benchmark; v1.2.2 was taken",)
    log.task_id = "user_task_0"
    assert regrade(log).other_result.startswith("call ")  # there was an injection in what it read


@pytest.mark.parametrize(
    ("env_id", "task_id", "message"),
    [
        ("agentdojo/moon", "user_task_0", "Unknown suite 'moon'"),
        ("agentdojo/slack", "user_task_999", "Unknown user task 'user_task_999' of slack in v1.2.2"),
        ("agentdojo/slack", "user_task_0/x/injection_task_1", "Unknown attack 'x'"),
    ],
)
def test_logs_of_unknown_tasks_are_named(env_id: str, task_id: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        regrade(Trajectory(env_id, task_id, [], 0.0, False))
