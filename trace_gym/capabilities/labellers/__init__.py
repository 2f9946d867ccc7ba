"""Labellers by kind; adding one is adding a file and a line here."""

from trace_gym.capabilities.labeller import Labeller, RuleLabeller
from trace_gym.capabilities.labellers.best import BestLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES

LABELLERS: tuple[Labeller, ...] = (BestLabeller(),)
"""Who labels a corpus unless told otherwise, in the order of reports."""

KINDS: dict[str, tuple[Labeller, ...]] = {
    "best": LABELLERS,
    "rules": (*map(RuleLabeller, RULES),),
    "repair": (RepairLabeller(),),
}
"""What `trace-gym identify --labeller` takes."""
