"""Which adapter serves which conversation: chosen once, kept to the end, forgotten afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_trainers.policies.adapters import BASE, AdapterPolicy, fixed
from trace_trainers.routing.router import ABSTAINS, chooser

from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.sampling_params import SamplingParams

NAMES = ["a", "b"]


class Voice:
    """A policy that says the adapter that is switched on and the episode."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.finished: list[int] = []

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        return [f"{self.bank.on}:{request.key}" for request in requests]

    def finish(self, keys: Sequence[int]) -> None:
        self.finished += keys


class Bank:
    """A bank without models, which notes what is switched on."""

    names = NAMES

    def __init__(self) -> None:
        self.on = "nothing"
        self.switched: list[str] = []
        self.voices: list[Voice] = []

    @contextlib.contextmanager
    def using(self, name: str) -> Iterator[None]:
        self.switched.append(name)
        before, self.on = self.on, name
        yield
        self.on = before

    def make_policy(self, params: SamplingParams, *, policy_id: str) -> Voice:
        self.voices.append(Voice(self))
        return self.voices[-1]


class Choosing:
    """Chooses by a table and notes whom it was asked about."""

    def __init__(self, table: dict[int, str]) -> None:
        self.table = table
        self.asked: list[int] = []

    def __call__(self, requests: Sequence[TurnRequest]) -> list[str]:
        self.asked += [request.key for request in requests]
        return [self.table[request.key] for request in requests]


def requests(*keys: int) -> list[TurnRequest]:
    messages = [{"role": "system", "content": "Help."}, {"role": "user", "content": "Hi."}]
    return [TurnRequest(key, messages, [], np.random.default_rng(0), None) for key in keys]  # type: ignore[arg-type]


def policy_of(bank: Bank, choose: Any) -> AdapterPolicy:
    return AdapterPolicy(bank, choose, SamplingParams(), policy_id="m")  # type: ignore[arg-type]


@given(st.lists(st.sampled_from([BASE, *NAMES]), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_every_turn_comes_from_the_chosen_adapter_in_the_order_of_the_requests(names: list[str], random: Any) -> None:
    bank, choose = Bank(), Choosing(dict(enumerate(names)))
    policy = policy_of(bank, choose)
    keys = list(range(len(names)))
    for _ in range(3):
        random.shuffle(keys)
        assert policy.act(requests(*keys)) == [f"{names[key]}:{key}" for key in keys]
    # once, however many turns there are
    assert sorted(choose.asked) == sorted(keys)
    assert [policy.adapter_of(key) for key in keys] == [names[key] for key in keys]


def test_each_adapter_is_switched_on_once_a_turn_and_only_if_it_has_something_to_say() -> None:
    bank = Bank()
    policy = policy_of(bank, Choosing({0: "b", 1: "b", 2: BASE}))
    policy.act(requests(0, 2, 1))
    assert sorted(bank.switched) == [BASE, "b"]
    bank.switched.clear()
    policy.act(requests(1))
    assert bank.switched == ["b"]


def test_an_episode_that_is_finished_is_chosen_for_anew() -> None:
    bank, choose = Bank(), Choosing({0: "a", 1: "b"})
    policy = policy_of(bank, choose)
    policy.act(requests(0, 1))
    policy.finish([0, 7])
    assert (policy.adapter_of(0), policy.adapter_of(1)) == (BASE, "b")
    choose.table[0] = "b"
    assert policy.act(requests(0, 1)) == ["b:0", "b:1"]
    assert choose.asked == [0, 1, 0]
    # the policy of each adapter learns of its own episodes alone
    assert [voice.finished for voice in bank.voices] == [[], [0], []]


def test_without_requests_nobody_is_asked() -> None:
    bank, choose = Bank(), Choosing({})
    assert policy_of(bank, choose).act([]) == []
    assert (bank.switched, choose.asked) == ([], [])


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_fixed_choice_is_the_same_for_all(count: int) -> None:
    assert fixed("a")(requests(*range(count))) == ["a"] * count


def test_a_routers_numbers_become_names_and_abstaining_the_base() -> None:
    bank = Bank()
    seen: list[Any] = []

    class Router:
        kind = "test"

        def route(self, prompts: Sequence[Any]) -> list[int]:
            seen.append((bank.on, len(prompts)))
            return [1, ABSTAINS, 0]

    assert chooser(bank, Router(), NAMES)(requests(0, 1, 2)) == ["b", BASE, "a"]  # type: ignore[arg-type]
    # with every adapter switched off
    assert seen == [(BASE, 3)]
