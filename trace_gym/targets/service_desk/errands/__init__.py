"""What customers ask for, one verb a file; `visits` says when each is drawn."""

from collections.abc import Callable

from trace_gym.targets.service_desk.errands.ask import draw as ask
from trace_gym.targets.service_desk.errands.close import draw as close
from trace_gym.targets.service_desk.errands.errand import Errand
from trace_gym.targets.service_desk.errands.exchange import draw as exchange
from trace_gym.targets.service_desk.errands.refund import draw as refund
from trace_gym.targets.service_desk.errands.ship import draw as ship
from trace_gym.targets.service_desk.shop import ShopBuilder

ERRANDS: dict[str, Callable[[ShopBuilder, frozenset[str], int, int], Errand]] = {
    "ask": ask,
    "close": close,
    "ship": ship,
    "exchange": exchange,
    "refund": refund,
}
"""How to draw an errand by name, from a shop, the capabilities it needs, a number of orders and a level."""
