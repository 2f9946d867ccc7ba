"""Fixed rules, one capability a file; adding one is adding a file and a name here.

Most compare an attempt with its reference, by the edits that would make it do what the reference does
(`trace_gym.capabilities.repair.comparison`): what repair does where a target can be executed, without executing it.
`user_guidance` has no rule, as references name the assistant's calls alone.
"""

from typing import cast

from trace_gym.capabilities.labeller import Rule
from trace_gym.capabilities.labellers.rules import (
    argument_grounding,
    arithmetic,
    error_recovery,
    escalation,
    finishing,
    information_gathering,
    multi_step_completion,
    needless_escalation,
    no_repetition,
    operation_order,
    policy_compliance,
    policy_values,
    precondition_verification,
    record_tracking,
    result_reporting,
    structured_selection,
    task_initiation,
    tool_choice,
    truthful_reporting,
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
        policy_compliance,
        tool_choice,
        no_repetition,
        escalation,
        needless_escalation,
        task_initiation,
        operation_order,
        record_tracking,
        information_gathering,
        arithmetic,
        policy_values,
        truthful_reporting,
        finishing,
    ),
)
"""All rules, in the order of reports."""
