"""Masking: every identifier and amount becomes a place, wherever it stands, and nothing else does."""

from __future__ import annotations

import json

import numpy as np

from trace_gym.env.seeding import SPLITS
from trace_gym.synthesis.cases.masking import masked
from trace_gym.synthetic.cases import instantiate

CASE = {
    "request": "Cancel W1234, I am mia12@mail.com; leave W7777 alone.",
    "tables": {
        "get_order": {"W1234": {"status": "pending", "total": 45, "pieces": 3, "payments": ["P5555"]}},
        "list": {"lamp": [{"item_id": "I1111", "price": 20}, {"item_id": "I2222", "price": 31}]},
    },
    "refusals": {'cancel({"order_id": "W1234"})': {"message": "not W1234; ask P9999", "once": False}},
    "gold": [{"name": "cancel", "arguments": {"order_id": "W1234", "address1": "x"}}],
    "facts": [{"value": "45", "unless": [], "about": "W1234"}],
    "answers": ["It is W1234."],
    "reply": "W1234: 45.",
}


def texts(value: object) -> str:
    return json.dumps(value)


def test_no_identifier_and_no_amount_of_the_log_is_left() -> None:
    case = masked(CASE)
    for word in ("1234", "mia12", "W7777", "P5555", "P9999", "I1111", "I2222"):
        assert word not in texts({key: value for key, value in case.items() if key != "identifiers"})
    assert case["amounts"] == [20, 31, 45]
    assert '"pieces": 3' in texts(case)


def test_names_of_arguments_stay() -> None:
    assert "address1" in texts(masked(CASE))


def test_places_are_filled_with_the_same_value_everywhere() -> None:
    drawn = instantiate(masked(CASE), np.random.default_rng(0), "train")
    [order] = drawn["tables"]["get_order"]
    assert order != "W1234"
    assert drawn["gold"][0]["arguments"]["order_id"] == order
    assert drawn["request"].startswith(f"Cancel {order}, I am mia")
    assert drawn["refusals"][f'cancel({{"order_id": "{order}"}})']["message"].startswith(f"not {order};")
    total = str(drawn["tables"]["get_order"][order]["total"])
    assert drawn["facts"][0]["value"] == total
    assert drawn["reply"] == f"{order}: {total}."


def test_the_cheapest_stays_the_cheapest_and_rows_change_places() -> None:
    case = masked(CASE)
    orders = set()
    for seed in range(20):
        rows = instantiate(case, np.random.default_rng(seed), "train")["tables"]["list"]["lamp"]
        assert len(rows) == 2
        cheap = [row["item_id"][:1] for row in sorted(rows, key=lambda row: row["price"])]
        assert cheap == ["I", "I"]
        orders.add(rows[0]["price"] < rows[1]["price"])
    assert orders == {True, False}


def test_splits_share_no_identifier() -> None:
    case = masked(CASE)
    seen: dict[str, set[str]] = {}
    for split in SPLITS:
        rng = np.random.default_rng(1)
        seen[split] = {next(iter(instantiate(case, rng, split)["tables"]["get_order"])) for _ in range(200)}
    assert len(set.union(*seen.values())) == sum(map(len, seen.values()))
