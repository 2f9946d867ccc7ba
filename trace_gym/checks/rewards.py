"""The reward: in range, paid at the end, lost by damage elsewhere."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator

from trace_gym.checks.finding import Finding
from trace_gym.checks.subject import Played, Subject, play, random_turns, solve
from trace_gym.env.parsing import render_call
from trace_gym.env.tool_env import ToolEnv
from trace_gym.env.types import ToolCall


def ranges(subject: Subject) -> Iterator[Finding]:
    """reward.range: terms and total are in [0, 1], the total is paid at the end, `success` is whether it is 1."""
    env = subject.make()
    for index in range(subject.tasks):
        for played in (solve(env, index), play(env, index, random_turns(env, index)), play(env, index, ["Done."])):
            fault = _fault(played)
            if fault:
                yield Finding("reward.range", f"On task {index} {fault}.")
                return


def collateral(subject: Subject) -> Iterator[Finding]:
    """reward.collateral: the solution with one more write, on another record, must score less."""
    env = subject.make()
    unseen = tried = 0
    example = ""
    for index in range(subject.tasks):
        env.reset(options={"index": index})
        turns = env.oracle()
        for call in _other_writes(env)[:3]:
            played = play(env, index, [*turns[:-1], render_call(call), *turns[-1:]])
            if not _changed(env, turns, index, call) or not played.over:
                continue
            tried += 1
            if played.reward >= 1.0 - 1e-9:
                unseen, example = unseen + 1, f"{call.name}({json.dumps(dict(call.arguments))})"
    if unseen > tried / 10:
        yield Finding(
            "reward.collateral",
            f"{unseen} of {tried} solutions with a needless write still score 1 (such as {example}); compare the whole "
            "final state with the goal.",
        )


def _other_writes(env: ToolEnv) -> list[ToolCall]:
    """Candidate writes that the solution does not make."""
    gold = {render_call(call) for call in env.episode.task.gold_calls}
    calls = [call for call in env.candidate_calls() if env.tools[call.name].kind == "write"]
    return [call for call in calls if render_call(call) not in gold]


def _changed(env: ToolEnv, turns: list[str], index: int, call: ToolCall) -> bool:
    """Whether the call, made before the last turn of the solution, changes the state for good."""
    play(env, index, turns[:-1])
    before = env.snapshot()
    if env.episode.over:
        return False
    env.step(render_call(call))
    return bool(env.snapshot() != before)


def _fault(played: Played) -> str | None:
    for number, reward in enumerate(played.rewards, 1):
        if not math.isfinite(reward) or not 0.0 <= reward <= 1.0:
            return f"step {number} pays {reward}, expected a number in [0, 1]"
        if reward and number < len(played.rewards):
            return f"step {number} of {len(played.rewards)} pays {reward:g}, expected 0 before the end"
    if not played.over:
        return None
    terms = played.infos[-1].get("reward_terms")
    if not isinstance(terms, dict) or not all(0.0 <= value <= 1.0 for value in terms.values()):
        return f"info['reward_terms'] is {terms!r} at the end, expected numbers in [0, 1] by name"
    if played.infos[-1].get("success") is not (played.reward >= 1.0 - 1e-9):
        return f"info['success'] is {played.infos[-1].get('success')!r} with a reward of {played.reward:g}"
    return None
