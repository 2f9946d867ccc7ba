"""Planted faults; adding one is adding a function and a line here."""

from trace_gym.capabilities.repair import names
from trace_gym.testbed.faults import operations, values, words
from trace_gym.testbed.faults.fault import Fault

_UNREAD = "Some references look nothing up, so who does what they do has not read what it would have needed."

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault("forbidden_unread", names.CHECKING, operations.forbidden_unread),
        Fault("forbidden_though_read", names.RESTRAINT, operations.forbidden_though_read),
        Fault("wrong_tool", names.TOOL_CHOICE, operations.wrong_tool),
        Fault("repeated", names.NO_REPETITION, operations.repeated),
        Fault(
            "handed_over", names.NO_NEEDLESS_ESCALATION, operations.handed_over, frozenset({names.LOOKING_UP}), _UNREAD
        ),
        Fault("part_left_out", names.MULTI_STEP, operations.part_left_out),
        Fault("nothing_done", names.STARTING, operations.nothing_done, frozenset({names.LOOKING_UP}), _UNREAD),
        Fault("out_of_order", names.ORDER, operations.out_of_order),
        Fault("refusal_left_at_that", names.RECOVERY, operations.refusal_left_at_that, is_refused=True),
        Fault("never_ending", names.FINISHING, operations.never_ending),
        Fault(
            "wrong_row",
            names.SELECTION,
            values.wrong_row,
            frozenset({names.ARITHMETIC}),
            "Where the cheapest or the like is wanted, the right row is found by comparing.",
        ),
        Fault("wrong_record", names.RIGHT_RECORD, values.wrong_record),
        Fault(
            "invented",
            names.GROUNDING,
            values.invented,
            frozenset({names.LOOKING_UP}),
            "What is invented was not looked up either.",
            is_refused=True,
        ),
        Fault(
            "not_what_was_said",
            names.GROUNDING,
            values.not_what_was_said,
            frozenset({names.RECOVERY}),
            "Where the tools refuse what was misspelt, it leaves it at that.",
            is_refused=True,
        ),
        Fault("worked_out_wrong", names.ARITHMETIC, values.worked_out_wrong),
        Fault("not_what_the_rules_say", names.POLICY_VALUE, values.not_what_the_rules_say),
        Fault("not_told", names.REPORTING, words.not_told),
        Fault("answered_unread", names.LOOKING_UP, words.answered_unread),
        Fault("step_not_asked_for", names.GUIDANCE, words.step_not_asked_for),
    )
}
"""Each by its name."""
