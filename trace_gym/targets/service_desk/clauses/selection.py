"""Choose the record that satisfies what the customer wants from a list."""

from __future__ import annotations

from trace_gym.env.types import ToolCall
from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.shop import COLORS, KINDS, ShopBuilder

_PHRASES = ("Exchange the item of order {} for a {} {}.", "In order {} I want a {} {} instead.")


def draw(shop: ShopBuilder, difficulty: int) -> Clause:
    """Draws an exchange; from difficulty 2 a sold-out twin stands in the list, at 3 the cheapest is wanted.

    Args:
        shop: Gets the records that the clause needs.
        difficulty: The level, from 1 up.
    """
    order = shop.add_order()
    kind = shop.pick(KINDS)
    wanted = shop.pick(COLORS)
    others = [color for color in COLORS if color != wanted]
    shop.rng.shuffle(others)
    rows = [(wanted, 1 + int(shop.rng.integers(9)), 20 + int(shop.rng.integers(30)))]
    rows += [(color, 1 + int(shop.rng.integers(9)), 20 + int(shop.rng.integers(30))) for color in others[:2]]

    if difficulty >= 2:
        rows.append((wanted, 0, 10 + int(shop.rng.integers(9))))
    if difficulty >= 3:
        rows.append((wanted, 1 + int(shop.rng.integers(9)), 60 + int(shop.rng.integers(30))))
    items = [shop.add_item(kind, *rows[int(i)]) for i in shop.rng.permutation(len(rows))]
    fitting = [item for item in items if item["color"] == wanted and item["stock"] > 0]
    best = min(fitting, key=lambda item: int(item["price"]))

    if difficulty >= 3:
        adjective = f"cheapest {wanted}"
    else:
        adjective = wanted
    phrase = _PHRASES[int(shop.rng.integers(len(_PHRASES)))].replace("a {}", "the {}" if difficulty >= 3 else "a {}")
    return Clause(
        capability="structured_selection",
        request=phrase.format(order["order_id"], adjective, kind),
        calls=(
            ToolCall("list_items", {"kind": kind}),
            ToolCall("exchange_item", {"order_id": order["order_id"], "item_id": best["item_id"]}),
        ),
        reply=f"{order['order_id']} now has item {best['item_id']}.",
    )
