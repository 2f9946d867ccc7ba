"""Episodes end when they should, and what a policy does with infos stays outside the environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gymnasium.error import ResetNeeded

from trace_gym.checks.finding import Finding
from trace_gym.checks.playing import digest, play, solve
from trace_gym.checks.subject import Subject


def ending(subject: Subject) -> Iterator[Finding]:
    """Checks that `step` asks for a reset before the start and after the end.

    Yields:
        `robustness.end`.
    """
    env = subject.make()
    for moment in ("before reset", "after the end"):
        if moment == "after the end":
            solve(env, 0)
        try:
            env.step("Done.")
        except ResetNeeded:
            continue
        except Exception as error:
            yield Finding("robustness.end", f"step {moment} raises {type(error).__name__}, expected ResetNeeded.")
        else:
            yield Finding("robustness.end", f"step {moment} returns an observation, expected Gymnasium's ResetNeeded.")


def limits(subject: Subject) -> Iterator[Finding]:
    """Checks that an episode in which nothing useful happens ends at the turn limit.

    Yields:
        `robustness.limit`.
    """
    env = subject.make()
    # one turn too many; `play` stops at the end of the episode
    played = play(env, 0, ["Is that so?"] * (env.max_turns + 1))
    if not played.over or len(played.rewards) > env.max_turns:
        yield Finding(
            "robustness.limit", f"The episode continues after max_turns = {env.max_turns} turns; truncate it."
        )


def isolation(subject: Subject) -> Iterator[Finding]:
    """Checks that a policy that empties the infos it is given changes nothing.

    Yields:
        `robustness.isolation`.
    """
    untouched = solve(subject.make(), 0)

    env = subject.make()
    _, info = env.reset(options={"index": 0})
    reward = untouched.reward
    for turn in env.oracle():
        _empty(info)
        _, reward, terminated, truncated, info = env.step(turn)
        if terminated or truncated:
            break

    # the same instance again: schemas and messages handed out uncopied would now be empty
    if reward != untouched.reward or digest(solve(env, 0)) != digest(untouched):
        yield Finding(
            "robustness.isolation",
            "Writing into the values of an info changes the reward or later episodes; return copies.",
        )


def _empty(info: dict[str, Any]) -> None:
    """Empties the messages and tools of an info at every depth."""
    for message in info["messages"]:
        for call in message.get("tool_calls", ()):
            call["function"]["arguments"].clear()
        message["content"] = ""
    for schema in info["tools"]:
        schema.clear()

    info["messages"].clear()
    info["tools"].clear()
