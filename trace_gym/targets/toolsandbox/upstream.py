"""The names used of ToolSandbox, imported on first use and only in the processes that run it."""

from __future__ import annotations

import functools
import importlib
import types
import warnings
from typing import Any

from trace_gym.targets.toolsandbox.install import PACKAGE

_NAMES = {
    "common.execution_context": ("DatabaseNamespace", "RoleType", "get_current_context", "set_current_context"),
    "common.evaluation": ("snapshot_similarity",),
    "common.message_conversion": ("Message", "openai_tool_call_to_python_code"),
    "common.tool_conversion": ("convert_to_openai_tools",),
    "roles.base_role": ("BaseRole",),
    "roles.execution_environment": ("ExecutionEnvironment",),
    "tools": (),
    "scenarios": (),
}


def load(name: str) -> Any:
    """Imports a module of ToolSandbox.

    Args:
        name: The module's name within the package.
    """
    return importlib.import_module(f"{PACKAGE}.{name}")


@functools.cache
def upstream() -> Any:
    """Returns an object whose attributes are the classes and functions listed above.

    Raises:
        ImportError: If ToolSandbox, or something it needs, is missing.
        AttributeError: If it is of another version, which lacks one of the names.
    """
    used: dict[str, Any] = {}
    with warnings.catch_warnings():
        # ToolSandbox was written for older libraries and uses what these have deprecated since
        warnings.simplefilter("ignore")
        for module_name, names in _NAMES.items():
            module = load(module_name)
            for name in names:
                used[name] = getattr(module, name)
    return types.SimpleNamespace(**used)
