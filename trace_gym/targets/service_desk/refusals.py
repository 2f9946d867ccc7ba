"""Refusals: a write that fits the guidelines and is refused all the same, with the way out named in the refusal."""

from __future__ import annotations

from dataclasses import dataclass

from trace_gym.targets.service_desk.shop import ShopBuilder

_SENTENCES = (
    "{tried} is full; {other} costs extra, so use {remedy}.",
    "{tried} is not free. {remedy} is, {other} costs extra.",
    "no {tried} left: take {remedy}, {other} would cost extra.",
    "not {tried} today; as {other} is for staff, choose {remedy}.",
)
"""The remedy stands first in some and last in others, so that its place tells nothing."""


@dataclass(frozen=True)
class Refusal:
    """One value that is refused for one order, and what works instead.

    Example:
        >>> Refusal("express", "priority").remedy
        'priority'
    """

    tried: str
    """The refused value."""
    remedy: str
    """The value that the refusal says works."""


def key(order_id: str, value: str) -> str:
    """Returns under which key of the state's `refusals` a refusal stands.

    Args:
        order_id: The order that is changed.
        value: What it should get.
    """
    return f"{order_id} {value}"


def draw_refusal(shop: ShopBuilder, order_id: str, tried: str, remedy: str, other: str) -> Refusal:
    """Makes the shop refuse a value for an order.

    Args:
        shop: Receives the refusal.
        order_id: The order.
        tried: The value that the guidelines ask for.
        remedy: What works instead.
        other: A third value, which the tool takes as well, and which is wrong.
    """
    sentence = shop.pick(_SENTENCES).format(tried=tried, remedy=remedy, other=other)
    shop.state["refusals"][key(order_id, tried)] = sentence
    return Refusal(tried, remedy)
