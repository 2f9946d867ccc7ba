"""The predicates that say whether a capability was exercised, on episodes written by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import pytest

from trace_gym.env.episode import CallRecord, Episode
from trace_gym.env.facts import Fact
from trace_gym.env.task import Task
from trace_gym.env.types import ToolCall
from trace_gym.env.user import ScriptedUser
from trace_gym.synthetic.exercised import chosen, looked_first, recovered, reported, several_steps, subject

from ..helpers import call

KINDS = {"get_order": "read", "list_items": "read", "cancel": "write", "ship": "write", "exchange": "write"}


def look(order: str = "W12") -> ToolCall:
    return call("get_order", order_id=order)


def ship(order: str = "W12", speed: str = "express") -> ToolCall:
    return call("ship", order_id=order, speed=speed)


def done(made: ToolCall, result: Any = "ok", *, error: bool = False) -> CallRecord:
    text = result if isinstance(result, str) else json.dumps(result)
    return CallRecord(made, text, error, KINDS[made.name])


def episode(
    gold: Sequence[ToolCall],
    records: Sequence[CallRecord],
    said: Sequence[str] = (),
    facts: Sequence[Fact] = (),
    refusals: Sequence[str] = (),
) -> Episode:
    state = {"tables": {}, "ledger": {}, "refusals": {key: {"message": "no", "once": False} for key in refusals}}
    task = Task("Please.", state, (*gold, "Done."), tuple(facts), private={"kinds": KINDS})
    return Episode(task, state, state, ScriptedUser(()), [], calls=list(records), said=list(said))


def test_a_call_is_about_its_first_value_with_a_digit() -> None:
    assert subject(call("f", mode="fast", order_id="W12", other="W34")) == "W12"
    assert subject(call("f", mode="fast", count=3)) == ""


class TestSeveralSteps:
    GOLD = (look("W1a2"), ship("W1a2"), look("W34"), call("cancel", order_id="W34"), look("W56"))

    @pytest.mark.parametrize(
        ("made", "share"),
        [
            ([ship("W1a2")], 0.0),
            ([ship("W1a2"), call("cancel", order_id="W34")], 0.5),
            ([ship("W1a2", "bike"), call("cancel", order_id="W34"), look("W56")], 1.0),
            ([ship("W1a2"), ship("W34"), look("W56")], 0.5),
            ([look("W1a2"), look("W34"), look("W56")], 0.0),
            ([], 0.0),
        ],
    )
    def test_the_share_behind_the_first(self, made: list[ToolCall], share: float) -> None:
        assert several_steps(episode(self.GOLD, list(map(done, made)))) == share

    def test_a_refused_call_deals_with_nothing(self) -> None:
        records = [done(ship("W1a2")), done(call("cancel", order_id="W34"), error=True)]
        assert several_steps(episode(self.GOLD, records)) == 0.0


class TestRecovered:
    GOLD = (look(), ship(), ship(speed="bike"))
    KEY = 'ship({"order_id": "W12", "speed": "express"})'

    @pytest.mark.parametrize(
        ("records", "share"),
        [
            ([done(ship(), error=True), done(ship(speed="bike"))], 1.0),
            ([done(ship(), error=True), done(ship(speed="van"))], 0.0),
            ([done(ship(speed="bike"))], 0.0),
            ([done(ship(speed="bike")), done(ship(), error=True)], 0.0),
            ([done(ship(), error=True)], 0.0),
            ([done(ship(), error=True), done(ship("W34", "bike"))], 0.0),
        ],
    )
    def test_only_the_remedy_after_the_refusal_counts(self, records: list[CallRecord], share: float) -> None:
        assert recovered(episode(self.GOLD, records, refusals=[self.KEY])) == share


class TestLookedFirst:
    @pytest.mark.parametrize(
        ("made", "share"),
        [([look(), ship()], 1.0), ([ship(), look()], 0.0), ([look()], 1.0), ([ship()], 0.0), ([], 0.0)],
    )
    def test_where_the_solution_writes(self, made: list[ToolCall], share: float) -> None:
        assert looked_first(episode((look(), ship()), list(map(done, made)))) == share

    def test_where_the_solution_only_looks_a_write_spoils_it(self) -> None:
        assert looked_first(episode((look(),), [done(look())])) == 1.0
        assert looked_first(episode((look(),), [done(look()), done(ship())])) == 0.0

    def test_a_look_up_that_was_refused_shows_nothing(self) -> None:
        assert looked_first(episode((look(), ship()), [done(look(), error=True), done(ship())])) == 0.0


class TestReported:
    RECORD: ClassVar[dict[str, Any]] = {"status": "pending", "region": "north", "net": 40, "gross": 45}
    FACT = Fact("45", (), "W12")

    def of(self, said: str, *, looked: bool = True) -> float:
        records = []
        if looked:
            records.append(done(look(), self.RECORD))
        return reported(episode((look(),), records, [said], [self.FACT]))

    def test_the_value_alone_is_told(self) -> None:
        assert self.of("W12 cost 45.") == 1.0
        assert self.of("W12 is pending and cost 45.") == 1.0

    @pytest.mark.parametrize("said", ["W12: 40, 45.", "W12: pending, north, 45.", "W12 cost 40.", "Done."])
    def test_a_guess_or_a_dump_tells_nothing(self, said: str) -> None:
        assert self.of(said) == 0.0

    def test_what_nobody_looked_up_was_guessed(self) -> None:
        assert self.of("W12 cost 45.", looked=False) == 0.0


class TestChosen:
    GOLD = (call("list_items", kind="lamp"), call("exchange", order_id="W12", item_id="I34"))

    @pytest.mark.parametrize(
        ("made", "share"),
        [(GOLD, 1.0), (GOLD[1:], 0.0), ((GOLD[0], call("exchange", order_id="W12", item_id="I56")), 0.0), ((), 0.0)],
    )
    def test_the_right_write_after_a_look_up(self, made: Sequence[ToolCall], share: float) -> None:
        assert chosen(episode(self.GOLD, list(map(done, made)))) == share
