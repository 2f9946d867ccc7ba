"""Exchange an order's item for one that is chosen from a list."""

from __future__ import annotations

from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.service_desk.capabilities import PRECONDITION, RECOVERY
from trace_gym.targets.service_desk.errands.errand import Errand, Job, Write
from trace_gym.targets.service_desk.errands.orders import draw_orders
from trace_gym.targets.service_desk.errands.telling import draw_tell
from trace_gym.targets.service_desk.refusals import Refusal, draw_refusal
from trace_gym.targets.service_desk.shop import COLORS, KINDS, ShopBuilder

_PHRASES = (
    "Exchange {{}} for a {color} {kind}.",
    "Instead of what is in {{}} I want a {color} {kind}.",
    "Swap {{}} against a {kind} in {color}.",
)
_CONDITIONS = (" Only if still pending.", " But only when not sent yet.")


def draw(shop: ShopBuilder, needs: frozenset[str], count: int, level: int) -> Errand:
    """Draws an exchange; among the items of the color that is wanted one is sold out.

    Args:
        shop: Receives the orders, and the items to choose from.
        needs: The capabilities it needs, structured selection among them.
        count: Number of orders where it needs several.
        level: From 2 on, two items fit and the cheaper one is right; at 3 there are more.
    """
    kind = shop.pick(KINDS)
    color = shop.pick(COLORS)
    phrase = shop.pick(_PHRASES).format(color=color, kind=kind)
    needed = ""
    if PRECONDITION in needs:
        needed = "pending"
        phrase += shop.pick(_CONDITIONS)

    orders, needs = draw_orders(shop, needs, count, needed)
    best, others, remedy = _add_items(shop, kind, color, level)
    jobs: list[Job] = []
    is_refused = RECOVERY not in needs
    for order in orders:
        refusal: Refusal | None = None
        if not is_refused and needed in ("", order["status"]):
            other = shop.pick([item for item in others if item != remedy])
            refusal = draw_refusal(shop, order["order_id"], best, remedy, other)
            is_refused = True
        # an item that the refusal recommends would be no mistake
        mistakes = [item for item in others if refusal is None or item != refusal.remedy]
        jobs.append(Job(order, best, shop.pick(mistakes), refusal))

    tell, question = draw_tell(shop, needs)
    return Errand(
        name="exchange",
        phrase=phrase + question,
        jobs=tuple(jobs),
        needs=needs,
        write=Write("exchange_item", "exchange", "item_id", "{order} now has {value}.", needed),
        reveal=ToolCall("list_items", {"kind": kind}),
        tell=tell,
    )


def _add_items(shop: ShopBuilder, kind: str, wanted: str, level: int) -> tuple[str, list[str], str]:
    """Adds items of one kind in random order; returns the one to choose, the others, and one of another color."""
    another = shop.pick([color for color in COLORS if color != wanted])
    # (color, in stock) of each
    wishes = [(wanted, True), (wanted, False), (wanted, False), (another, True)]
    if level >= 2:
        wishes.append((wanted, True))
    if level >= 3:
        wishes.append((wanted, True))

    # prices differ by the tens, so that a comparison is never about the last digit
    tens = shop.rng.permutation(len(wishes)) + 1
    items: list[dict[str, Json]] = []
    for place in shop.rng.permutation(len(wishes)):
        color, is_stocked = wishes[int(place)]
        stock = 0
        if is_stocked:
            stock = 3 + int(shop.rng.integers(7))
        price = 10 * int(tens[int(place)]) + int(shop.rng.integers(10))
        items.append(shop.add_item(kind, color, stock, price))

    fitting = [item for item in items if item["color"] == wanted and item["stock"] > 0]
    best = min(fitting, key=lambda item: int(item["price"]))
    others = [str(item["item_id"]) for item in items if item is not best]
    remedy = next(str(item["item_id"]) for item in items if item["color"] == another)
    return str(best["item_id"]), others, remedy
