"""The ToolSandbox target; most of it needs Apple's package."""

from __future__ import annotations

import importlib.util
import os
import time

import pytest

from trace_gym import ToolCall, UserError, make_env
from trace_gym.env.parsing import render_call
from trace_gym.targets.toolsandbox import install
from trace_gym.targets.toolsandbox.env import ToolSandboxEnv, base_of, family_of
from trace_gym.targets.toolsandbox.user import BYE, NOTHING_MORE, YES, Script, ScriptedUser

from . import fleets

ENV_ID = "trace/ToolSandbox-v0"
absent = importlib.util.find_spec(install.PACKAGE) is None
needed = pytest.mark.skipif(absent, reason=f"ToolSandbox is not installed; {install.INSTALL}")


def make(**kwargs: object) -> ToolSandboxEnv:
    env = make_env(ENV_ID, **{"split": "all", **kwargs})
    assert isinstance(env, ToolSandboxEnv)
    return env


def test_without_it_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"^ToolSandbox is not installed, and is on no registry; clone .*apple/Tool"):
        install.require()


def test_variants_and_families_of_a_scenario() -> None:
    assert base_of("wifi_off_10_distraction_tools_arg_type_scrambled") == "wifi_off"
    assert base_of("find_days_till_holiday_alt_all_tools") == "find_days_till_holiday_alt"
    assert family_of("send_message_with_contact_content_cellular_off_alt_3_distraction_tools") == (
        "send_message_with_contact_content"
    )


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"scenarios": "x"}, "Unknown scenarios 'x'; expected one of offline, offline_variants, base, all"),
        ({"reward": "x"}, "Unknown reward 'x'; expected one of perfect, similarity"),
        ({"seconds": 0}, "seconds must be > 0, got 0"),
    ],
)
def test_arguments_out_of_range_are_named(kwargs: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ToolSandboxEnv(**kwargs)  # type: ignore[arg-type]


@needed
def test_every_solution_scores_one_and_silence_what_it_may() -> None:
    env = make()
    assert env.task_count == 91
    for index in range(91):
        env.reset(options={"index": index})
        assert env.oracle(), env.episode.task.name
        for turn in env.oracle():
            _, reward, terminated, truncated, info = env.step(turn)
        assert (reward, terminated or truncated) == (1.0, True), env.episode.task.name
        assert info["reward_terms"]["similarity"] == 1.0
        if index % 8:
            continue
        env.reset(options={"index": index})
        over, reward = False, 0.0
        while not over:
            _, reward, terminated, truncated, _ = env.step("Sorry, I cannot help with that.")
            over = terminated or truncated
        assert reward <= float("insufficient_information" in env.episode.task.name)  # what cannot be served
    env.close()


@needed
def test_scrambled_names_are_mapped_back() -> None:
    plain = make(scenarios="offline_variants")
    name = next(n for n in plain.task_names if n.endswith("_tool_name_scrambled"))
    env, other = make(scenarios="offline_variants", task_id=name), make(task_id=base_of(name))
    shown = []
    for one in (other, env):
        one.reset(seed=0)
        for turn in one.oracle():
            _, reward, *_ = one.step(turn)
        assert reward == 1.0
        shown.append({tool["function"]["name"] for tool in one.schemas})
        one.close()
    assert not shown[0] <= shown[1]


@needed
def test_a_process_that_dies_is_an_episode_without_reward() -> None:
    env = make(seconds=1.0)
    env.reset(options={"index": 0})
    first = next(turn for turn in env.oracle() if "<tool_call>" in turn)
    env.world.close()  # type: ignore[attr-defined]
    over, reward = False, 1.0
    for _ in range(env.max_turns):
        _, reward, terminated, truncated, _ = env.step(first)
        over = terminated or truncated
        if over:
            break
    assert over
    assert reward == 0.0
    env.reset(options={"index": 0})
    for turn in env.oracle():
        _, reward, *_ = env.step(turn)
    assert reward == 1.0
    env.close()


@needed
def test_tools_that_do_not_exist_are_errors_to_read() -> None:
    env = make()
    env.reset(options={"index": 0})
    assert "no_such" in env.step(render_call(ToolCall("no_such", {"x": 1})))[0]
    assert env.episode.calls[-1].error
    env.close()


@needed
def test_eight_at_once_in_threads_show_what_one_shows() -> None:
    alone = fleets.solved(make(), range(0, 91, 19))
    assert fleets.in_threads(ENV_ID, range(0, 91, 19), split="all") == [alone] * fleets.SIZE


@needed
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_eight_processes_show_what_one_shows() -> None:
    shown, expected = fleets.in_processes(ENV_ID, 3, 6, split="all")
    assert shown == expected


@needed
def test_nothing_is_left_running() -> None:
    env = make()
    env.reset(options={"index": 0})
    worker = env.world._process._identifier  # type: ignore[attr-defined]
    os.kill(worker, 0)  # is there
    env.close()
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("the episode's process is still there")


@pytest.mark.parametrize("words", ["a" * 65_000, "'a " * 20_000, '"' * 65_000, "? " * 30_000])
def test_of_a_long_message_only_the_beginning_is_read(words: str) -> None:
    user = ScriptedUser(Script(("I want this.",), (), True))
    assert user.reply(f"{words}. Shall I proceed?") == ("I want this.", False)  # whole, it took minutes
    assert user.reply(f"Shall I proceed? {words}") == (YES, False)


def test_a_question_that_is_only_quoted_is_not_asked() -> None:
    user = ScriptedUser(Script((), (), True))
    assert user.reply("The message says 'Where are you?'.") == (BYE, True)
    assert user.reply("Where do you want it sent?") == (NOTHING_MORE, False)
