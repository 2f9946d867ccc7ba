"""The starts of conversations that routers see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from trace_trainers.routing.classifier import left_pad
from trace_trainers.routing.prompts import RoutingPrompt, digest_of, emitted_prompts, prompt_of

from trace_gym.env.registration import make_env
from trace_gym.errors import UserError
from trace_gym.rollouts.policy import TurnRequest
from trace_gym.targets.service_desk.env import ServiceDesk

SYSTEM = {"role": "system", "content": "Help."}
FIRST = {"role": "user", "content": "Hi."}
REPLY = {"role": "assistant", "content": "Hello."}
SECOND = {"role": "user", "content": "Cancel W12."}


def request(*messages: dict[str, Any]) -> TurnRequest:
    env = make_env("trace/ServiceDesk-v0")
    return TurnRequest(0, list(messages), [{"type": "function"}], np.random.default_rng(0), env)


@pytest.mark.parametrize(
    ("messages", "start"),
    [
        ((SYSTEM, FIRST), [SYSTEM, FIRST]),
        ((SYSTEM, FIRST, REPLY, SECOND), [SYSTEM, FIRST]),
        ((FIRST, REPLY, SECOND), [FIRST]),
        ((SYSTEM,), [SYSTEM]),
        ((SYSTEM, REPLY), [SYSTEM, REPLY]),
    ],
)
def test_a_prompt_ends_with_the_first_user_message(messages: Any, start: list[dict[str, Any]]) -> None:
    prompt = prompt_of(request(*messages))

    assert prompt.messages == start
    assert prompt.tools == [{"type": "function"}]
    assert prompt.label == -1


def test_a_prompt_does_not_grow_with_its_conversation() -> None:
    running = request(SYSTEM)
    prompt = prompt_of(running)
    running.messages.append(FIRST)

    assert prompt.messages == [SYSTEM]


def test_labels_are_the_places_of_the_environments() -> None:
    envs = {"b": ServiceDesk(), "a": ServiceDesk()}

    assert [prompt.label for prompt in emitted_prompts(envs, 2, held_out=False)] == [0, 0, 1, 1]


def test_learning_and_comparing_use_different_tasks() -> None:
    envs = {"desk": ServiceDesk()}
    learned = emitted_prompts(envs, 8, held_out=False)
    held_out = emitted_prompts(envs, 8, held_out=True)

    assert digest_of(learned) == digest_of(emitted_prompts(envs, 8, held_out=False))
    assert not [prompt for prompt in learned if prompt in held_out]


def test_an_environment_with_a_single_task_cannot_serve_both() -> None:
    class Single(ServiceDesk):
        task_count = 1

    with pytest.raises(UserError, match="has one task, and a router needs at least two"):
        emitted_prompts({"single": Single()}, 4, held_out=True)


def test_text_that_is_not_unicode_has_a_digest() -> None:
    broken = RoutingPrompt([{"role": "user", "content": "\ud800"}], [], 0)
    whole = RoutingPrompt([{"role": "user", "content": "?"}], [], 0)

    assert digest_of([broken]) != digest_of([whole])
    assert digest_of([broken, whole]) != digest_of([whole, broken])


def test_padding_is_on_the_left_and_masked() -> None:
    ids, mask = left_pad([[5], [1, 2, 3]], 9)

    assert ids.tolist() == [[9, 9, 5], [1, 2, 3]]
    assert mask.tolist() == [[0, 0, 1], [1, 1, 1]]
