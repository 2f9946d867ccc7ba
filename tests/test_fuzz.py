"""Over 10,000 turns of every bad kind, on every registered environment: an error observation, never a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gymnasium.error import ResetNeeded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registered import EACH, IDS

from trace_gym import ToolEnv, make_env
from trace_gym.targets.benchmark_env import BenchmarkEnv

TURNS, EXAMPLES = 20, 80
LONGEST_ERROR = 600


def test_this_is_enough():
    assert len(IDS) * TURNS * EXAMPLES >= 10_000


def values() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=6,
    )


def turns(env: ToolEnv) -> st.SearchStrategy[str]:
    names = st.sampled_from([*env.tools, "invalid", "", "__init__", "get order"])
    known = sorted({key for tool in env.tools.values() for key in tool.parameters.get("properties", {})})
    arguments = st.dictionaries(st.sampled_from([*known, "self", "state", "x"]), values(), max_size=4) | values()
    body = st.builds(lambda name, given: json.dumps({"name": name, "arguments": given}), names, arguments)
    good = st.integers(0, 2**32 - 1).map(lambda seed: _sampled(env, seed))
    text = st.text(st.characters(), max_size=40)  # surrogates too
    return st.one_of(
        text,
        good,
        body,
        body.map(lambda b: f"<tool_call>{b}</tool_call>"),
        body.map(lambda b: f"```json\n{b}\n```"),
        st.tuples(body, st.integers(0, 60)).map(lambda t: f"<tool_call>{t[0][: t[1]]}"),
        st.tuples(good, body, text).map(lambda t: f"{t[0]}<tool_call>{t[1]}</tool_call>{t[2]}"),
        st.integers(1, 3000).map(lambda n: "<tool_call>" + '{"name":' * n),
        st.integers(1, 3000).map(lambda n: f'<tool_call>{{"name": "x", "arguments": {"[" * n}{"]" * n}}}</tool_call>'),
        names.map(lambda name: f'{{"name": "{name}", "name": "{name}", "arguments": {{}}}}'),
        names.map(
            lambda name: f'<tool_call>{{"name": "{name}", "arguments": {{"a": NaN, "b": -Infinity}}}}</tool_call>'
        ),
        st.sampled_from(['{"name": "\\ud800", "arguments": {"\\udfff": "\\ud800"}}', "\ud800", "\x00", "", " "]),
        st.sampled_from(["x" * 1_000_000, "<tool_call>" * 90_000, '{"name": "' + "y" * 1_000_000]),
    )


def _sampled(env: ToolEnv, seed: int) -> str:
    env.action_space.seed(seed)
    return str(env.action_space.sample())


@pytest.mark.parametrize("env_id", EACH)
def test_no_turn_breaks_an_environment(env_id: str):
    env = make_env(env_id)
    counted = 0

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None, database=None)
    @given(st.lists(turns(env), min_size=TURNS, max_size=TURNS), st.integers(0, (env.task_count or 1001) - 1))
    def play(actions: list[str], index: int) -> None:
        nonlocal counted
        env.reset(options={"index": index})
        for action in actions:
            counted += 1
            observation, reward, terminated, truncated, info = env.step(action)
            assert observation in env.observation_space
            assert isinstance(reward, float)
            assert 0.0 <= reward <= 1.0
            json.dumps(info, allow_nan=False)
            for message in info["messages"]:
                if message.get("error") and not isinstance(env, BenchmarkEnv):  # benchmarks word their own
                    assert message["content"].startswith("Error: ")
                    assert len(message["content"]) <= LONGEST_ERROR
            if terminated or truncated:
                with pytest.raises(ResetNeeded):
                    env.step(action)
                env.reset(options={"index": index})

    play()
    assert counted >= TURNS * EXAMPLES
