"""What customers ask for, one capability a file; adding a capability is adding a file and a line here."""

from collections.abc import Callable

from trace_gym.targets.service_desk.clauses.clause import Clause
from trace_gym.targets.service_desk.clauses.error_recovery import draw as error_recovery
from trace_gym.targets.service_desk.clauses.grounding import draw as grounding
from trace_gym.targets.service_desk.clauses.multi_step import draw as multi_step
from trace_gym.targets.service_desk.clauses.precondition import draw as precondition
from trace_gym.targets.service_desk.clauses.reporting import draw as reporting
from trace_gym.targets.service_desk.clauses.selection import draw as selection
from trace_gym.targets.service_desk.shop import ShopBuilder

MULTI_STEP = "multi_step_completion"

CLAUSES: dict[str, Callable[[ShopBuilder, int], Clause]] = {
    "precondition_verification": precondition,
    "structured_selection": selection,
    MULTI_STEP: multi_step,
    "argument_grounding": grounding,
    "error_recovery": error_recovery,
    "result_reporting": reporting,
}
"""How to draw a clause of each capability, from a shop and a difficulty."""
