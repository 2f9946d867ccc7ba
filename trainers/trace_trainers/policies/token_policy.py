"""What training needs of a policy besides its turns: the tokens that it sampled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from trace_gym.rollouts.policy import Policy
from trace_trainers.engine.sequence import TokenSequence


class TokenPolicy(Policy, Protocol):
    """A policy whose conversations can be trained on.

    Responsibilities: `transcripts` maps the key of each episode of the current batch to its token sequence; sequences
    stay there after `finish`, until the next batch begins.

    Example:
        >>> class SilentPolicy:
        ...     policy_id = "silent"
        ...
        ...     def __init__(self):
        ...         self.transcripts = {}
        ...
        ...     def act(self, requests):
        ...         for request in requests:
        ...             self.transcripts[request.key] = TokenSequence([1], [0], [1], [0.0])
        ...         return [""] * len(requests)
        ...
        ...     def adapter_of(self, key):
        ...         return ""
        ...
        ...     def finish(self, keys):
        ...         pass
        >>> policy: TokenPolicy = SilentPolicy()
        >>> policy.act([]), policy.transcripts
        ([], {})
    """

    @property
    def transcripts(self) -> Mapping[int, TokenSequence]:
        """The token sequence of each episode of the current batch, by the episode's key."""
        ...
