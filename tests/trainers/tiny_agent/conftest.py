"""Demonstrations, a tokenizer learned from them, and what it makes of them."""

from __future__ import annotations

from typing import Any

import pytest
from trace_trainers.tiny_agent.tokenizer import build_tokenizer, encode

from trace_gym import make_env
from trace_gym.testbed.planted import demonstrate


@pytest.fixture(scope="module")
def demonstrations() -> list[Any]:
    env = make_env("trace/ServiceDesk-v0", split="demo")
    return [demonstrate(env, index) for index in range(24)]


@pytest.fixture(scope="module")
def tokenizer(demonstrations) -> Any:
    """One of these demonstrations, since what is tested here needs no trained agent."""
    texts = [str(message["content"]) for messages, _ in demonstrations for message in messages[1:]]
    return build_tokenizer(texts, 500)


@pytest.fixture(scope="module")
def examples(tokenizer, demonstrations) -> list[dict[str, list[int]]]:
    return [encode(tokenizer, messages, tools) for messages, tools in demonstrations]
