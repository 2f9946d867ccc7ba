"""What a router is, and what it is loaded with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.policies.adapters import BASE, AdapterBank, Chooser
from trace_trainers.routing.prompts import RoutingPrompt, prompt_of

ABSTAINS = -1
"""The choice of a router that finds no capability."""


class Router(Protocol):
    """Chooses a capability per prompt, from the conversation's first message alone.

    Responsibilities: `route` is deterministic and independent of the batch. `save` writes what `load` of the same
    class needs beside the base model and the capabilities' descriptions; `load(save(...))` routes alike.
    """

    kind: str

    def route(self, prompts: Sequence[RoutingPrompt]) -> list[int]:
        """Returns the number of the chosen capability for each prompt, or `ABSTAINS`.

        Args:
            prompts: Starts of conversations.
        """
        ...

    def save(self, folder: Path) -> None:
        """Writes the router's parameters.

        Args:
            folder: Where they go; other files there are left alone.
        """
        ...

    @classmethod
    def load(cls, folder: Path, model: Any, tokenizer: Any, descriptions: Sequence[str]) -> Router:
        """Reads what `save` wrote.

        Args:
            folder: Where the parameters are.
            model: The base.
            tokenizer: Its tokenizer.
            descriptions: Of the capabilities, in order.

        Raises:
            UserError: If the parameters are missing or damaged.
        """
        ...


def chooser(bank: AdapterBank, router: Router, names: Sequence[str]) -> Chooser:
    """Turns a router into a chooser of adapter names.

    Args:
        bank: The base; adapters are switched off while routing.
        router: Chooses numbers.
        names: Name of each number's adapter.
    """

    def choose(requests: Sequence[TurnRequest]) -> list[str]:
        with bank.using(BASE):
            choices = router.route([prompt_of(request) for request in requests])
        return [names[choice] if choice != ABSTAINS else BASE for choice in choices]

    return choose
