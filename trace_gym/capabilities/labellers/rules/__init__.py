"""Fixed rules, one capability a file; adding one is adding a file and a name here."""

from typing import cast

from trace_gym.capabilities.labeller import Rule
from trace_gym.capabilities.labellers.rules import (
    argument_grounding,
    error_recovery,
    multi_step_completion,
    precondition_verification,
    result_reporting,
    structured_selection,
)

RULES: tuple[Rule, ...] = cast(
    tuple[Rule, ...],
    (
        precondition_verification,
        structured_selection,
        multi_step_completion,
        argument_grounding,
        error_recovery,
        result_reporting,
    ),
)
"""All rules, in the order of reports."""
