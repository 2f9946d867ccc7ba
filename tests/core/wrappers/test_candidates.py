"""Discrete actions over the candidates of a task."""

from __future__ import annotations

import numpy as np
import pytest

from trace_gym.wrappers import CandidateActions
from trace_gym.wrappers.candidates import _identifiers

from ..helpers import call, desk


@pytest.mark.parametrize("index", range(40))
def test_the_solution_is_among_the_candidates_and_unmasked_in_time(index: int) -> None:
    env = CandidateActions(desk(), 96)
    _, info = env.reset(options={"index": index})
    done = False
    for turn in env.unwrapped.oracle():
        number = info["candidates"].index(turn)
        assert info["action_mask"][number] == 1, turn
        assert env.action_masks()[number]
        *_, terminated, truncated, info = env.step(np.int64(number))
        done = terminated or truncated
    assert done
    assert info["success"]


def test_what_has_not_been_named_is_masked() -> None:
    env = CandidateActions(desk(), 96)
    hidden = 0
    for index in range(20):
        _, info = env.reset(options={"index": index})
        assert not info["action_mask"][len(info["candidates"]) :].any()
        hidden += sum(not allowed for allowed in info["action_mask"][: len(info["candidates"])])
    assert hidden > 20


def test_a_number_without_a_candidate_is_an_empty_turn() -> None:
    env = CandidateActions(desk(), 96)
    env.reset(seed=0)
    *_, terminated, _, info = env.step(95)
    assert terminated
    assert not info["success"]


def test_too_few_actions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"candidates, more than the 3 actions; raise size"):
        CandidateActions(desk(), 3).reset(seed=0)


def test_the_candidates_are_fixed_for_an_episode() -> None:
    env = CandidateActions(desk(), 96)
    _, info = env.reset(options={"index": 3})
    *_, later = env.step(np.int64(0))
    assert later["candidates"] == info["candidates"]


def test_the_info_is_a_copy() -> None:
    env = CandidateActions(desk(), 96)
    _, info = env.reset(options={"index": 3})
    text = info["candidates"][0]
    info["candidates"].clear()
    *_, later = env.step(np.int64(0))
    assert later["candidates"][0] == text


def test_what_the_agent_guesses_does_not_unmask_itself() -> None:
    env = CandidateActions(desk(), 96)
    guesses = 0
    for index in range(20):
        _, info = env.reset(options={"index": index})
        for number, turn in enumerate(info["candidates"]):
            if turn.startswith("<tool_call>") or info["action_mask"][number]:
                continue
            *_, later = env.step(np.int64(number))
            assert later["messages"][2]["content"] == turn
            assert not later["action_mask"][number]
            guesses += 1
            break
    assert guesses > 0


def test_words_without_a_digit_are_free_from_the_start() -> None:
    assert _identifiers(call("set_shipping", order_id="W12", speed="express", days=3)) == ["W12", "3"]


def test_nested_arguments_are_looked_up_as_json() -> None:
    assert _identifiers(call("book", people=["E1", "E2"])) == ['["E1", "E2"]']


@pytest.mark.parametrize("number", [-1, 95, 10_000])
def test_a_number_out_of_range_never_plays_a_candidate(number: int) -> None:
    env = CandidateActions(desk(), 96)
    env.reset(seed=0)
    *_, info = env.step(np.int64(number))
    assert info["messages"][2]["content"] == ""
