"""One conversation as token ids: what was given, what was sampled, and how likely that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(eq=False)
class TokenSequence:
    """A conversation that grows turn by turn and is never tokenized again.

    Compared by identity, so that a backend can recognize the conversations whose caches it holds.

    Example:
        >>> sequence = TokenSequence([1, 2, 3])
        >>> sequence.add_sampled(7, -0.5)
        >>> sequence.add_environment([8, 9])
        >>> sequence.completion, sequence.mask, len(sequence)
        ([7, 8, 9], [1, 0, 0], 6)
    """

    prompt: list[int]
    """Ids before the first sampled token."""
    completion: list[int] = field(default_factory=list)
    """All ids after the prompt: sampled ones and, between turns, the environment's."""
    mask: list[int] = field(default_factory=list)
    """1 for each sampled id of `completion`, 0 for the environment's."""
    logprobs: list[float] = field(default_factory=list)
    """Log-probability of each sampled id at the sampling temperature, 0.0 for the environment's."""

    def __len__(self) -> int:
        """Returns how many ids there are in all."""
        return len(self.prompt) + len(self.completion)

    @property
    def ids(self) -> list[int]:
        """All ids, prompt and completion."""
        return self.prompt + self.completion

    def add_sampled(self, token: int, logprob: float) -> None:
        """Appends an id that the policy sampled.

        Args:
            token: The id.
            logprob: Its log-probability at the sampling temperature.
        """
        self.completion.append(token)
        self.mask.append(1)
        self.logprobs.append(logprob)

    def add_environment(self, ids: Sequence[int]) -> None:
        """Appends ids that the policy did not sample.

        Args:
            ids: A tool's result or the user's reply, as the chat template renders it.
        """
        self.completion += ids
        self.mask += [0] * len(ids)
        self.logprobs += [0.0] * len(ids)
