"""Verdicts, results and what is shared between calls, against the benchmark's own executor and checker."""

from __future__ import annotations

import json

import numpy as np
import pytest

from benchmarks.bfcl_official import Benchmark
from trace_gym import ToolCall
from trace_gym.env.parsing import render_call
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.entries import Entry, entries

from .playing import act, corrupted, make, start


def test_every_gold_solution_scores_one_and_silence_nothing() -> None:
    env = make()
    assert env.task_count == 800
    for index in range(800):
        env.reset(options={"index": index})
        for action in env.oracle():
            _, reward, terminated, _, info = env.step(action)
        assert terminated
        assert reward == 1.0, (env.task_names[index], info["reward_terms"])
        if index % 4 == 0:
            env.reset(options={"index": index})
            for _ in env.world.entry.turns:  # type: ignore[attr-defined]
                _, reward, terminated, _, _ = env.step("")
            assert terminated
            assert reward == 0.0


def test_verdicts_and_results_equal_the_benchmarks(benchmark_code: Benchmark) -> None:
    env, rng = make(), np.random.default_rng(11)
    verdicts = []
    for _ in range(200):
        entry = start(env, env.task_names[int(rng.integers(800))])
        info, made = act(env, corrupted(entry, rng))
        verdicts.append(benchmark_code.valid(entry, made))
        assert info["reward"] == float(verdicts[-1]), (entry.name, info["reward_terms"])
        ours = [record.result for record in env.episode.calls]
        theirs = benchmark_code.results(entry, made)
        differing = [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]]
        assert all("Must be one of {" in text for pair in differing for text in pair)  # a set's order
    assert 50 < sum(verdicts) < 150


def test_what_the_benchmarks_modules_share_is_shared_within_a_judgement_only(benchmark_code: Benchmark) -> None:
    env = make(category="long_context")
    fillers = upstream.module("eval_checker.multi_turn_eval.func_source_code.long_context")
    card, booking = next(iter(fillers.CREDIT_CARD_EXTENSION)), next(iter(fillers.BOOKING_RECORD_EXTENSION))
    paid = []
    for name in [name for name, entry in entries("long_context").items() if entry.classes == ("TravelAPI",)][:8]:
        entry = start(env, name)
        token = env.world._instances.objects["TravelAPI"].access_token  # type: ignore[attr-defined]
        look = ToolCall("get_credit_card_balance", {"access_token": token, "card_id": card})
        what = {"access_token": token, "booking_id": booking, "card_id": card}
        buy = ToolCall("purchase_insurance", {**what, "insurance_type": "x", "insurance_cost": 7})
        gold = [[[call] for call in calls] for calls in entry.gold]
        turns = [*gold[:-1], [*gold[-1], [look, buy, look]]]
        info, made = act(env, turns)
        results = [record.result for record in env.episode.calls]
        assert results[-3] != results[-1]  # it was charged
        paid.append(info["reward"])
        assert paid[-1] == float(benchmark_code.valid(entry, made))
        start(env, name)
        act(env, turns)
        assert [record.result for record in env.episode.calls] == results  # and starts full again
    assert max(paid) == 1.0  # the gold run was charged as well, as BFCL's two runs share the card


def test_a_default_list_that_grows_is_forgotten() -> None:
    env = make(category="base")
    name = next(n for n in env.task_names if "TwitterAPI" in entries("base")[n].classes and posts(entries("base")[n]))
    shown = []
    for _ in range(2):
        entry = start(env, name)
        known = {key: entry.config["TwitterAPI"][key] for key in ("username", "password")}
        tweets = [ToolCall("authenticate_twitter", known), ToolCall("post_tweet", {"content": "x"})]
        tweet = json.loads(env.step("".join(map(render_call, tweets)))[0].splitlines()[1])
        mentioned = ToolCall("mention", {"tweet_id": tweet["id"], "mentioned_usernames": ["@a"]})
        again = env.step("".join(map(render_call, [mentioned, ToolCall("post_tweet", {"content": "y"})])))[0]
        shown.append((tweet, again))
    assert shown[0][0]["mentions"] == []
    assert shown[0] == shown[1]


def posts(entry: Entry) -> bool:
    return "username" in entry.config.get("TwitterAPI", {})


def test_who_takes_more_steps_than_allowed_is_stopped(benchmark_code: Benchmark) -> None:
    env = make(category="base")
    look = [ToolCall("pwd")]
    name = next(n for n in env.task_names if "GorillaFileSystem" in entries("base")[n].classes)
    entry = start(env, name)
    gold = [[[call] for call in calls] for calls in entry.gold]
    last = len(gold) - 1
    for turn, extra, reward in ((0, 20, 1.0), (0, 21, 0.0), (last, 20, 1.0), (last, 21, 1.0)):
        start(env, name)
        turns = [steps if i != turn else [*steps, *[look] * (extra - len(steps))] for i, steps in enumerate(gold)]
        info, made = act(env, turns)
        assert env.world.forced == (extra > 20)  # type: ignore[attr-defined]
        assert info["reward"] == reward == float(benchmark_code.valid(entry, made))
        assert len(made[-1]) <= 21


@pytest.mark.parametrize("key", ["\uff46older", "folder='document',folder", "folder ", "folder#"])
def test_odd_names_of_arguments_are_what_the_benchmark_makes_of_them(benchmark_code: Benchmark, key: str) -> None:
    env = make(category="base")
    entry = start(env, "multi_turn_base_0")
    gold = [[[call] for call in calls] for calls in entry.gold]
    assert gold[0][0][0] == ToolCall("cd", {"folder": "document"})
    gold[0][0] = [ToolCall("cd", {key: "document"})]
    info, made = act(env, gold)
    assert info["reward"] == float(benchmark_code.valid(entry, made))
    assert [record.result for record in env.episode.calls] == benchmark_code.results(entry, made)
