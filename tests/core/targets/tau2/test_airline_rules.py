"""What the airline's guidelines say of calls that its tools do not refuse."""

from __future__ import annotations

from typing import Any

import pytest

from trace_gym.env.types import ToolCall
from trace_gym.targets.tau2 import domains
from trace_gym.targets.tau2.airline_rules import ruling
from trace_gym.targets.tau2.execution import execution
from trace_gym.trajectories.execution import Ruling
from trace_gym.trajectories.record import Trajectory
from trace_gym.trajectories.solution import Wanted


def ruled(name: str, arguments: dict[str, Any], *earlier: ToolCall) -> Ruling:
    database = domains.environment("airline").tools.db
    return ruling(database, database, ToolCall(name, arguments), earlier)


def reservation_where(**wanted: str) -> Any:
    """The first reservation, by its name, all of whose flights are still to come and were booked long ago."""
    database = domains.environment("airline").tools.db
    for name in sorted(database.reservations):
        one = database.reservations[name]
        is_ahead = all(flight.date > "2024-05-17" for flight in one.flights) and one.created_at < "2024-05-12"
        if is_ahead and all(getattr(one, key) == value for key, value in wanted.items()):
            return one
    raise AssertionError(wanted)


@pytest.mark.parametrize(
    ("cabin", "insurance", "forbids", "allows"),
    [
        ("economy", "no", "economy without insurance", ""),
        ("basic_economy", "no", "basic economy without insurance", ""),
        # whether the reason is one that the insurance covers, no record says
        ("economy", "yes", "", ""),
        ("business", "no", "", "business"),
    ],
)
def test_who_may_cancel(cabin: str, insurance: str, forbids: str, allows: str) -> None:
    one = reservation_where(cabin=cabin, insurance=insurance)
    found = ruled("cancel_reservation", {"reservation_id": one.reservation_id})
    assert found.forbids.startswith(forbids)
    assert bool(found.forbids) == bool(forbids)
    assert allows in found.allows
    assert bool(found.allows) == bool(allows)


def test_what_has_been_flown_stays() -> None:
    assert "flown" in ruled("cancel_reservation", {"reservation_id": "NQNU5R"}).forbids


def update(one: Any, cabin: str, flights: list[tuple[str, str]]) -> Ruling:
    listed = [{"flight_number": number, "date": date} for number, date in flights]
    fields = {"reservation_id": one.reservation_id, "cabin": cabin, "flights": listed, "payment_id": "gift_card_1"}
    return ruled("update_reservation_flights", fields)


def test_basic_economy_keeps_its_flights_and_may_change_its_cabin() -> None:
    one = reservation_where(cabin="basic_economy", flight_type="one_way")
    own = [(flight.flight_number, flight.date) for flight in one.flights]
    other = [(flight.flight_number, "2024-05-30") for flight in one.flights]
    assert update(one, "basic_economy", other).forbids == "basic economy flights cannot be modified"
    assert not update(one, "economy", own).forbids


def test_a_change_keeps_both_ends() -> None:
    one = reservation_where(cabin="economy", flight_type="one_way")
    later = [(flight.flight_number, "2024-05-30") for flight in one.flights]
    assert update(one, "economy", later) == Ruling()
    database = domains.environment("airline").tools.db
    elsewhere = next(name for name, flight in database.flights.items() if flight.destination != one.destination)
    assert one.destination in update(one, "economy", [*later[:-1], (elsewhere, "2024-05-30")]).forbids
    assert update(one, "economy", []).forbids


@pytest.mark.parametrize(("level", "free"), [("regular", 1), ("silver", 2), ("gold", 3)])
def test_free_bags_follow_the_membership(level: str, free: int) -> None:
    database = domains.environment("airline").tools.db
    for one in database.reservations.values():
        if (
            one.cabin == "economy"
            and database.users[one.user_id].membership == level
            and one.total_baggages <= free
            and one.nonfree_baggages == 0
        ):
            break
    passengers = len(one.passengers)
    bags = {"reservation_id": one.reservation_id, "payment_id": "gift_card_1"}
    total = free * passengers + 2
    assert ruled("update_reservation_baggages", {**bags, "total_baggages": total, "nonfree_baggages": 2}) == Ruling()
    too_dear = ruled("update_reservation_baggages", {**bags, "total_baggages": total, "nonfree_baggages": 3})
    assert too_dear.forbids == f"a {level} member pays for 2 of {total} bags here, not for 3"


def test_bags_stay() -> None:
    database = domains.environment("airline").tools.db
    one = next(one for one in database.reservations.values() if one.total_baggages > 0)
    fields = {"reservation_id": one.reservation_id, "total_baggages": 0, "nonfree_baggages": 0, "payment_id": "x"}
    assert ruled("update_reservation_baggages", fields).forbids == "checked bags cannot be removed"


def test_a_delay_is_made_good_behind_a_change_alone() -> None:
    # task 16 of tau-bench v1: three passengers, a delayed flight, and a wish for nothing but money
    fields = {"user_id": "ethan_martin_2396", "amount": 150}
    assert "only after" in ruled("send_certificate", fields).forbids
    database = domains.environment("airline").tools.db
    names = database.users["ethan_martin_2396"].reservations
    cancelled = [ToolCall("cancel_reservation", {"reservation_id": name}) for name in names]
    assert ruled("send_certificate", fields, *cancelled) == Ruling()
    assert "made good by $70" in ruled("send_certificate", {**fields, "amount": 70}).forbids


def test_a_booking_takes_one_certificate() -> None:
    database = domains.environment("airline").tools.db
    user = next(
        user
        for user in database.users.values()
        if sum(method.source == "certificate" for method in user.payment_methods.values()) > 1
    )
    paid = [name for name, method in user.payment_methods.items() if method.source == "certificate"]
    fields: dict[str, Any] = {"user_id": user.user_id, "cabin": "economy", "passengers": [{}], "total_baggages": 0}
    fields |= {"nonfree_baggages": 0, "payment_methods": [{"payment_id": name, "amount": 1} for name in paid]}
    assert ruled("book_reservation", fields).forbids == "a reservation can use at most 1 certificate"
    fields["payment_methods"] = fields["payment_methods"][:1]
    assert ruled("book_reservation", fields) == Ruling()


def test_look_ups_are_not_ruled_on() -> None:
    assert ruled("get_user_details", {"user_id": "nobody"}) == Ruling()


def test_legs_may_be_listed_in_any_order() -> None:
    database = domains.environment("airline").tools.db
    one = next(
        one
        for one in database.reservations.values()
        if one.cabin == "basic_economy" and one.flight_type == "one_way" and len(one.flights) > 1
    )
    own = [(flight.flight_number, flight.date) for flight in one.flights]
    assert update(one, "economy", own[::-1]) == Ruling()


def test_numbers_may_be_texts() -> None:
    one = reservation_where(cabin="economy", insurance="no")
    fields = {"reservation_id": one.reservation_id, "payment_id": "gift_card_1"}
    ruling = ruled("update_reservation_baggages", {**fields, "total_baggages": "20", "nonfree_baggages": "0"})
    assert ruling == ruled("update_reservation_baggages", {**fields, "total_baggages": 20, "nonfree_baggages": 0})
    assert ruling.argument == "nonfree_baggages"


def test_a_booking_has_five_passengers_at_most() -> None:
    fields = {"user_id": "ethan_martin_2396", "cabin": "economy", "passengers": [{}] * 6, "payment_methods": []}
    assert ruled("book_reservation", {**fields, "total_baggages": 0, "nonfree_baggages": 0}).argument == "passengers"


def test_whatever_a_log_holds_is_ruled_on_or_left_open() -> None:
    one = reservation_where(cabin="business")
    rulings = execution(Trajectory("tau1/airline", "0", [], 0.0, False)).rulings
    cancel = ToolCall("cancel_reservation", {"reservation_id": one.reservation_id})
    huge = {"reservation_id": one.reservation_id, "total_baggages": 9, "nonfree_baggages": 10**4300, "payment_id": "x"}
    odd = [
        ToolCall("cancel_reservation", {}),
        ToolCall("cancel_reservation", {"reservation_id": ["a"]}),
        ToolCall("update_reservation_flights", {"reservation_id": one.reservation_id, "flights": "HAT1"}),
        ToolCall("update_reservation_flights", {"reservation_id": one.reservation_id, "flights": [None]}),
        ToolCall("update_reservation_baggages", huge),
        ToolCall("book_reservation", {"user_id": "nobody"}),
        ToolCall("send_certificate", {"user_id": "ethan_martin_2396", "amount": "much"}),
        ToolCall("no_such_tool", {"reservation_id": "NQNU5R"}),
    ]
    *rest, first, second = rulings([Wanted(call) for call in (*odd, cancel, cancel)])
    assert rest == [Ruling()] * len(odd)
    assert first.allows
    assert second.forbids == "it is cancelled already"
