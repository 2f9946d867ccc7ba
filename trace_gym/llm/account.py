"""What asking a language model took: requests, answers from the cache, tokens, money."""

from __future__ import annotations

from dataclasses import dataclass, field

from trace_gym.llm.client import Usage


@dataclass
class Account:
    """What a list of questions took.

    Example:
        >>> account = Account(questions=5, cached=2, usage=Usage(3, 1_000_000, 10_000))
        >>> print(account.text(price_in=2.0, price_out=10.0))
        5 questions, 2 answered by the cache; 3 requests, 1,000,000 prompt and 10,000 completion tokens, cost 2.10
    """

    questions: int = 0
    """Different questions."""
    cached: int = 0
    """Those that the cache answered."""
    damaged: int = 0
    """Files of the cache that were damaged, so that their questions were asked anew."""
    invalid: int = 0
    """Questions whose answer had not the form that was asked for, not even when told so."""
    refused: int = 0
    """Questions that the endpoint refused, or gave no completion for."""
    usage: Usage = field(default_factory=Usage)
    """Requests and tokens as the endpoint counts them; what the cache answered is not among them."""

    def text(self, price_in: float | None = None, price_out: float | None = None) -> str:
        """Returns the account as one line.

        Args:
            price_in: Price of a million prompt tokens; None if it is not known.
            price_out: Price of a million completion tokens; None if it is not known.
        """
        usage = self.usage
        line = (
            f"{self.questions:,} questions, {self.cached:,} answered by the cache; {usage.requests:,} requests, "
            f"{usage.prompt_tokens:,} prompt and {usage.completion_tokens:,} completion tokens"
        )
        if price_in is not None or price_out is not None:
            line += f", cost {self.cost(price_in or 0.0, price_out or 0.0):.2f}"
        if self.damaged:
            line += f"; {self.damaged:,} damaged files of the cache were asked anew"
        return line

    def cost(self, price_in: float, price_out: float) -> float:
        """Returns what the requests cost, in the unit of the prices.

        Args:
            price_in: Price of a million prompt tokens.
            price_out: Price of a million completion tokens.
        """
        return (self.usage.prompt_tokens * price_in + self.usage.completion_tokens * price_out) / 1_000_000
