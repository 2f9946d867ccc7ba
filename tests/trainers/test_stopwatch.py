"""The seconds of a step by phase: nothing twice, nothing lost, also after an error."""

from __future__ import annotations

import pytest
from trace_trainers.grpo.stopwatch import BACKWARD, ENVIRONMENT, GENERATE, PHASES, SCORE, Stopwatch


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stopwatch(clock: Clock) -> Stopwatch:
    return Stopwatch(clock)


def test_a_lap_names_every_phase_and_begins_anew(clock: Clock, stopwatch: Stopwatch) -> None:
    with stopwatch.phase(SCORE):
        clock.now += 2.0

    assert list(stopwatch.lap()) == list(PHASES)
    assert set(stopwatch.lap().values()) == {0.0}


def test_a_phase_that_is_entered_again_adds_up(clock: Clock, stopwatch: Stopwatch) -> None:
    for seconds in (1.0, 2.0):
        with stopwatch.phase(GENERATE):
            clock.now += seconds
        clock.now += 10.0

    assert stopwatch.lap()[GENERATE] == 3.0


def test_the_inner_phase_is_not_counted_to_the_outer(clock: Clock, stopwatch: Stopwatch) -> None:
    with stopwatch.phase(BACKWARD):
        clock.now += 1.0
        with stopwatch.phase(ENVIRONMENT):
            clock.now += 2.0
            with stopwatch.phase(GENERATE):
                clock.now += 4.0
            clock.now += 8.0
        clock.now += 16.0

    assert stopwatch.lap() == {GENERATE: 4.0, ENVIRONMENT: 10.0, SCORE: 0.0, BACKWARD: 17.0}


def test_an_error_ends_its_phase(clock: Clock, stopwatch: Stopwatch) -> None:
    def fail() -> None:
        with stopwatch.phase(SCORE):
            clock.now += 1.0
            raise MemoryError

    with pytest.raises(MemoryError):
        fail()
    clock.now += 5.0

    assert stopwatch.lap()[SCORE] == 1.0


def test_a_lap_within_a_phase_splits_it(clock: Clock, stopwatch: Stopwatch) -> None:
    with stopwatch.phase(BACKWARD):
        clock.now += 1.0
        first = stopwatch.lap()
        clock.now += 2.0

    assert (first[BACKWARD], stopwatch.lap()[BACKWARD]) == (1.0, 2.0)


def test_a_phase_that_does_not_exist_is_refused(stopwatch: Stopwatch) -> None:
    with pytest.raises(KeyError), stopwatch.phase("waiting"):
        pass
