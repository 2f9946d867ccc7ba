"""Labellers by kind; adding one is adding a file and a line here."""

from trace_gym.capabilities.labeller import Labeller, RuleLabeller
from trace_gym.capabilities.labellers.repair import RepairLabeller
from trace_gym.capabilities.labellers.rules import RULES

LABELLERS: tuple[Labeller, ...] = (*map(RuleLabeller, RULES),)
"""Who labels a corpus unless told otherwise, in the order of reports."""

KINDS: dict[str, tuple[Labeller, ...]] = {"rules": LABELLERS, "repair": (RepairLabeller(),)}
"""What `trace-gym identify --labeller` takes."""
