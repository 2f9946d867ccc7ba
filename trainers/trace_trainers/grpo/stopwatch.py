"""Where the seconds of a training step go."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from trace_gym.rollouts.policy import Policy, TurnRequest, Wrapped

GENERATE = "generate"
"""Rendering, tokenizing and sampling the turns of the rollouts."""
ENVIRONMENT = "environment"
"""Resetting and stepping the environments."""
SCORE = "score"
"""Collating the rollouts, and the forward pass of the loss: log-probabilities of what was sampled."""
BACKWARD = "backward"
"""The backward pass of the loss."""
PHASES = (GENERATE, ENVIRONMENT, SCORE, BACKWARD)
"""The phases that are measured, in the order of a step."""


class Stopwatch:
    """Adds up seconds by phase. Of nested phases only the innermost runs, so that no second is counted twice.

    Example:
        >>> from itertools import count
        >>> stopwatch = Stopwatch(clock=count(0.0).__next__)
        >>> with stopwatch.phase(ENVIRONMENT):
        ...     with stopwatch.phase(GENERATE):
        ...         pass
        >>> stopwatch.lap()
        {'generate': 1.0, 'environment': 2.0, 'score': 0.0, 'backward': 0.0}
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        """Starts with no seconds.

        Args:
            clock: Returns the seconds since some moment.
        """
        self._clock = clock
        self._seconds = dict.fromkeys(PHASES, 0.0)
        self._running: list[str] = []
        """The phases that were entered and not left, the innermost last."""
        self._since = 0.0
        """When the innermost phase began or was resumed."""

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Counts the seconds of a `with` block to a phase; what runs in it under another phase counts to that one.

        Args:
            name: One of `PHASES`.

        Raises:
            KeyError: If there is no such phase.
        """
        if name not in self._seconds:
            raise KeyError(f"Unknown phase {name!r}; expected one of {', '.join(PHASES)}.")
        self._settle()
        self._running.append(name)
        try:
            yield
        finally:
            self._settle()
            self._running.pop()

    def lap(self) -> dict[str, float]:
        """Returns the seconds by phase since the last lap, and starts over; call it at the end of a step.

        A phase that still runs counts up to now, and goes on in the next lap.
        """
        self._settle()
        seconds = self._seconds
        self._seconds = dict.fromkeys(PHASES, 0.0)
        return seconds

    def _settle(self) -> None:
        """Counts the time since the last change to the innermost phase."""
        if not self._running:
            # nothing ran, so what has passed belongs to no phase
            self._since = self._clock()
            return
        now = self._clock()
        self._seconds[self._running[-1]] += now - self._since
        self._since = now


class TimedPolicy(Wrapped):
    """A policy whose turns count to `GENERATE`.

    Example:
        >>> from trace_gym.rollouts.policy import Stateless
        >>> class Polite(Stateless):
        ...     policy_id = "polite"
        ...
        ...     def act(self, requests):
        ...         return ["With pleasure." for _ in requests]
        >>> stopwatch = Stopwatch()
        >>> TimedPolicy(Polite(), stopwatch).act([])
        []
        >>> stopwatch.lap()[GENERATE] > 0
        True
    """

    def __init__(self, policy: Policy, stopwatch: Stopwatch) -> None:
        """Wraps a policy.

        Args:
            policy: Acts.
            stopwatch: Gets the seconds.
        """
        super().__init__(policy)
        self._stopwatch = stopwatch

    def act(self, requests: Sequence[TurnRequest]) -> list[str]:
        """Returns the next turn of each request.

        Args:
            requests: Episodes that wait for a turn.
        """
        with self._stopwatch.phase(GENERATE):
            return self.policy.act(requests)

    def finish(self, keys: Sequence[int]) -> None:
        """Forgets finished episodes.

        Args:
            keys: Episodes that are over.
        """
        with self._stopwatch.phase(GENERATE):
            super().finish(keys)
