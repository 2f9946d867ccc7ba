"""The benchmark's classes, with their own copy of their modules' globals.

BFCL's classes keep state in their modules: long-context cards and bookings that are shared and changed in place,
default lists that grow, a precision for the whole process. In BFCL, one entry sees what another has left there. Here
the modules' code is run anew for every episode and every judgement, as if in a fresh process.
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
    """What a fresh process of the benchmark would hold for one entry.

    Example:
        >>> without_classes = Entry("multi_turn_base_0", "base", ("Hello.",), (), {}, {}, (), ((),))
        >>> Backend(without_classes).objects()
        {}
    """

    def __init__(self, entry: Entry) -> None:
        """Loads the classes that the entry uses.

        Args:
            entry: The entry, which names its classes.
        """
        self._entry = entry
        self._classes: dict[str, Any] = {}
        for name in entry.classes:
            self._classes[name] = _namespace(name, entry.long_context)[name]

    def objects(self) -> dict[str, Any]:
        """Returns an instance of each of the entry's classes, in the entry's initial state."""
        instances = {}
        for name, cls in self._classes.items():
            instances[name] = cls()
            # a stateless class has no scenario to load
            if name not in _stateless():
                # copied, since an instance keeps the lists of its scenario and changes them
                config = copy.deepcopy(self._entry.config.get(name, {}))
                instances[name]._load_scenario(config, long_context=self._entry.long_context)
        return instances


def _namespace(name: str, long_context: bool) -> dict[str, Any]:
    """Runs the code of a class's module; returns the module's globals."""
    path = class_path(name)
    space: dict[str, Any] = {"__name__": path}
    exec(upstream.code_of(path), space)

    # imported from a module that is not run anew, and changed in place by the classes
    if long_context:
        for key, value in _fillers().items():
            if space.get(key) is value:
                space[key] = copy_json(value)

    # a traveler's age is computed from today's date
    if name == "TravelAPI":
        space["datetime"] = _Today
    # a call sets the precision of mpmath, which otherwise is the whole process's
    if name == "MathAPI":
        context = type(importlib.import_module("mpmath").mp)()
        space["mpmath"] = SimpleNamespace(mp=context, log=context.log)
    return space


@functools.cache
def _fillers() -> dict[str, Any]:
    """The records that long-context entries are filled with."""
    module = upstream.module("eval_checker.multi_turn_eval.func_source_code.long_context")
    fillers = {}
    for key, value in vars(module).items():
        if key.isupper() and isinstance(value, (dict, list)):
            fillers[key] = value
    return fillers


@functools.cache
def _stateless() -> frozenset[str]:
    return frozenset(upstream.module("constants.executable_backend_config").STATELESS_CLASSES)
