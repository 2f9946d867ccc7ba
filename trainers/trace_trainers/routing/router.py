"""The protocol of routers, and how a router chooses adapters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from trace_gym.rollouts.policy import TurnRequest
from trace_trainers.policies.adapters import BASE, AdapterBank, Chooser
from trace_trainers.routing.prompts import RoutingPrompt, prompt_of

ABSTAINS = -1
"""The choice of a router that finds no matching capability."""


class Router(Protocol):
    """Chooses a capability per prompt, from the conversation's first message alone.

    Responsibilities: `route` is deterministic and independent of the batch. `save` writes whatever `load` of the same
    class needs besides the base model and the capabilities' descriptions; a loaded router routes as the saved one did.

    Example:
        >>> class FirstRouter:
        ...     kind = "first"
        ...     def route(self, prompts):
        ...         return [0] * len(prompts)
        ...     def save(self, folder): ...
        ...     @classmethod
        ...     def load(cls, folder, model, tokenizer, descriptions):
        ...         return cls()
        >>> FirstRouter().route([RoutingPrompt([{"role": "user", "content": "Cancel W12."}], [])])
        [0]
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
            folder: The folder to write into; other files in it are left alone.
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
    """Returns a chooser of adapter names that asks a router.

    Args:
        bank: The base; adapters are switched off while routing.
        router: Chooses the number of a capability.
        names: Adapter names, in the order of the capabilities.
    """

    def choose(requests: Sequence[TurnRequest]) -> list[str]:
        prompts = [prompt_of(request) for request in requests]
        # routers are trained on the base's features; an active adapter would shift them
        with bank.using(BASE):
            choices = router.route(prompts)

        adapters = []
        for choice in choices:
            if choice == ABSTAINS:
                adapters.append(BASE)
            else:
                adapters.append(names[choice])
        return adapters

    return choose
