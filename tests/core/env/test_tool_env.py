"""The environment contract, on the service desk."""

from __future__ import annotations

import copy
import json
from typing import Any

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from trace_gym import SPLITS, ToolEnv, UserError
from trace_gym.env.parsing import render_call
from trace_gym.env.user import GOODBYE
from trace_gym.targets.service_desk.env import ServiceDesk

from ..helpers import DESK, call, desk, play_oracle, python
from .test_parsing import call_pieces, json_values

LOOK = render_call(call("get_order", order_id="W0"))
_TRANSCRIPT = """
import json
from trace_gym import make_env
rows = []
for split in ("mine", "evaluate"):
    for difficulty in (1, 2, 3):
        env = make_env("trace/ServiceDesk-v0", split=split, difficulty=difficulty)
        for seed in range(6):
            rows.append(env.reset(seed=seed))
            rows += [env.step(action) for action in env.oracle()]
print(json.dumps(rows))
"""


@pytest.fixture
def env() -> ToolEnv:
    """A started episode."""
    made = desk()
    made.reset(options={"index": 0})
    return made


@pytest.mark.parametrize("split", SPLITS)
def test_gymnasium_has_nothing_to_say(split: str) -> None:
    check_env(gym.make(DESK, split=split, disable_env_checker=True).unwrapped)


def test_the_wrapped_environment_plays() -> None:
    wrapped = gym.make(DESK)
    wrapped.reset(seed=0)
    for action in wrapped.unwrapped.oracle():
        _, reward, terminated, _, _ = wrapped.step(action)
    assert (reward, terminated) == (1.0, True)


def test_the_spec_travels_as_json() -> None:
    spec = gym.make(DESK, split="mine", difficulty=2).spec
    assert spec is not None
    again = gym.make(EnvSpec.from_json(spec.to_json())).unwrapped
    assert (again.split, again.difficulty) == ("mine", 2)
    assert again.reset(seed=4)[0] == desk(split="mine", difficulty=2).reset(seed=4)[0]


def test_the_same_seed_is_the_same_bytes_in_a_fresh_process() -> None:
    assert python(_TRANSCRIPT, hash_seed=1) == python(_TRANSCRIPT, hash_seed=4242)


def test_a_seed_fixes_the_episode_and_the_next_one_differs() -> None:
    env = desk()
    first = [env.reset(seed=3)[0], env.reset()[0], env.reset()[0]]
    assert first == [env.reset(seed=3)[0], env.reset()[0], env.reset()[0]]
    assert len(set(first)) == 3


def test_interleaved_environments_do_not_meet() -> None:
    alone = [play_oracle(desk(), index) for index in (0, 1)]
    left, right = desk(), desk()
    left.reset(options={"index": 0})
    right.reset(options={"index": 1})
    scripts = [(left, left.oracle()), (right, right.oracle())]
    ends: dict[int, Any] = {}
    for turn in range(max(len(script) for _, script in scripts)):
        for number, (env, script) in enumerate(scripts):
            if turn < len(script):
                ends[number] = env.step(script[turn])[1:]
    assert [ends[0], ends[1]] == alone


def test_reset_shows_the_request_and_the_tools(env: ToolEnv) -> None:
    observation, info = env.reset(options={"index": 5})
    assert set(info) == {"messages", "tools", "split", "index"}
    assert [m["role"] for m in info["messages"]] == ["system", "user"]
    assert info["messages"][1]["content"] == observation
    assert [schema["function"]["name"] for schema in info["tools"]] == list(env.tools)
    assert (info["split"], info["index"]) == ("train", 5)


def test_a_call_is_executed_and_recorded(env: ToolEnv) -> None:
    order = next(iter(env.episode.state["orders"].values()))
    action = "Let me look. " + render_call(call("get_order", order_id=order["order_id"]))
    observation, reward, terminated, truncated, info = env.step(action)
    assert json.loads(observation)["status"] == order["status"]
    assert (reward, terminated, truncated) == (0.0, False, False)
    said, result = info["messages"][-2:]
    assert (said["content"], said["raw"]) == ("Let me look.", action)
    row = said["tool_calls"][0]
    assert row["function"] == {"name": "get_order", "arguments": {"order_id": order["order_id"]}}
    assert (result["role"], result["tool_call_id"], result["error"]) == ("tool", row["id"], False)
    assert result["content"] == observation


def test_a_message_goes_to_the_customer_and_ends(env: ToolEnv) -> None:
    observation, reward, terminated, truncated, info = env.step("All done.")
    assert (observation, terminated, truncated) == (GOODBYE, True, False)
    assert 0.0 <= reward <= 1.0
    assert info["success"] is (reward == 1.0)
    assert set(info["reward_terms"]) == {"outcome", "no_collateral", "communicated", "looked_first", "to_the_point"}
    assert all(type(value) is float for value in info["reward_terms"].values())


def test_earlier_infos_do_not_grow(env: ToolEnv) -> None:
    _, info = env.reset(options={"index": 0})
    env.step(LOOK)
    assert len(info["messages"]) == 2


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (LOOK, "Error: no order W0."),
        (render_call(call("fly")), "Error: there is no tool 'fly'; there are: get_user, get_order"),
        (render_call(call("get_order")), "Error: Invalid call of get_order: 'order_id' is a required property."),
        (render_call(call("get_order", order_id=3)), "argument order_id: 3 is not of type 'string'"),
        (render_call(call("get_order", order_id="W0", x=1)), "('x' was unexpected)"),
        (render_call(call("set_shipping", order_id="W0", speed="warp")), "'warp' is not one of ['express'"),
        ("<tool_call>{broken</tool_call>", "Error: The tool call is not valid JSON"),
        ("<tool_call></tool_call>", "Error: The tool call is empty"),
        ("x" * 2**20, "characters; at most"),
    ],
)
def test_a_faulty_call_is_an_observation(env: ToolEnv, action: str, expected: str) -> None:
    before = copy.deepcopy(env.episode.state)
    observation, reward, terminated, truncated, info = env.step(action)
    assert expected in observation
    assert observation in env.observation_space
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert info["messages"][-1]["error"] is True
    assert env.episode.state == before


def test_one_bad_call_does_not_spoil_the_other(env: ToolEnv) -> None:
    order = next(iter(env.episode.state["orders"]))
    observation, *_, info = env.step(LOOK + render_call(call("get_order", order_id=order)))
    assert observation.startswith("Error: no order W0.\n{")
    assert [m["error"] for m in info["messages"][-2:]] == [True, False]
    identifiers = [row["id"] for row in info["messages"][-3]["tool_calls"]]
    assert identifiers == [m["tool_call_id"] for m in info["messages"][-2:]]
    assert len(set(identifiers)) == 2


@pytest.mark.parametrize("name", ["get_order", "\\ud800"])
def test_escaped_surrogates_give_an_encodable_observation(env: ToolEnv, name: str) -> None:
    action = f'<tool_call>{{"name":"{name}","arguments":{{"order_id":"\\udfff"}}}}</tool_call>'
    observation, *_, info = env.step(action)
    assert observation in env.observation_space
    json.dumps(info["messages"], ensure_ascii=False).encode()


def test_no_depth_of_nesting_crashes(env: ToolEnv) -> None:
    for depth in range(500, 1100):
        env.reset(options={"index": 0})
        body = "[" * depth + "]" * depth
        observation, *_ = env.step(f'<tool_call>{{"name":"get_order","arguments":{{"order_id":{body}}}}}</tool_call>')
        assert observation.startswith("Error: ")


def test_the_turn_limit_truncates(env: ToolEnv) -> None:
    ends = [env.step(LOOK)[2:4] for _ in range(env.max_turns)]
    assert ends == [(False, False)] * (env.max_turns - 1) + [(False, True)]
    with pytest.raises(ResetNeeded):
        env.step(LOOK)


def test_a_truncated_episode_is_scored(env: ToolEnv) -> None:
    for _ in range(env.max_turns):
        *_, info = env.step(LOOK)
    assert "reward_terms" in info
    assert info["success"] is False


def test_a_conversation_that_ends_at_the_limit_is_not_truncated(env: ToolEnv) -> None:
    for _ in range(env.max_turns - 1):
        env.step(LOOK)
    assert env.step("Done.")[2:4] == (True, False)


def test_stepping_needs_a_started_episode() -> None:
    with pytest.raises(ResetNeeded):
        desk().step("Done.")


def test_stepping_after_the_end_needs_a_reset(env: ToolEnv) -> None:
    env.step("Done.")
    with pytest.raises(ResetNeeded, match="call reset"):
        env.step("Done.")
    env.reset()
    env.step("Done.")


def test_the_oracle_needs_a_started_episode() -> None:
    with pytest.raises(ResetNeeded):
        desk().oracle()


@pytest.mark.parametrize("action", [None, 3, b"Done.", ["Done."]])
def test_an_action_is_text(env: ToolEnv, action: Any) -> None:
    with pytest.raises(TypeError, match="turn as text, got"):
        env.step(action)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"indx": 1}, r"Unknown reset options \['indx'\]"),
        ({"index": -1}, "must be >= 0, got -1"),
        ({"index": "x"}, "index|int"),
        ({"index": 1.5}, "index|int"),
        ({"index": None}, "index|int"),
        ({"difficulty": 0}, "difficulty must be 1 to 3, got 0"),
        ({"difficulty": 4}, "difficulty must be 1 to 3, got 4"),
        ({"difficulty": True}, "must be an integer"),
        ({"difficulty": "2"}, "must be an integer"),
        ({"difficulty": 1.5}, "must be an integer"),
    ],
)
def test_faulty_reset_options_are_refused(env: ToolEnv, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        env.reset(options=options)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"split": "test"}, "Unknown split 'test'; expected one of mine"),
        ({"difficulty": 4}, "difficulty must be 1 to 3, got 4"),
        ({"difficulty": "hard"}, "difficulty must be an integer, got 'hard'"),
    ],
)
def test_faulty_arguments_are_refused(kwargs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ServiceDesk(**kwargs)
    with pytest.raises(UserError, match=message):
        desk(**kwargs)


def test_a_difficulty_option_holds_for_one_episode() -> None:
    env = desk()
    hard = env.reset(options={"index": 0, "difficulty": 3})[0]
    assert hard == desk(difficulty=3).reset(options={"index": 0})[0]
    assert env.reset(options={"index": 0})[0] == desk().reset(options={"index": 0})[0] != hard


def test_episodes_share_no_state(env: ToolEnv) -> None:
    def fresh() -> str:
        env.reset(options={"index": 0})
        return json.dumps(env.episode.state, sort_keys=True)

    before = fresh()
    for order in list(env.episode.state["orders"]):
        env.step(render_call(call("return_order", order_id=order)))
    assert json.dumps(env.episode.state, sort_keys=True) != before
    assert json.dumps(env.episode.task.state, sort_keys=True) == before
    assert fresh() == before
    assert env.episode.calls == env.episode.said == []


def test_info_gives_no_solution_away(env: ToolEnv) -> None:
    env.step(LOOK)
    *_, info = env.step("Done.")
    assert set(info) == {"messages", "tools", "split", "index", "reward_terms", "success"}
    assert not any(need in json.dumps(info) for need in env.episode.task.needs)


def test_the_conversation_is_rendered_on_request(env: ToolEnv) -> None:
    assert env.render() is None
    shown = desk(render_mode="ansi")
    observation, _ = shown.reset(seed=0)
    assert f"user: {observation}" in str(shown.render())


actions = (
    st.text()
    | st.lists(call_pieces, max_size=8).map("".join)
    | st.builds(
        lambda name, arguments: render_call(call(name, **arguments)),
        st.sampled_from(["get_order", "list_items", "set_shipping", "refund_order", "x"]),
        st.dictionaries(st.sampled_from(["order_id", "kind", "speed", "payment_id", "x"]), json_values, max_size=3),
    )
)
FUZZED = desk()


@given(st.lists(actions, min_size=1, max_size=4))
def test_no_action_crashes(turns: list[str]) -> None:
    FUZZED.reset(options={"index": 1})
    for turn in turns:
        observation, reward, terminated, truncated, _ = FUZZED.step(turn)
        assert observation in FUZZED.observation_space
        assert 0.0 <= reward <= 1.0
        if terminated or truncated:
            break
