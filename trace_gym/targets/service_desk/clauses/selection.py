"""Choose from a list the record that the customer wants."""

from __future__ import annotations

from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import COLORS, KINDS, ShopBuilder

_PHRASES = ("Exchange the item of order {} for a {} {}.", "In order {} I want a {} {} instead.")


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws an exchange; from difficulty 2 a sold-out twin stands in the list, at 3 the cheapest is wanted.

    Args:
        shop: Receives the order, and the items to choose from.
        difficulty: 1 to 3.
    """
    order = shop.add_order()
    kind = shop.pick(KINDS)
    wanted = shop.pick(COLORS)
    best = _add_items(shop, kind, wanted, difficulty)
    phrase = _PHRASES[int(shop.rng.integers(len(_PHRASES)))]

    adjective = wanted
    if difficulty >= 3:
        adjective = f"cheapest {wanted}"
        phrase = phrase.replace("a {}", "the {}")

    return Clause(
        capability="structured_selection",
        request=phrase.format(order["order_id"], adjective, kind),
        calls=(
            ToolCall("list_items", {"kind": kind}),
            ToolCall("exchange_item", {"order_id": order["order_id"], "item_id": best["item_id"]}),
        ),
        reply=f"{order['order_id']} now has item {best['item_id']}.",
    )


def _add_items(shop: ShopBuilder, kind: str, wanted: str, difficulty: int) -> dict[str, Json]:
    """Adds items of one kind in random order; returns the one to choose."""
    rng = shop.rng
    other_colors = [color for color in COLORS if color != wanted]
    rng.shuffle(other_colors)

    # (color, stock, price) of each; stock is drawn before price
    items: list[tuple[str, int, int]] = []
    for color in (wanted, *other_colors[:2]):
        items.append((color, 1 + int(rng.integers(9)), 20 + int(rng.integers(30))))
    if difficulty >= 2:
        # sold out, and cheaper than all others: who does not look at the stock takes it
        items.append((wanted, 0, 10 + int(rng.integers(9))))
    if difficulty >= 3:
        items.append((wanted, 1 + int(rng.integers(9)), 60 + int(rng.integers(30))))

    in_stock = []
    for place in rng.permutation(len(items)):
        item = shop.add_item(kind, *items[int(place)])
        if item["color"] == wanted and item["stock"] > 0:
            in_stock.append(item)
    return min(in_stock, key=lambda item: int(item["price"]))
