"""The six capabilities that the desk's tasks need, by the names that identification gives them."""

PRECONDITION = "precondition_verification"
SELECTION = "structured_selection"
MULTI_STEP = "multi_step_completion"
GROUNDING = "argument_grounding"
RECOVERY = "error_recovery"
REPORTING = "result_reporting"

CAPABILITIES = (PRECONDITION, SELECTION, MULTI_STEP, GROUNDING, RECOVERY, REPORTING)
"""All of them, in the order in which tasks record what they need."""
