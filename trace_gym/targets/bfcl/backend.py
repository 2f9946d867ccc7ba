"""The benchmark's classes, with module globals of their own.

BFCL's classes keep state in their modules: long-context cards and bookings that are shared and changed in place,
default lists that grow, a precision of the whole process. In BFCL what one entry leaves there is seen by the next. Here
every episode, and every judgement, gets a run of the modules' code of its own, as if in a fresh process.
"""

from __future__ import annotations

import copy
import datetime
import functools
import importlib
from types import SimpleNamespace
from typing import Any

from trace_gym.env.types import copy_json
from trace_gym.targets.bfcl import upstream
from trace_gym.targets.bfcl.entries import Entry, class_path


class _Today(datetime.datetime):
    """A clock that always shows the release day of the version this was tested with."""

    @classmethod
    def today(cls) -> _Today:
        """Returns that day."""
        return cls(2026, 3, 23)


class Backend:
    """What one process of the benchmark would hold for one entry."""

    def __init__(self, entry: Entry) -> None:
        """Loads the classes that the task uses.

        Args:
            entry: Says which classes are needed.
        """
        self._entry = entry
        self._classes = {name: _namespace(name, entry.long_context)[name] for name in entry.classes}

    def objects(self) -> dict[str, Any]:
        """Returns an instance of each of the entry's classes, in the entry's initial state."""
        found = {}
        for name, cls in self._classes.items():
            found[name] = cls()
            if name not in _stateless():
                config = copy.deepcopy(self._entry.config.get(name, {}))
                found[name]._load_scenario(config, long_context=self._entry.long_context)
        return found


def _namespace(name: str, long_context: bool) -> dict[str, Any]:
    """Runs the code of a class's module."""
    path = class_path(name)
    space: dict[str, Any] = {"__name__": path}
    exec(upstream.code_of(path), space)
    if long_context:
        for key, value in _fillers().items():
            if space.get(key) is value:
                space[key] = copy_json(value)

    if name == "TravelAPI":
        space["datetime"] = _Today
    if name == "MathAPI":
        context = type(importlib.import_module("mpmath").mp)()
        space["mpmath"] = SimpleNamespace(mp=context, log=context.log)

    return space


@functools.cache
def _fillers() -> dict[str, Any]:
    """What long-context entries are filled with."""
    values = vars(upstream.module("eval_checker.multi_turn_eval.func_source_code.long_context"))
    return {key: value for key, value in values.items() if isinstance(value, (dict, list)) and key.isupper()}


@functools.cache
def _stateless() -> frozenset[str]:
    return frozenset(upstream.module("constants.executable_backend_config").STATELESS_CLASSES)
