"""The reward is in range, is paid at the end, and is lost by damage elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import TOLERANCE, Played, play, random_turns, solve
from trace_gym.checks.subject import Subject
from trace_gym.env.parsing import render_call
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import ToolCall

_WRITES_PER_TASK = 3
_MOST_UNSEEN = 0.1
"""Share of needless writes that may go unpunished: some change nothing that any user would mind."""


def ranges(subject: Subject) -> Iterator[Finding]:
    """Checks that terms and total are in [0, 1], paid at the end, and that `success` means a reward of 1.

    Yields:
        `reward.range`, for the first episode that fails.
    """
    env = subject.make()
    for index in range(subject.tasks):
        # a success, a failure at random and a failure at once take different paths through the terms
        episodes = (
            solve(env, index),
            play(env, index, random_turns(env, index)),
            play(env, index, ["Done."]),
        )
        for played in episodes:
            fault = _step_fault(played) or _end_fault(played)
            if fault is not None:
                yield Finding("reward.range", f"On task {index} {fault}.")
                return


def collateral(subject: Subject) -> Iterator[Finding]:
    """Checks that the solution scores less with one needless write on another record.

    Yields:
        `reward.collateral`.
    """
    env = subject.make()
    tried = 0
    unseen: list[ToolCall] = []

    for index in range(subject.tasks):
        env.reset(options={"index": index})
        turns = env.oracle()
        for call in _needless_writes(env)[:_WRITES_PER_TASK]:
            # before the last turn, which is the one that ends the conversation
            played = play(env, index, [*turns[:-1], render_call(call), *turns[-1:]])
            if not played.over or not _changes_state(env, turns, index, call):
                continue
            tried += 1
            if played.reward >= 1.0 - TOLERANCE:
                unseen.append(call)

    if len(unseen) > _MOST_UNSEEN * tried:
        example = f"{unseen[-1].name}({json.dumps(dict(unseen[-1].arguments))})"
        yield Finding(
            "reward.collateral",
            f"{len(unseen)} of {tried} solutions with a needless write still score 1 (such as {example}); compare the "
            "whole final state with the goal.",
        )


def _needless_writes(env: ToolEnv) -> list[ToolCall]:
    """Candidate writes that the solution does not make."""
    gold = {render_call(call) for call in env.episode.task.gold_calls}
    writes = []
    for call in env.candidate_calls():
        if env.tools[call.name].kind == "write" and render_call(call) not in gold:
            writes.append(call)
    return writes


def _changes_state(env: ToolEnv, turns: list[str], index: int, call: ToolCall) -> bool:
    """Whether a call made before the last turn of the solution changes the state."""
    play(env, index, turns[:-1])
    if env.episode.over:
        return False

    before = env.snapshot()
    env.step(render_call(call))
    return bool(env.snapshot() != before)


def _step_fault(played: Played) -> str | None:
    """What is wrong with the reward of some step."""
    for number, reward in enumerate(played.rewards, 1):
        if not math.isfinite(reward) or not 0.0 <= reward <= 1.0:
            return f"step {number} pays {reward}, expected a number in [0, 1]"
        if reward and number < len(played.rewards):
            return f"step {number} of {len(played.rewards)} pays {reward:g}, expected 0 before the end"
    return None


def _end_fault(played: Played) -> str | None:
    """What is wrong with the info of the last step."""
    if not played.over:
        return None

    terms = played.infos[-1].get("reward_terms")
    if not isinstance(terms, dict) or not all(0.0 <= value <= 1.0 for value in terms.values()):
        return f"info['reward_terms'] is {terms!r} at the end, expected numbers in [0, 1] by name"

    success = played.infos[-1].get("success")
    if success is not (played.reward >= 1.0 - TOLERANCE):
        return f"info['success'] is {success!r} with a reward of {played.reward:g}"
    return None
