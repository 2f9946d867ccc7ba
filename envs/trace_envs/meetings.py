"""Meetings: an office assistant finds an hour that suits everybody and books it. An example to copy."""

from __future__ import annotations

from typing import Any

import numpy as np

from trace_gym import Fact, Task, ToolCall, ToolEnv, ToolError, reward_term, tool
from trace_gym.env.episode import CallRecord
from trace_gym.env.seeding import numbers_of_split

State = dict[str, Any]
HOURS = range(8, 19)
NAMES = ("Ada", "Bela", "Chen", "Dana", "Emil", "Fatou", "Goro", "Hana", "Ines", "Jon", "Kofi", "Lena")


class Meetings(ToolEnv):
    """Book the first hour at which everybody who was asked for is free.

    Example:
        >>> env = Meetings(difficulty=1)
        >>> request, info = env.reset(options={"index": 0})
        >>> len(env.episode.task.state["people"])
        4
        >>> for turn in env.oracle():
        ...     observation, reward, terminated, truncated, info = env.step(turn)
        >>> reward
        1.0
    """

    system_prompt = (
        "You are an office assistant. Look every person up by name, read all their calendars, then book the first hour "
        "from the requested one on at which nobody is busy. Book once. Then tell the hour, without a tool call."
    )

    @tool(kind="read")
    def find_person(self, state: State, name: str) -> Any:
        """Get a person's id.

        Args:
            name: first name
        """
        for person_id, person in state["people"].items():
            if person["name"] == name:
                return {"person_id": person_id}
        raise ToolError(f"nobody is called {name}.")

    @tool(kind="read")
    def get_busy(self, state: State, person_id: str) -> Any:
        """Get the hours at which a person is busy.

        Args:
            person_id: like E1234
        """
        return {"person_id": person_id, "busy": _person(state, person_id)["busy"]}

    @tool(kind="write")
    def book_meeting(self, state: State, person_ids: list[str], hour: int) -> Any:
        """Book a meeting.

        Args:
            person_ids: everybody who takes part
            hour: 8 to 18
        """
        for person_id in person_ids:
            _person(state, person_id)
        if hour not in HOURS or not person_ids:
            raise ToolError("a meeting needs people and an hour from 8 to 18.")

        # sorted and once each: the same people in another order are the same meeting
        guests = " ".join(sorted(set(person_ids)))
        state["meetings"][f"{guests} at {hour}"] = "booked"
        return {"booked": hour}

    @reward_term(weight=0.2)
    def calendars_read(self, calls: list[CallRecord], goal: State) -> float:
        """The share of the guests whose calendar was read before the first booking."""
        read: set[str] = set()
        for record in calls:
            if record.error:
                continue
            # who books first and looks afterwards has guessed
            if record.call.name == "book_meeting":
                break
            if record.call.name == "get_busy":
                read.add(record.call.arguments["person_id"])

        # the goal's only meeting, entered as "E1234 E2345 at 10"
        meeting = next(iter(goal["meetings"]))
        guests = set(meeting.split(" at ")[0].split())
        return len(guests & read) / len(guests)

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws a team, of whom one more than `difficulty` are to meet.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up; each adds a guest.
        """
        # two of the team are not invited: their calendars are there to be left alone
        names = rng.permutation(NAMES)[: difficulty + 3].tolist()
        # identifiers of the split only, so that training and evaluation share none
        numbers = rng.choice(numbers_of_split(4, split), size=len(names), replace=False)
        hour = int(rng.integers(10, 18))
        earliest = int(rng.integers(8, hour))

        people: State = {}
        for name, number in zip(names, numbers, strict=True):
            people[f"E{number}"] = {"name": name, "busy": _busy_hours(rng, hour)}
        guests = list(people)[: difficulty + 1]
        # every earlier hour must not suit somebody, or it would be the answer
        for clash in range(earliest, hour):
            person = people[guests[int(rng.integers(len(guests)))]]
            person["busy"] = sorted({*person["busy"], clash})

        guest_names = names[: difficulty + 1]
        invited = f"{', '.join(guest_names[:-1])} and {guest_names[-1]}"
        lookups = [ToolCall("find_person", {"name": name}) for name in guest_names]
        readings = [ToolCall("get_busy", {"person_id": guest}) for guest in guests]
        booking = ToolCall("book_meeting", {"person_ids": guests, "hour": hour})
        return Task(
            request=f"Please book a meeting of {invited}, as early as possible from {earliest} o'clock on.",
            state={"people": people, "meetings": {}},
            gold=(*lookups, *readings, booking, f"The meeting is at {hour}."),
            facts=(Fact(str(hour)),),
        )


def _busy_hours(rng: np.random.Generator, free: int) -> list[int]:
    """Two to five hours of a calendar, never the one at which everybody is free."""
    hours = list(HOURS)
    hours.remove(free)
    busy = rng.choice(hours, size=int(rng.integers(2, 6)), replace=False)
    return sorted(busy.tolist())


def _person(state: State, person_id: str) -> State:
    if person_id not in state["people"]:
        raise ToolError(f"no person {person_id}.")
    person: State = state["people"][person_id]
    return person
