"""What a repair does otherwise, in words."""

from __future__ import annotations

import pytest

from trace_gym.capabilities.repair import edits
from trace_gym.report.edits import edit_in_words
from trace_gym.trajectories.places import Place

from ..helpers import Talk, call

TALK = Talk("Cancel W12.").call("cancel", order="W21").say("Done.").trajectory()
PLACE = Place(2, 0)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (edits.Drop(PLACE), "[2] does not call cancel"),
        (edits.SetArgument(PLACE, "order", "W12"), '[2] calls cancel with order "W12" instead of "W21"'),
        (edits.SetArgument(PLACE, "order", edits.ABSENT), '[2] calls cancel with order nothing instead of "W21"'),
        (edits.SetArgument(PLACE, "why", "late"), '[2] calls cancel with why "late" instead of nothing'),
        (edits.Insert(-1, call("look", order="W12")), 'behind [0], the assistant also calls look {"order": "W12"}'),
        (edits.Insert(3, call("reboot"), "user"), "behind [3], the user also calls reboot {}"),
        (edits.Move(PLACE, 4), "[2] calls cancel later, behind [4]"),
        (edits.Close(3, "Is that all?"), "behind [3], the assistant says: Is that all?"),
        (edits.Cut(1), "the assistant starts over behind [1]"),
        (edits.Say("It costs 12."), "the user is told: It costs 12."),
        (edits.Unsay(4), "[4] is not said"),
        (edits.Finish("###STOP###"), "the episode comes to its end"),
    ],
)
def test_each_edit_is_told(edit: edits.Edit, words: str) -> None:
    assert edit_in_words(edit, TALK) == words
