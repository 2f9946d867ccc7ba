"""The chat policy over a backend that needs no model: rooms, contexts, and what is released when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.random import Generator
from trace_trainers.engine.sequence import TokenSequence
from trace_trainers.policies.chat_policy import ChatPolicy

from trace_gym.env.registration import make_env
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.rollouts.sampling_params import SamplingParams


class EchoBackend:
    """Says one word per turn, then the end-of-turn id if there is room."""

    def __init__(self, tokenizer: Any) -> None:
        self.eos = frozenset({tokenizer.eos_token_id})
        self.rooms: list[list[int]] = []
        self.released = 0
        self._word = tokenizer("Done", add_special_tokens=False).input_ids

    def sample(
        self, sequences: Sequence[TokenSequence], generators: Sequence[Generator], max_new_tokens: Sequence[int]
    ) -> list[list[int]]:
        self.rooms.append(list(max_new_tokens))
        turns = []
        for sequence, most in zip(sequences, max_new_tokens, strict=True):
            turn = [*self._word, *self.eos][:most]
            for token in turn:
                sequence.add_sampled(token, 0.0)
            turns.append(turn)
        return turns

    def release(self) -> None:
        self.released += 1


class Table:
    """A policy with its backend, and conversations that a test continues by hand."""

    def __init__(self, tiny: Any, **params: Any) -> None:
        self.backend = EchoBackend(tiny[1])
        self.policy = ChatPolicy(self.backend, tiny[1], SamplingParams(**params), policy_id="echo")
        self.env = make_env("trace/ServiceDesk-v0")

    def request(self, key: int, *contents: str) -> TurnRequest:
        messages = []
        for number, content in enumerate(contents):
            role = ("user", "assistant")[number % 2]
            messages.append({"role": role, "content": content})
        return TurnRequest(key, messages, [], np.random.default_rng(key), self.env)

    def length(self, key: int) -> int:
        return len(self.policy.transcripts[key])


@pytest.fixture
def prompt_length(tiny: Any) -> int:
    table = Table(tiny)
    table.policy.act([table.request(0, "Hello")])
    return len(table.policy.transcripts[0].prompt)


def test_the_end_of_turn_is_not_part_of_the_text(tiny: Any) -> None:
    table = Table(tiny)

    assert table.policy.act([table.request(0, "Hello")]) == ["Done"]
    assert table.policy.transcripts[0].completion[-1] in table.backend.eos


def test_a_turn_that_was_cut_is_closed_in_the_next(tiny: Any) -> None:
    cut, whole = Table(tiny, max_new_tokens=len(Table(tiny).backend._word)), Table(tiny)
    for table in (cut, whole):
        assert table.policy.act([table.request(0, "Hello")]) == ["Done"]
        table.policy.act([table.request(0, "Hello", "Done", "And now?")])

    first, second = cut.policy.transcripts[0], whole.policy.transcripts[0]
    shortest = min(len(first), len(second))
    assert first.ids[:shortest] == second.ids[:shortest]
    assert sum(first.mask) == sum(second.mask) - 2, "the end of a cut turn is the environment's"


def test_turns_come_in_the_order_of_the_requests(tiny: Any) -> None:
    table = Table(tiny)
    table.policy.act([table.request(4, "Hello"), table.request(2, "Hello there")])
    table.policy.act([table.request(2, "Hello there", "Done", "x"), table.request(4, "Hello", "Done", "y")])

    assert list(table.policy.transcripts) == [4, 2]
    assert table.policy.transcripts[2].mask.count(1) == table.policy.transcripts[4].mask.count(1)


def test_a_turn_gets_the_room_that_its_context_leaves(tiny: Any, prompt_length: int) -> None:
    table = Table(tiny, max_new_tokens=50, max_context=prompt_length + 7)
    table.policy.act([table.request(0, "Hello")])

    assert table.backend.rooms == [[7]]


def test_a_prompt_longer_than_the_context_still_gets_one_token(tiny: Any) -> None:
    table = Table(tiny, max_context=1)
    table.policy.act([table.request(0, "Hello")])

    assert table.backend.rooms == [[1]]


def test_a_conversation_that_outgrew_the_context_falls_silent_and_others_go_on(tiny: Any, prompt_length: int) -> None:
    table = Table(tiny, max_context=prompt_length + 40)
    table.policy.act([table.request(0, "Hello"), table.request(1, "Hello")])
    before = table.length(0)
    long, short = "word " * 100, "Yes"

    turns = table.policy.act([table.request(0, "Hello", "Done", long), table.request(1, "Hello", "Done", short)])
    assert turns == ["", "Done"]
    assert table.length(0) == before, "what did not fit is not appended"

    turns = table.policy.act([table.request(0, "Hello", "Done", long, "", "x")])
    assert turns == [""]
    assert len(table.backend.rooms) == 2, "there was nothing to sample"


def test_caches_are_released_with_the_last_episode_of_a_batch(tiny: Any) -> None:
    table = Table(tiny)
    table.policy.act([table.request(0, "Hello"), table.request(1, "Hello")])
    table.policy.finish([0])
    assert table.backend.released == 0

    table.policy.finish([1])
    assert table.backend.released == 1
    assert set(table.policy.transcripts) == {0, 1}, "training reads them after the batch"


def test_a_new_batch_replaces_the_transcripts(tiny: Any) -> None:
    table = Table(tiny)
    table.policy.act([table.request(0, "Hello"), table.request(1, "Hello")])
    table.policy.finish([0, 1])
    table.policy.act([table.request(0, "Hello again")])

    assert set(table.policy.transcripts) == {0}
    assert table.policy.adapter_of(0) == ""
