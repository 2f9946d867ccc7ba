"""What training needs of a policy: that it keeps the tokens of what it said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from trace_gym.rollouts.policy import Policy
from trace_trainers.engine.sequence import TokenSequence


class TokenPolicy(Policy, Protocol):
    """A policy whose conversations can be trained on.

    Responsibilities: `transcripts` holds the token sequence of each episode of the current batch, by the episode's
    key; sequences stay there after `finish`, until the next batch begins.
    """

    @property
    def transcripts(self) -> Mapping[int, TokenSequence]:
        """The token sequence of each episode of the batch."""
        ...
