"""The shop's records: users, orders, items with stock, payments, drawn with identifiers of one split only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from trace_gym.env.seeding import numbers_of_split
from trace_gym.env.types import Json

STATUSES = ("pending", "shipped", "delivered")
REGIONS = ("north", "south", "abroad")
BUYERS = ("private", "firm")
SPARE_SPEEDS = ("van", "bike")
"""What may be left when the speed that the guidelines ask for is not."""
KINDS = ("lamp", "mug", "chair", "desk", "rug", "shelf")
COLORS = ("red", "blue", "green", "black", "white")
PAYMENTS = ("card", "voucher")
_NAMES = ("mia", "leo", "ana", "tom", "eva", "sam", "lia", "max", "zoe", "ben")
_DIGITS = 4


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
        self.state: dict[str, Json] = {"users": {}, "orders": {}, "items": {}, "refusals": {}}
        self._taken: set[str] = set()

    def pick(self, choices: Sequence[str]) -> str:
        """Draws one of `choices`.

        Args:
            choices: What to draw from, at least one.
        """
        return choices[int(self.rng.integers(len(choices)))]

    def shuffled(self, values: Sequence[str]) -> list[str]:
        """Returns values in a random order.

        Args:
            values: Any number of them.
        """
        return [values[int(place)] for place in self.rng.permutation(len(values))]

    def chance(self, probability: float) -> bool:
        """Draws whether something happens.

        Args:
            probability: Of it, in [0, 1].
        """
        return bool(self.rng.random() < probability)

    def identifier(self, prefix: str) -> str:
        """Draws an unused identifier such as `W4821`.

        Args:
            prefix: The letter it starts with.
        """
        numbers = numbers_of_split(_DIGITS, self.split)
        # a shop holds a handful of records, so that a number that is taken is rare and drawing again is cheap
        while True:
            number = int(numbers[int(self.rng.integers(len(numbers)))])
            identifier = f"{prefix}{number}"
            if identifier not in self._taken:
                self._taken.add(identifier)
                return identifier

    def add_order(self, status: str = "") -> dict[str, Json]:
        """Adds an order.

        Args:
            status: One of `STATUSES`; drawn if empty.
        """
        # the fields are written, and therefore drawn, in this order: another one would change every task
        order = {
            "order_id": self.identifier("W"),
            "status": status or self.pick(STATUSES),
            "region": self.pick(REGIONS),
            "buyer": self.pick(BUYERS),
            **self._prices(),
            "paid": self.pick(PAYMENTS),
            "shipping": "standard",
            "item_id": self.identifier("I"),
            "refunded_to": "",
        }

        self.state["orders"][order["order_id"]] = order
        return order

    def _prices(self) -> dict[str, Json]:
        net, gross = sorted(int(price) for price in self.rng.choice(np.arange(11, 99), size=2, replace=False))
        return {"net": net, "gross": gross}

    def add_user(self) -> dict[str, Json]:
        """Adds a user with an active payment of every kind and a closed one, in random order."""
        numbers = numbers_of_split(2, self.split)
        name = self.pick(_NAMES)
        user: dict[str, Json] = {
            "email": f"{name}{int(numbers[int(self.rng.integers(len(numbers)))])}@mail.com",
            "payments": [],
        }
        for row in self.rng.permutation(2 * len(PAYMENTS)):
            kind = PAYMENTS[int(row) // 2]
            state = ("active", "closed")[int(row) % 2]
            user["payments"].append({"kind": kind, "state": state, "payment_id": self.identifier("P")})

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
        item = {"kind": kind, "color": color, "stock": stock, "price": price, "item_id": self.identifier("I")}
        self.state["items"][item["item_id"]] = item
        return item
