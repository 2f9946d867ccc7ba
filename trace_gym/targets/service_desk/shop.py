"""The shop's records: users, orders, items with stock, payments, drawn with identifiers of one split only."""

from __future__ import annotations

import numpy as np

from trace_gym.env.seeding import numbers_of_split
from trace_gym.env.types import Json

STATUSES = ("pending", "shipped", "delivered")
KINDS = ("lamp", "mug", "chair", "desk", "rug", "shelf")
COLORS = ("red", "blue", "green", "black", "white")
PAYMENTS = ("card", "voucher")
_NAMES = ("mia", "leo", "ana", "tom", "eva", "sam", "lia", "max", "zoe", "ben")


class ShopBuilder:
    """Builds a shop's state record by record; identifiers never repeat within it.

    Example:
        >>> shop = ShopBuilder(np.random.default_rng(0), "train")
        >>> order = shop.add_order(status="shipped")
        >>> order["status"], len(shop.state["orders"])
        ('shipped', 1)
    """

    def __init__(self, rng: np.random.Generator, split: str) -> None:
        """Starts with an empty shop.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: The split whose identifiers are used.
        """
        self.rng = rng
        self.split = split
        self.state: dict[str, Json] = {"users": {}, "orders": {}, "items": {}}
        self._taken: set[str] = set()

    def pick(self, choices: tuple[str, ...]) -> str:
        """Draws one of `choices`.

        Args:
            choices: What to draw from, at least one.
        """
        return choices[int(self.rng.integers(len(choices)))]

    def identifier(self, prefix: str, digits: int) -> str:
        """Draws an unused identifier such as `W4821`.

        Args:
            prefix: The letter it starts with.
            digits: How many digits follow.
        """
        numbers = numbers_of_split(digits, self.split)
        # a shop holds a handful of records, so that a number that is taken is rare and drawing again is cheap
        while True:
            number = int(numbers[int(self.rng.integers(len(numbers)))])
            identifier = f"{prefix}{number}"
            if identifier not in self._taken:
                self._taken.add(identifier)
                return identifier

    def add_order(self, *, status: str | None = None, express_full: bool = False) -> dict[str, Json]:
        """Adds an order.

        Args:
            status: One of `STATUSES`; drawn if omitted.
            express_full: Whether express shipping is refused.
        """
        # the fields are written, and therefore drawn, in this order: another one would change every task
        order = {
            "order_id": self.identifier("W", 4),
            "status": status or self.pick(STATUSES),
            "item_id": self.identifier("I", 3),
            "total": int(self.rng.integers(11, 99)),
            "shipping": "standard",
            "express_full": express_full,
            "refunded_to": "",
        }

        self.state["orders"][order["order_id"]] = order
        return order

    def add_user(self, payments: int) -> dict[str, Json]:
        """Adds a user whose payments are of different kinds.

        Args:
            payments: Number of payments, 1 or 2.
        """
        name = self.pick(_NAMES)
        numbers = numbers_of_split(2, self.split)
        kinds = list(PAYMENTS)
        self.rng.shuffle(kinds)

        user: dict[str, Json] = {
            "user_id": self.identifier("U", 3),
            "email": f"{name}{int(numbers[int(self.rng.integers(len(numbers)))])}@mail.com",
            "payments": [],
        }
        for kind in kinds[:payments]:
            user["payments"].append({"payment_id": self.identifier("P", 3), "kind": kind})

        self.state["users"][user["email"]] = user
        return user

    def add_item(self, kind: str, color: str, stock: int, price: int) -> dict[str, Json]:
        """Adds an item to the catalogue.

        Args:
            kind: Such as `lamp`.
            color: Such as `red`.
            stock: Number of pieces at hand, >= 0.
            price: In whole units of currency.
        """
        item = {"item_id": self.identifier("I", 3), "kind": kind, "color": color, "price": price, "stock": stock}
        self.state["items"][item["item_id"]] = item
        return item
