"""The environment's side: one zygote per process, started when first needed, and a handle on each episode's process."""

from __future__ import annotations

import atexit
import contextlib
import functools
import json
import os
import socket
import subprocess
import sys
import threading
import weakref
from typing import Any

from trace_gym.errors import UserError
from trace_gym.targets.toolsandbox.channel import Channel, ClosedError
from trace_gym.targets.toolsandbox.install import INSTALL, require

_START_SECONDS = 300.0
"""How long importing ToolSandbox, or building its scenarios, may take."""
_GRACE = 5.0
"""Seconds to wait for a process beyond its own limit, which it normally keeps itself."""
# the rest of our environment must neither change what is recorded nor be in reach of what a model calls
_PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV"),
    *("RAPID_API_KEY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
)
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
}


class Zygote:
    """The process that has ToolSandbox imported, seen from the environment."""

    def __init__(self) -> None:
        """Starts the process and waits until it has imported ToolSandbox.

        Raises:
            UserError: If ToolSandbox, or something it needs, is missing.
        """
        require()
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "trace_gym.targets.toolsandbox.zygote", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                # an interrupt at the terminal is for the process that plays, which then ends this one
                start_new_session=True,
            )

        self._channel = Channel(ours)
        # several environments of this process, in threads, share the channel
        self._lock = threading.Lock()
        try:
            fault = self._channel.receive(_START_SECONDS).get("error")
        except ClosedError as closed:
            fault = f"its process {closed}"
        if fault:
            self.close()
            raise UserError(f"ToolSandbox is installed, but cannot be used: {fault}; {INSTALL}.")

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def describe(self, which: str) -> dict[str, Any]:
        """Returns what `scenarios.describe` says about a set of scenarios.

        Args:
            which: The set of scenarios, `base` or `all`.

        Raises:
            ClosedError: If the zygote has died.
            UserError: If the scenarios cannot be built.
        """
        with self._lock:
            answer = self._channel.ask({"do": "describe", "which": which}, _START_SECONDS)
        if "error" in answer:
            raise UserError(f"ToolSandbox's scenarios cannot be built: {answer['error']}; {INSTALL}.")
        return answer

    def open(self, which: str, name: str, seconds: float) -> EpisodeProcess:
        """Forks a process for one episode.

        Args:
            which: The set of scenarios, `base` or `all`.
            name: The scenario's name.
            seconds: Wall-clock limit of one request.

        Raises:
            ClosedError: If the zygote has died, or cannot fork.
        """
        ours, theirs = socket.socketpair()
        request = {"do": "open", "which": which, "name": name, "seconds": seconds}
        try:
            # the zygote forks the new process, so that the process's end of the pair has to pass through the zygote
            with theirs, self._lock:
                socket.send_fds(self._channel.socket, [json.dumps(request).encode() + b"\n"], [theirs.fileno()])
                answer = self._channel.receive(_START_SECONDS)
        except OSError as error:
            ours.close()
            raise ClosedError(f"cannot be reached ({type(error).__name__})") from None
        except ClosedError:
            ours.close()
            raise

        if "error" in answer:
            ours.close()
            raise ClosedError(f"cannot be started ({answer['error']})")
        return EpisodeProcess(self, answer["id"], ours, seconds)

    def kill(self, identifier: int) -> None:
        """Ends an episode's process if it still runs.

        Args:
            identifier: The episode's process id.
        """
        # a zygote that has gone has taken its episodes with it
        with contextlib.suppress(ClosedError), self._lock:
            self._channel.ask({"do": "kill", "id": identifier}, _START_SECONDS)

    def close(self) -> None:
        """Ends the process, and with it every episode's process."""
        self._channel.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Drops what a fork of this process has inherited; the zygote stays the parent's."""
        self._channel.close()
        # not the fork's to wait for: with a return code, Popen's finalizer leaves it alone
        self._process.returncode = 0


class EpisodeProcess:
    """A handle on one episode's process, which ends when the handle is garbage-collected.

    Example:
        >>> from types import SimpleNamespace
        >>> ours, theirs = socket.socketpair()
        >>> zygote_stub = SimpleNamespace(kill=lambda identifier: None)
        >>> process = EpisodeProcess(zygote_stub, 4711, ours, seconds=1.0)
        >>> theirs.sendall(b'{"similarity": 1.0}' + bytes([10]))
        >>> process.ask({"do": "score"})
        {'similarity': 1.0}
        >>> process.close()
        >>> theirs.close()
    """

    def __init__(self, zygote: Zygote, identifier: int, end: socket.socket, seconds: float) -> None:
        """Takes over an episode's process.

        Args:
            zygote: The process it was forked from.
            identifier: Its process id.
            end: Our end of the channel to it.
            seconds: Wall-clock limit of one request.
        """
        self._zygote = zygote
        self._identifier = identifier
        self._seconds = seconds
        self._channel = Channel(end)
        # closes the socket only: garbage may be collected at any time, and the zygote's lock may then be held
        self._finalizer = weakref.finalize(self, end.close)
        _open_ends.add(self)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sends one request and returns the answer.

        Args:
            request: What to do, as `episode.serve` understands it.

        Raises:
            ClosedError: If the process has died, took too long, or failed; it has ended afterwards.
        """
        try:
            answer = self._channel.ask(request, self._seconds + _GRACE)
            if "error" in answer:
                raise ClosedError(f"failed ({answer['error']})")
        except ClosedError:
            self.close()
            raise
        return answer

    def close(self) -> None:
        """Ends the process at once."""
        if self._finalizer.alive:
            self._finalizer()
            self._zygote.kill(self._identifier)

    def forget(self) -> None:
        """Closes what a fork of this process has inherited."""
        self._finalizer()


# of the whole process, since one zygote serves all of its environments
_open_ends: weakref.WeakSet[EpisodeProcess] = weakref.WeakSet()
_current: list[Zygote] = []
_lock = threading.Lock()


def zygote() -> Zygote:
    """Returns this process's zygote; starts one if there is none, or if it has died.

    Raises:
        UserError: If ToolSandbox is missing.
    """
    with _lock:
        if _current and not _current[0].alive:
            _current.pop().close()
        if not _current:
            _current.append(Zygote())
        return _current[0]


@functools.lru_cache(maxsize=2)
def described(which: str) -> dict[str, Any]:
    """Returns the description of a set of scenarios, asked for once per process; callers must not write to it.

    Args:
        which: The set of scenarios, `base` or `all`.

    Raises:
        UserError: If ToolSandbox is missing.
    """
    try:
        return zygote().describe(which)
    except ClosedError as closed:
        raise UserError(f"ToolSandbox's process {closed}; {INSTALL}.") from None


def open_episode(which: str, name: str, seconds: float) -> EpisodeProcess:
    """Starts an episode's process, with a fresh zygote if the old one has died.

    Args:
        which: The set of scenarios, `base` or `all`.
        name: The scenario's name.
        seconds: Wall-clock limit of one request.

    Raises:
        UserError: If that fails twice.
    """
    for _ in range(2):
        try:
            return zygote().open(which, name, seconds)
        except ClosedError as closed:
            fault = closed
    raise UserError(f"ToolSandbox's process {fault}; {INSTALL}.")


def _environment() -> dict[str, str]:
    """The environment variables of the zygote's process."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    environment.update(_ONE_THREAD)
    # local time and the order of sets are part of what is recorded
    environment["TZ"] = "UTC"
    environment["PYTHONHASHSEED"] = "0"
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return environment


def _after_fork() -> None:
    # another thread of the parent may have held the lock, and nobody would release it here
    global _lock
    _lock = threading.Lock()
    for held in list(_open_ends):
        held.forget()
    while _current:
        _current.pop().forget()


def _at_exit() -> None:
    while _current:
        _current.pop().close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
