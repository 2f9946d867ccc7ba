"""The solution must be found out, not read off."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trace_gym import Task, ToolEnv
from trace_gym.checks.leaks import early_terms, hidden_values, leaks

from .broken import Sound
from .broken import leaks as faults
from .helpers import sentences, subject_of


class LeaksSeldom(Sound):
    """Tells the answer in one task of four."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        if self.index % 4 == 0:
            info["debug"] = [fact.value for fact in self.episode.task.facts]
        return observation, info


class ListsEveryNumber(Sound):
    """Shows all numbers an answer could be, in every task alike."""

    def reset(self, **kwargs: Any) -> Any:
        observation, info = super().reset(**kwargs)
        return observation, {**info, "numbers": list(range(1000))}


class NothingHidden(Sound):
    """Asks for nothing but what the request names."""

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        task = super().make_task(rng, split, difficulty)
        return Task(task.request, task.state, task.gold)


@pytest.mark.parametrize(
    ("cls", "check", "place"),
    [
        (faults.AnswerObserved, "leak.observation", "The first messages of 4 of 4 tasks hold"),
        (faults.AnswerInSchema, "leak.schema", "The tool schemas of 4 of 4 tasks hold"),
        (faults.AnswerInInfo, "leak.info", "The infos of 4 of 4 tasks hold"),
        (faults.GoldInInfo, "leak.info", "The infos of 4 of 4 tasks hold"),
    ],
)
def test_the_place_of_a_leak_is_named(cls: type[ToolEnv], check: str, place: str) -> None:
    (finding,) = leaks(subject_of(cls))
    assert finding.check == check
    assert finding.sentence.startswith(place)


def test_the_sentence_gives_an_example() -> None:
    env = faults.AnswerInInfo()
    env.reset(options={"index": 0})
    assert f"(such as '{env.episode.task.facts[0].value}')" in sentences(leaks, faults.AnswerInInfo)[0]


@pytest.mark.parametrize("cls", [Sound, LeaksSeldom, ListsEveryNumber, NothingHidden])
def test_what_tells_nothing_about_most_tasks_is_no_leak(cls: type[ToolEnv]) -> None:
    assert sentences(leaks, cls) == []


def test_hidden_is_what_neither_request_nor_schema_names() -> None:
    env = Sound()
    request, _ = env.reset(options={"index": 1})
    (fact,) = env.episode.task.facts
    # the shelf is in the request, and 'all' in the schema of `clear`
    assert hidden_values(env, request) == [fact.value]
    assert hidden_values(env, f"{request} It held {fact.value}.") == []
    assert hidden_values(env, "") == sorted([fact.value, str(fact.about)])


def test_terms_before_the_end_are_named_by_key() -> None:
    (sentence,) = sentences(early_terms, faults.TermsEarly)
    assert sentence.startswith("info['reward_terms'] is set before the end")
    assert sentences(early_terms, Sound) == []
