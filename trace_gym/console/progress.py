"""A progress line with the time left, on stderr; one line per tenth where there is no terminal."""

from __future__ import annotations

import sys
import time


class Progress:
    """Shows `label  40%  128/320  1:20 left  note`.

    Example:
        >>> import contextlib, io
        >>> with contextlib.redirect_stderr(io.StringIO()) as shown:
        ...     progress = Progress("rollout", total=2)
        ...     progress.advance(1, note="success 50%")
        >>> "50%  1/2" in shown.getvalue()
        True
    """

    def __init__(self, label: str, total: int) -> None:
        """Starts at nothing done; the bar appears with the first call of `advance`.

        Args:
            label: What is being done.
            total: Units in all.
        """
        self._label = label
        self._total = total
        self._done = 0
        self._started = time.monotonic()
        self._live = sys.stderr.isatty()
        self._shown = -1

    def advance(self, units: int, note: str = "") -> None:
        """Counts `units` of work as done.

        Args:
            units: Units done since the last call.
            note: Shown behind the bar.
        """
        self._done += units
        tenth = 10 * self._done // max(1, self._total)
        # a log file gets ten lines, not one a unit
        if not self._live and tenth == self._shown:
            return

        self._shown = tenth
        elapsed = time.monotonic() - self._started
        left = elapsed / max(1, self._done) * (self._total - self._done)
        line = (
            f"{self._label:<28} {self._done / max(1, self._total):4.0%}  {self._done}/{self._total}  "
            f"{int(left) // 60}:{int(left) % 60:02d} left  {note}"
        )

        if self._live:
            # padded, so that nothing of a longer line before it stays
            print(f"\r{line:<110}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Ends the line."""
        if self._live:
            print(file=sys.stderr, flush=True)
