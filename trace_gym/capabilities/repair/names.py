"""The capabilities that repairs name."""

from __future__ import annotations

from trace_gym.capabilities.labels import Capability

CHECKING = "precondition_verification"
RESTRAINT = "policy_compliance"
TOOL_CHOICE = "tool_choice"
NO_REPETITION = "no_repetition"
NO_NEEDLESS_ESCALATION = "needless_escalation"
ESCALATION = "escalation"
MULTI_STEP = "multi_step_completion"
STARTING = "task_initiation"
RECOVERY = "error_recovery"
ORDER = "operation_order"
GUIDANCE = "user_guidance"
SELECTION = "structured_selection"
RIGHT_RECORD = "record_tracking"
LOOKING_UP = "information_gathering"
GROUNDING = "argument_grounding"
ARITHMETIC = "arithmetic"
POLICY_VALUE = "policy_values"
REPORTING = "result_reporting"
TRUTHFULNESS = "truthful_reporting"
FINISHING = "finishing"

CAPABILITIES: dict[str, Capability] = {
    name: Capability(name, description, archetype)
    for name, description, archetype in (
        (CHECKING, "Look a record up before you change it.", "precondition_check"),
        (RESTRAINT, "Leave undone what the rules forbid, and what nobody asked for.", ""),
        (TOOL_CHOICE, "Choose the right operation among similar ones.", ""),
        (NO_REPETITION, "Do once what is to be done once.", ""),
        (NO_NEEDLESS_ESCALATION, "Hand the user over only where the rules say so.", ""),
        (ESCALATION, "Hand the user over where the rules say so.", ""),
        (MULTI_STEP, "Do everything that was asked for, not only a part.", "multi_step"),
        (STARTING, "Do what was asked for instead of refusing, talking or stopping.", ""),
        (RECOVERY, "Correct a refused call and try again.", "error_recovery"),
        (ORDER, "Do things in the order in which each is still possible.", ""),
        (GUIDANCE, "Ask the user for the steps that only the user can take.", ""),
        (SELECTION, "Choose the right one of several listed records.", "structured_selection"),
        (RIGHT_RECORD, "Work on the record that is meant, not on another of the user's.", ""),
        (LOOKING_UP, "Look up every record that the answer depends on.", ""),
        (GROUNDING, "Take values from what was said or read, exactly.", "argument_grounding"),
        (ARITHMETIC, "Work out sums, differences, counts and extremes of what was read.", ""),
        (POLICY_VALUE, "Set what the rules prescribe.", ""),
        (REPORTING, "Tell the user what was found.", "result_reporting"),
        (TRUTHFULNESS, "Tell the user nothing that the records contradict.", ""),
        (FINISHING, "Bring the conversation to its end in time.", ""),
    )
}
"""Each with its description, and the kind of environment that trains it where there is one."""


def declared(name: str) -> tuple[str, str, str]:
    """Returns the name, description and archetype of a capability, as a rule declares them.

    Args:
        name: The capability.

    Example:
        >>> declared("error_recovery")[2]
        'error_recovery'
    """
    capability = CAPABILITIES[name]
    return capability.name, capability.description, capability.archetype
