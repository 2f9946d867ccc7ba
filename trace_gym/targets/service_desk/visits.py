"""Visits: what one customer asks for in a conversation, drawn so that it needs one to four capabilities."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.capabilities import (
    CAPABILITIES,
    GROUNDING,
    MULTI_STEP,
    PRECONDITION,
    RECOVERY,
    REPORTING,
    SELECTION,
)
from trace_gym.targets.service_desk.errands import ERRANDS
from trace_gym.targets.service_desk.errands.errand import Errand, Exercises, serve
from trace_gym.targets.service_desk.shop import ShopBuilder

_SHARES = {1: (0.2, 0.35, 0.28, 0.17), 2: (0.15, 0.3, 0.3, 0.25), 3: (0.05, 0.2, 0.35, 0.4)}
"""Shares of tasks that need one, two, three and four capabilities, by difficulty."""
_THREE_ORDERS = {1: 0.0, 2: 0.3, 3: 0.6}
"""How often several orders are three rather than two, by difficulty."""
_LEFT_ALONE = {1: 0.2, 2: 0.4, 3: 0.6}
"""How often the customer also names an order that is to be left alone, by difficulty."""
_JOINED = 0.4
"""How often several things to do are two different errands, rather than one errand for several orders."""
_WITHHELD = 0.2
"""How often a customer with a single order names it only when asked."""
_ALONE = (" {} is fine as it is.", " Leave {} alone.")
_QUESTION = "Which order is it?"


@dataclass(frozen=True)
class Visit:
    """What a customer comes for.

    Example:
        >>> import numpy as np
        >>> visit = draw_visit(ShopBuilder(np.random.default_rng(0), "train"), difficulty=1)
        >>> 1 <= len(visit.needs) <= 4
        True
    """

    errands: tuple[Errand, ...]
    """One, or two of different kinds."""
    needs: tuple[str, ...]
    """The capabilities it needs, in the order of `CAPABILITIES`."""
    left_alone: str = ""
    """What the customer says of another order; empty for nothing."""
    withheld: str = ""
    """The order that the customer names only when asked; empty if none is withheld."""

    @property
    def request(self) -> str:
        """The customer's first message."""
        text = " Also: ".join(errand.request for errand in self.errands)
        if self.withheld:
            text = text.replace(self.withheld, "my order")
        return text + self.left_alone


def play(visit: Visit, does: Exercises) -> list[ToolCall | str]:
    """Returns the turns of an assistant that exercises some capabilities and lacks others.

    Args:
        visit: What the customer comes for.
        does: Whether each of the capabilities is exercised. Each that the visit needs is decisive: an assistant that
            lacks it fails.

    Returns:
        Calls and messages in order; with everything exercised, the gold solution.
    """
    turns: list[ToolCall | str] = []
    if visit.withheld:
        turns.append(_QUESTION)

    said: list[str] = []
    errands = visit.errands
    if not does[MULTI_STEP]:
        errands = errands[:1]
    for errand in errands:
        service = serve(errand, does)
        turns += service.calls
        said += service.said
    return [*turns, " ".join(said)]


def draw_visit(shop: ShopBuilder, difficulty: int) -> Visit:
    """Draws what a customer comes for, and fills the shop with the records it takes.

    Args:
        shop: Receives the records.
        difficulty: 1 to 3: more capabilities a task, more orders, longer lists, more that is to be left alone.
    """
    needs = _draw_needs(shop, difficulty)
    errands = tuple(_draw_errands(shop, needs, difficulty))

    # an order nobody asked about, which a solution has to leave alone
    other = str(shop.add_order()["order_id"])
    left_alone = ""
    if shop.chance(_LEFT_ALONE[difficulty]):
        left_alone = shop.pick(_ALONE).format(other)

    withheld = ""
    is_single = len(errands) == 1 and len(errands[0].jobs) == 1
    if is_single and not left_alone and shop.chance(_WITHHELD):
        withheld = errands[0].jobs[0].order_id
    # what an errand needs may turn out to be less than was drawn, where the records forbid the change
    decisive = needs & {MULTI_STEP}
    for errand in errands:
        decisive |= errand.needs
    in_order = tuple(name for name in CAPABILITIES if name in decisive)
    return Visit(errands, in_order, left_alone, withheld)


def _draw_needs(shop: ShopBuilder, difficulty: int) -> frozenset[str]:
    """Draws a set of capabilities that some visit can need."""
    count = 1 + int(shop.rng.choice(4, p=_SHARES[difficulty]))
    possible = [needs for needs in map(frozenset, itertools.combinations(CAPABILITIES, count)) if _is_possible(needs)]
    return possible[int(shop.rng.integers(len(possible)))]


def _is_possible(needs: frozenset[str]) -> bool:
    # an item is chosen in an exchange and a payment found for a refund, so both together take two errands
    return MULTI_STEP in needs or not {SELECTION, GROUNDING} <= needs


def _draw_errands(shop: ShopBuilder, needs: frozenset[str], difficulty: int) -> list[Errand]:
    """Draws one errand that needs all of it, or two that share it."""
    count = 2 + int(shop.chance(_THREE_ORDERS[difficulty]))
    if {SELECTION, GROUNDING} <= needs:
        parts = _shared(shop, needs)
    elif MULTI_STEP in needs and len(needs) > 1 and shop.chance(_JOINED):
        parts = _split(shop, needs)
    else:
        parts = [(_verb(shop, needs), needs)]
    return [ERRANDS[verb](shop, part, count, difficulty) for verb, part in parts]


def _shared(shop: ShopBuilder, needs: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Shares the other needs out between an exchange and a refund, in either order."""
    needs_by_verb = {"exchange": {SELECTION}, "refund": {GROUNDING}}
    for name in (PRECONDITION, RECOVERY, REPORTING):
        if name in needs:
            needs_by_verb[shop.pick(("exchange", "refund"))].add(name)
    return [(verb, frozenset(needs_by_verb[verb])) for verb in shop.shuffled(("exchange", "refund"))]


def _split(shop: ShopBuilder, needs: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    """Puts a need that can stand alone, or none, into an errand of its own; the rest goes into another."""
    rest = needs - {MULTI_STEP}
    apart: list[tuple[str, frozenset[str]]] = [("ship", frozenset())]
    if len(rest) > 1:
        for name, verb in ((PRECONDITION, "close"), (REPORTING, "ask"), (RECOVERY, "ship")):
            if name in rest:
                apart.append((verb, frozenset({name})))

    verb, part = apart[int(shop.rng.integers(len(apart)))]
    parts = [(_verb(shop, rest - part), rest - part), (verb, part)]
    return [parts[int(place)] for place in shop.rng.permutation(2)]


def _verb(shop: ShopBuilder, needs: frozenset[str]) -> str:
    """Draws an errand that can need all of it."""
    if SELECTION in needs:
        return "exchange"
    if GROUNDING in needs:
        return "refund"
    if RECOVERY in needs:
        return "ship"
    if PRECONDITION in needs:
        return shop.pick(("close", "close", "ship"))
    if REPORTING in needs and not (MULTI_STEP in needs and shop.chance(0.5)):
        return "ask"
    return "ship"
