from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import gymnasium as gym
import pytest

from trace_gym import UserError, make_env
from trace_gym.env.parsing import render_call
from trace_gym.env.types import ToolCall
from trace_gym.targets.tau2 import IDS
from trace_gym.targets.tau2.env import Tau2Env

COUNTS = {
    "trace/Tau2Airline-v0": 50,
    "trace/Tau2Retail-v0": 114,
    "trace/Tau2Telecom-v0": 114,
    "trace/Tau2TelecomSolo-v0": 114,
}
FLOORS = {
    "trace/Tau2Airline-v0": 19,
    "trace/Tau2Retail-v0": 7,
    "trace/Tau2Telecom-v0": 0,
    "trace/Tau2TelecomSolo-v0": 0,
}
DONE = render_call(ToolCall("done", {}))


def finish(env: Tau2Env, index: int, turns: list[str]) -> float:
    env.reset(options={"index": index})
    for turn in turns:
        _, reward, terminated, truncated, _ = env.step(turn)
        if terminated or truncated:
            return float(reward)
    raise AssertionError("the episode goes on")


@pytest.mark.parametrize("env_id", IDS)
def test_the_reference_actions_score_one_on_every_task(env_id: str):
    env = make_env(env_id, split="all")
    assert env.task_count == COUNTS[env_id]
    rewards = []
    for index in range(COUNTS[env_id]):
        env.reset(options={"index": index})
        rewards.append(finish(env, index, env.oracle()))
    assert rewards == [1.0] * COUNTS[env_id]


@pytest.mark.parametrize("env_id", IDS)
def test_doing_nothing_scores_what_the_benchmark_pays_for_it(env_id: str):
    env = make_env(env_id, split="all")
    turn = DONE if env.solo else "Goodbye."
    assert sum(finish(env, index, [turn]) for index in range(COUNTS[env_id])) == FLOORS[env_id]


def test_splits_are_the_official_ones_and_ours_part_the_training_one():
    names = {split: set(Tau2Env(domain="airline", split=split).task_names) for split in Tau2Env.splits}
    assert len(names["official_train"]) == 30
    assert len(names["test"]) == 20
    assert names["mine"] | names["train"] | names["evaluate"] == names["official_train"]
    assert [len(names[split]) for split in ("mine", "train", "evaluate")] == [12, 9, 9]
    assert not names["official_train"] & names["test"]
    assert names["all"] == names["official_train"] | names["test"]


def test_one_task_can_be_asked_for_by_its_name():
    env = gym.make("trace/Tau2Retail-v0", task_id="3").unwrapped
    assert env.task_count == 1
    env.reset(seed=4)
    assert env.episode.task.name == "3"
    with pytest.raises(UserError, match="Unknown task '999'"):
        make_env("trace/Tau2Retail-v0", task_id="999")


@pytest.mark.parametrize(
    ("kwargs", "sentence"),
    [
        ({"domain": "bank"}, "Unknown domain 'bank'; expected one of airline, retail, telecom"),
        ({"domain": "airline", "solo": True}, "Only telecom has a solo mode"),
        ({"split": "dev"}, "Unknown split 'dev'"),
        ({"max_turns": 0}, "max_turns must be an integer >= 1"),
        ({"max_turns": float("nan")}, "max_turns must be an integer >= 1, got nan"),
        ({"domain": "telecom", "solo": True, "user_model": "m"}, "In solo mode there is no user for the model 'm'"),
        ({"user_model": "m", "user_base_url": None}, "user_base_url must be a text"),
        ({"user_model": "m", "user_temperature": float("nan")}, "user_temperature must be >= 0, got nan"),
    ],
)
def test_wrong_arguments_are_named(kwargs: dict[str, object], sentence: str):
    with pytest.raises(UserError, match=sentence):
        make_env("trace/Tau2Airline-v0", **kwargs)


def test_the_index_must_be_in_the_split():
    env = make_env("trace/Tau2Airline-v0", split="evaluate")
    with pytest.raises(ValueError, match="below 9, the tasks of split 'evaluate', got 9"):
        env.reset(options={"index": 9})


def test_a_conversation_that_reaches_the_limit_scores_nothing():
    env = make_env("trace/Tau2Airline-v0", split="all", max_turns=1)
    assert env.task_names[0] == "0"  # doing nothing solves it
    assert finish(make_env("trace/Tau2Airline-v0", split="all"), 0, ["Goodbye."]) == 1.0
    assert finish(env, 0, ["Which reservation?"]) == 0.0


def test_calls_show_what_the_benchmark_shows():
    env = make_env("trace/Tau2Airline-v0", task_id="3")
    env.reset(seed=0)
    user = json.loads(env.step(render_call(ToolCall("get_user_details", {"user_id": "anya_garcia_5901"})))[0])
    assert user["name"] == {"first_name": "Anya", "last_name": "Garcia"}
    missing = env.step(render_call(ToolCall("get_user_details", {"user_id": "nobody"})))[0]
    assert missing == "Error: User nobody not found"
    assert env.step(render_call(ToolCall("fly", {})))[0] == "Error: Tool 'fly' not found."
    assert env.step(render_call(ToolCall("calculate", {"expression": "(2 + 3) * 4"})))[0] == "20.0"
    assert "Power too high" in env.step(render_call(ToolCall("calculate", {"expression": "9**9**9"})))[0]


def test_a_write_is_gone_after_the_episode():
    env = make_env("trace/Tau2Retail-v0", split="all")
    for index in range(20):
        env.reset(options={"index": index})
        before = env.snapshot()
        assert before == {}
        for turn in env.oracle():
            env.step(turn)
    env.reset(options={"index": 0})
    assert env.snapshot() == {}


@pytest.mark.parametrize("env_id", IDS)
def test_eight_at_once_in_threads_show_what_one_shows(env_id: str):
    def played(env: Tau2Env) -> list[str]:
        seen = []
        for index in range(6):
            env.reset(options={"index": index})
            seen += [str(env.step(turn)) for turn in env.oracle()]
        return seen

    alone = played(make_env(env_id, split="test"))
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(played, [make_env(env_id, split="test") for _ in range(8)])) == [alone] * 8


def test_eight_processes_show_what_one_shows():
    env_id = "trace/Tau2Telecom-v0"
    kwargs = {"shared_memory": True, "context": "spawn"}
    vector = gym.make_vec(env_id, 8, vectorization_mode="async", vector_kwargs=kwargs)
    try:
        vector.action_space.seed(3)
        singles = [gym.make(env_id) for _ in range(8)]
        assert vector.reset(seed=1)[0] == tuple(env.reset(seed=1 + i)[0] for i, env in enumerate(singles))
        for _ in range(4):
            actions = vector.action_space.sample()
            assert vector.step(actions)[0] == tuple(
                env.step(action)[0] for env, action in zip(singles, actions, strict=True)
            )
    finally:
        vector.close()


def test_without_the_benchmark_one_sentence_says_what_to_install(monkeypatch):
    from trace_gym.targets.tau2 import upstream

    monkeypatch.setattr(upstream, "_NAMES", ("no_such_package",))
    upstream.package_name.cache_clear()
    try:
        with pytest.raises(UserError, match=r"tau2-bench is not installed; run: pip install 'trace-gym\[tau2\]'"):
            upstream.package_name()
    finally:
        upstream.package_name.cache_clear()


def test_data_that_is_not_there_is_named(monkeypatch, tmp_path):
    from trace_gym.targets.tau2 import upstream

    with pytest.raises(UserError, match=r"no_such\.md: no such file"):
        upstream.data_text("domains", "airline", "no_such.md")
    upstream.package_name()  # found before its folder is hidden
    monkeypatch.setattr(upstream, "_folder", lambda name: None if name == "inspect_evals" else tmp_path)
    upstream.data_folder.cache_clear()
    try:
        with pytest.raises(UserError, match="data is not there; set TAU2_DATA_DIR"):
            upstream.data_folder()
        monkeypatch.setenv("TAU2_DATA_DIR", str(tmp_path))
        with pytest.raises(UserError, match=r"^TAU2_DATA_DIR is .*, without domains/airline/tasks\.json; mend"):
            upstream.data_folder()
    finally:
        upstream.data_folder.cache_clear()


def test_a_bill_that_has_to_be_made_has_the_same_number_each_time():
    shown = []
    for _ in range(2):
        env = make_env("trace/Tau2Telecom-v0", split="all")
        env.reset(options={"index": 0})
        refuel = {"customer_id": "C1002", "line_id": "L1004", "gb_amount": 1}
        calls = [ToolCall("refuel_data", refuel), ToolCall("get_customer_by_id", {"customer_id": "C1002"})]
        known = {bill.bill_id for bill in env.world.env.tools.db.bills}
        shown.append((env.step("".join(map(render_call, calls)))[0], env.snapshot()))
        (made,) = {bill.bill_id for bill in env.world.env.tools.db.bills} - known
        assert made in shown[-1][0]
    assert shown[0] == shown[1]


def test_a_number_too_long_to_be_written_is_an_error_and_the_episode_goes_on():
    env = make_env("trace/Tau2Airline-v0", split="all")
    env.reset(options={"index": 0})
    bags = {"reservation_id": "VAAOXJ", "total_baggages": 10**4300 - 1, "nonfree_baggages": 10**4300 - 1}
    call = ToolCall("update_reservation_baggages", {**bags, "payment_id": "credit_card_1052991"})
    assert "integer string conversion" in env.step(render_call(call))[0]
    assert env.episode.calls[-1].error
    _, reward, terminated, _, info = env.step("Goodbye.")
    assert (reward, terminated, info["reward_terms"]["db"]) == (0.0, True, 0.0)


@pytest.mark.parametrize(
    "words", ["toggle_data(" + "a" * 65_000 + ")", "set " * 16_000, "disable " * 8_000, "?" * 65_000]
)
def test_of_long_messages_only_the_beginning_is_read(words: str):
    env = make_env("trace/Tau2Telecom-v0", split="all")
    env.reset(options={"index": 0})
    env.step(f"{words} Use toggle_roaming().")  # whole, it took 46 s
    assert "toggle_roaming" not in {call.name for call in env.world.calls}
    env.reset(options={"index": 0})
    env.step(f"Use toggle_roaming(). {words}")
    assert "toggle_roaming" in {call.name for call in env.world.calls}
