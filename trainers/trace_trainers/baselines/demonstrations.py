"""An agent's own conversations as examples to learn from, with the loss on its own tokens alone."""

from __future__ import annotations

from typing import Any

from trace_gym.trajectories.record import Trajectory
from trace_trainers.engine.chat import ChatRenderer
from trace_trainers.engine.sequence import TokenSequence

IGNORED = -100
"""The label of a token that carries no loss."""


def example_of(renderer: ChatRenderer, trajectory: Trajectory) -> dict[str, list[int]]:
    """Returns a conversation as ids and labels, tokenized as rollouts are.

    Args:
        renderer: Of the agent's tokenizer.
        trajectory: A conversation that the agent had.

    Returns:
        `input_ids`, and `labels` of the same length: the id where the token is the assistant's own, else `IGNORED`.
    """
    sequence = _sequence(renderer, trajectory)
    labels = [IGNORED] * len(sequence.prompt)
    for token, own in zip(sequence.completion, sequence.mask, strict=True):
        labels.append(token if own else IGNORED)
    return {"input_ids": sequence.ids, "labels": labels}


def _sequence(renderer: ChatRenderer, trajectory: Trajectory) -> TokenSequence:
    tokenizer = renderer.tokenizer
    messages = trajectory.messages
    starts = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    sequence = TokenSequence(renderer.prompt(messages[: starts[0]], trajectory.tools))

    for number, start in enumerate(starts):
        message = messages[start]
        # `content` lacks the calls that were parsed out of the text, `raw` has them
        text = str(message.get("raw", message["content"]))
        for token in [*_ids(tokenizer, text), tokenizer.eos_token_id]:
            sequence.add_sampled(token, 0.0)
        # after the last turn nothing is left to say
        if number + 1 < len(starts):
            between = messages[start + 1 : starts[number + 1]]
            sequence.add_environment(renderer.continuation(between, ended=True))
    return sequence


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False).input_ids
    return ids
