"""What the airline's guidelines forbid and expressly allow, by the records: its tools check next to nothing of it.

Only what the guidelines of tau-bench v1 and tau2-bench have in common is ruled on, and only what the records decide:
whether a reason to cancel is covered by an insurance, say, is left open.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from trace_gym.env.types import ToolCall
from trace_gym.trajectories.execution import Ruling

_NOW = datetime.datetime(2024, 5, 15, 15, 0)
"""The time that the guidelines state."""
_DAY = datetime.timedelta(hours=24)
_FREE_BAGS = {
    "regular": {"basic_economy": 0, "economy": 1, "business": 2},
    "silver": {"basic_economy": 1, "economy": 2, "business": 3},
    "gold": {"basic_economy": 2, "economy": 3, "business": 4},
}
"""Free checked bags of a passenger."""
_FREE_IN_V1 = {"gold": {"business": 3}}
"""Where tau-bench v1 has another number."""
_MOST = {"certificate": 1, "credit_card": 1, "gift_card": 3}
"""Payment methods of each kind that a booking may use."""
_MOST_PASSENGERS = 5
_CANCELLED, _DELAYED = 100, 50
"""Dollars of a certificate for each passenger."""


@dataclass(frozen=True)
class _Desk:
    """What a call meets: the records before the episode and now, and the calls made before it."""

    initial: Any
    now: Any
    earlier: Sequence[ToolCall]

    def was_changed(self, reservation_id: str) -> bool:
        """Whether a reservation's flights were changed, or it was cancelled."""
        names = ("cancel_reservation", "update_reservation_flights")
        return any(
            call.name in names and call.arguments.get("reservation_id") == reservation_id for call in self.earlier
        )

    def statuses(self, reservation: Any) -> list[str]:
        """The status of each of a reservation's flights on its date; empty where there is none."""
        statuses = []
        for flight in reservation.flights:
            known = self.initial.flights.get(flight.flight_number)
            day = known.dates.get(flight.date) if known is not None else None
            statuses.append(day.status if day is not None else "")
        return statuses

    def is_flown(self, reservation: Any) -> bool:
        """Whether any part of a reservation has taken off."""
        today = _NOW.date().isoformat()
        for flight, status in zip(reservation.flights, self.statuses(reservation), strict=True):
            if status in ("landed", "flying") or (flight.date < today and status != "cancelled"):
                return True
        return False


def ruling(initial: Any, now: Any, call: ToolCall, earlier: Sequence[ToolCall]) -> Ruling:
    """Rules on a call, before it is made.

    Args:
        initial: The benchmark's database before the episode.
        now: The same before the call.
        call: One of the assistant's calls.
        earlier: The calls made before it.
    """
    rule = _RULES.get(call.name)
    if rule is None:
        return Ruling()
    return rule(_Desk(initial, now, earlier), call.arguments)


def _cancel(desk: _Desk, arguments: Mapping[str, Any]) -> Ruling:
    reservation = desk.now.reservations[arguments["reservation_id"]]
    if reservation.status == "cancelled":
        return Ruling(forbids="it is cancelled already")
    if desk.is_flown(reservation):
        return Ruling(forbids="what has been flown in part cannot be cancelled")
    if _NOW - datetime.datetime.fromisoformat(reservation.created_at) <= _DAY:
        return Ruling(allows="any reservation can be cancelled within 24 hours")
    if "cancelled" in desk.statuses(reservation):
        return Ruling(allows="the airline has cancelled a flight of it")
    if reservation.cabin == "business":
        return Ruling(allows="business flights can be cancelled")
    if reservation.insurance == "yes":
        return Ruling()
    cabin = reservation.cabin.replace("_", " ")
    return Ruling(forbids=f"{cabin} without insurance, booked on {reservation.created_at[:10]}, cannot be cancelled")


def _change_flights(desk: _Desk, arguments: Mapping[str, Any]) -> Ruling:
    reservation = desk.now.reservations[arguments["reservation_id"]]
    numbers = [(flight["flight_number"], flight["date"]) for flight in arguments["flights"]]
    is_changed = sorted(numbers) != sorted((flight.flight_number, flight.date) for flight in reservation.flights)
    if is_changed and reservation.cabin == "basic_economy":
        return Ruling(forbids="basic economy flights cannot be modified")
    if is_changed and not _has_same_ends(desk, reservation, numbers):
        return Ruling(forbids=f"a change must keep {reservation.origin} and {reservation.destination}")
    return Ruling()


def _has_same_ends(desk: _Desk, reservation: Any, numbers: Sequence[tuple[str, str]]) -> bool:
    """Whether flights lead where the reservation does, and back on a round trip."""
    if not numbers:
        return False
    legs = [(date, desk.now.flights[number]) for number, date in numbers]
    legs.sort(key=lambda leg: (leg[0], leg[1].scheduled_departure_time_est))
    flights = [flight for _, flight in legs]
    end = reservation.origin if reservation.flight_type == "round_trip" else reservation.destination
    is_visited = any(flight.destination == reservation.destination for flight in flights)
    return flights[0].origin == reservation.origin and flights[-1].destination == end and is_visited


def _change_bags(desk: _Desk, arguments: Mapping[str, Any]) -> Ruling:
    reservation = desk.now.reservations[arguments["reservation_id"]]
    if int(arguments["total_baggages"]) < reservation.total_baggages:
        return Ruling(forbids="checked bags cannot be removed")
    user = desk.now.users[reservation.user_id]
    paid = reservation.nonfree_baggages
    return _bags(user.membership, reservation.cabin, len(reservation.passengers), arguments, paid)


def _book(desk: _Desk, arguments: Mapping[str, Any]) -> Ruling:
    user = desk.now.users[arguments["user_id"]]
    if len(arguments["passengers"]) > _MOST_PASSENGERS:
        return Ruling(f"a reservation has at most {_MOST_PASSENGERS} passengers", "passengers")
    kinds = [user.payment_methods[payment["payment_id"]].source for payment in arguments["payment_methods"]]
    for kind, most in _MOST.items():
        if kinds.count(kind) > most:
            return Ruling(f"a reservation can use at most {most} {kind.replace('_', ' ')}", "payment_methods")
    return _bags(user.membership, arguments["cabin"], len(arguments["passengers"]), arguments, 0)


def _bags(level: str, cabin: str, passengers: int, arguments: Mapping[str, Any], paid: int) -> Ruling:
    """Rules on how many of the bags are paid for."""
    # the tools take numbers as texts, too
    total, nonfree = int(arguments["total_baggages"]), int(arguments["nonfree_baggages"])
    free = {_FREE_BAGS[level][cabin], _FREE_IN_V1.get(level, {}).get(cabin, _FREE_BAGS[level][cabin])}
    right = {max(0, total - passengers * own) for own in free}
    # what has been paid for stays so
    if nonfree in right | {max(own, paid) for own in right}:
        return Ruling()
    wanted = " or ".join(map(str, sorted(right)))
    return Ruling(f"a {level} member pays for {wanted} of {total} bags here, not for {nonfree}", "nonfree_baggages")


def _compensate(desk: _Desk, arguments: Mapping[str, Any]) -> Ruling:
    user = desk.initial.users[arguments["user_id"]]
    reservations = [desk.initial.reservations[name] for name in user.reservations]
    reasons = [reason for one in reservations for reason in _no_compensation(desk, user, one, int(arguments["amount"]))]
    # an empty text says that nothing speaks against it
    if "" in reasons:
        return Ruling()
    if reasons:
        return Ruling(forbids=reasons[0])
    return Ruling(forbids=f"no cancelled or delayed flight of theirs is made good by ${arguments['amount']}")


def _no_compensation(desk: _Desk, user: Any, reservation: Any, amount: int) -> Iterator[str]:
    """Yields why a reservation whose trouble an amount fits is not compensated for; an empty text where it is."""
    statuses = desk.statuses(reservation)
    passengers = len(reservation.passengers)
    is_cancelled = "cancelled" in statuses and amount == _CANCELLED * passengers
    is_delayed = "delayed" in statuses and amount == _DELAYED * passengers
    if not is_cancelled and not is_delayed:
        return
    if user.membership == "regular" and reservation.insurance == "no" and reservation.cabin != "business":
        yield "a regular member without insurance is not compensated in economy"
    elif is_delayed and not is_cancelled and not desk.was_changed(reservation.reservation_id):
        yield "a delay is compensated only after the reservation was changed or cancelled"
    else:
        yield ""


_RULES: Mapping[str, Callable[[_Desk, Mapping[str, Any]], Ruling]] = MappingProxyType(
    {
        "cancel_reservation": _cancel,
        "update_reservation_flights": _change_flights,
        "update_reservation_baggages": _change_bags,
        "book_reservation": _book,
        "send_certificate": _compensate,
    }
)
