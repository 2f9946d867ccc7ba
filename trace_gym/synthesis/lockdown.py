"""What a worker process gives up before it touches generated code: time, memory, files, processes, the network."""

from __future__ import annotations

import os
import resource
import sys
from typing import Any

_DENIED_MODULES = (
    *("socket", "subprocess", "shutil", "ctypes", "pty", "webbrowser"),
    *("urllib", "ftplib", "smtplib", "http", "sqlite3", "resource"),
)
_DENIED_CALLS = (
    *("system", "exec", "fork", "posix_spawn", "kill", "putenv", "unsetenv"),
    *("remove", "rename", "rmdir", "mkdir", "mkfifo", "mknod", "link", "symlink", "truncate"),
    *("chmod", "chown", "chflags", "utime", "setxattr", "removexattr"),
)
_DENIED = (
    *(f"{name}." for name in _DENIED_MODULES),
    *(f"os.{name}" for name in _DENIED_CALLS),
)
"""How the audit events begin that are denied."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def lock_down(memory: int, cpu_seconds: int) -> None:
    """Limits CPU time and memory, forbids files to grow, and denies network, processes and writing, for good.

    Args:
        memory: Address space, in bytes.
        cpu_seconds: CPU time from the start of the process.
    """
    # hard limits equal to the soft ones: the process cannot raise them again
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # a crash must not write a core file into the folder that is hashed
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def deny(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and _is_writing(arguments[1], arguments[2]):
            raise PermissionError(f"the sandbox denies writing {arguments[0]!r}")
        if event.startswith(_DENIED):
            raise PermissionError(f"the sandbox denies {event}")

    # a hook cannot be removed again
    sys.addaudithook(deny)


def _is_writing(mode: Any, flags: Any) -> bool:
    """Whether an `open` event could change a file: by its mode, or by its flags where there is no mode."""
    by_mode = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    by_flags = isinstance(flags, int) and bool(flags & _WRITING)
    return by_mode or by_flags
