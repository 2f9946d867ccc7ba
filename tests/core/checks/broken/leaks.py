"""Answers given away."""

from __future__ import annotations

from typing import Any

import numpy as np

from trace_gym import Task, ToolEnv

from .sound import Sound


class AnswerObserved(Sound):
    """Tells the answer in the request."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        hint = ", ".join(fact.value for fact in task.facts)
        self.system_prompt = f"{Sound.system_prompt} (The answer is {hint}.)"
        return task


class AnswerInInfo(Sound):
    """Tells the answer in info."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "debug": [fact.value for fact in self.episode.task.facts]}


class GoldInInfo(Sound):
    """Shows the gold calls in info."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "plan": [call.to_json() for call in self.episode.task.gold_calls]}


class AnswerInSchema(Sound):
    """Gives the answer as an example in a tool's description."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        info["tools"][0]["function"]["description"] += f" For example {self.episode.task.facts[0].value}."
        return observation, info


class TermsEarly(Sound):
    """Shows the reward terms at every step."""

    def step(self, action: str) -> Any:
        observation, reward, terminated, truncated, info = super().step(action)
        return observation, reward, terminated, truncated, {**info, "reward_terms": self.terms(self.episode)}


FAULTS: dict[type[ToolEnv], str] = {
    AnswerObserved: "leak.observation",
    AnswerInInfo: "leak.info",
    GoldInInfo: "leak.info",
    AnswerInSchema: "leak.schema",
    TermsEarly: "leak.terms",
}
"""The check that must name each fault."""
