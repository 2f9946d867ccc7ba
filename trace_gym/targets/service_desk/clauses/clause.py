"""What a clause is: one thing a customer asks for, and its solution."""

from __future__ import annotations

from dataclasses import dataclass

from trace_gym.env.facts import Fact
from trace_gym.env.types import ToolCall


@dataclass(frozen=True)
class Clause:
    """One request and how to serve it.

    Example:
        >>> call = ToolCall("cancel_order", {"order_id": "W12"})
        >>> Clause("precondition_verification", "Cancel W12.", (call,), "W12 is cancelled.").facts
        ()
    """

    capability: str
    """The capability it needs."""
    request: str
    """What the customer says."""
    calls: tuple[ToolCall, ...]
    """The gold calls."""
    reply: str
    """The gold closing message."""
    facts: tuple[Fact, ...] = ()
    """What the customer must be told."""
    request_without_order: str = ""
    """The same request without the order's number, where the customer can withhold it."""
