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
            rng: The task's generator.
            split: Whose identifiers to use.
        """
        self.rng = rng
        self.split = split
        self.state: dict[str, Json] = {"users": {}, "orders": {}, "items": {}}
        self._taken: set[str] = set()

    def pick(self, choices: tuple[str, ...]) -> str:
        """Draws one of `choices`.

        Args:
            choices: At least one.
        """
        return choices[int(self.rng.integers(len(choices)))]

    def identifier(self, prefix: str, digits: int) -> str:
        """Draws an unused identifier such as `W4821`.

        Args:
            prefix: Its letter.
            digits: How many digits follow.
        """
        numbers = numbers_of_split(digits, self.split)
        while True:
            drawn = f"{prefix}{int(numbers[int(self.rng.integers(len(numbers)))])}"
            if drawn not in self._taken:
                self._taken.add(drawn)
                return drawn

    def add_order(self, *, status: str | None = None, express_full: bool = False) -> dict[str, Json]:
        """Adds an order; its status is drawn when not given; `express_full` refuses express shipping.

        Args:
            status: Drawn when None.
            express_full: Whether express shipping is refused.
        """
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
        """Adds a user with `payments` (1 or 2) payments of different kinds.

        Args:
            payments: 1 or 2.
        """
        name = self.pick(_NAMES)
        numbers = numbers_of_split(2, self.split)
        kinds = list(PAYMENTS)
        self.rng.shuffle(kinds)
        user = {
            "user_id": self.identifier("U", 3),
            "email": f"{name}{int(numbers[int(self.rng.integers(len(numbers)))])}@mail.com",
            "payments": [{"payment_id": self.identifier("P", 3), "kind": kind} for kind in kinds[:payments]],
        }

        self.state["users"][user["email"]] = user
        return user

    def add_item(self, kind: str, color: str, stock: int, price: int) -> dict[str, Json]:
        """Adds an item to the catalogue.

        Args:
            kind: Such as `lamp`.
            color: Such as `red`.
            stock: Pieces at hand.
            price: In whole units.
        """
        item = {"item_id": self.identifier("I", 3), "kind": kind, "color": color, "price": price, "stock": stock}
        self.state["items"][item["item_id"]] = item
        return item
