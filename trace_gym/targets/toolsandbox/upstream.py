"""The names of ToolSandbox that are used, imported on first use and only in the processes that run it."""

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
    """Imports a module of ToolSandbox by its name within it.

    Args:
        name: The module, below the package.
    """
    return importlib.import_module(f"{PACKAGE}.{name}")


@functools.cache
def upstream() -> Any:
    """Returns an object whose attributes are the classes and functions listed above.

    Raises:
        ImportError, AttributeError: If ToolSandbox, or something it needs, is missing or of another version.
    """
    found: dict[str, Any] = {}
    with warnings.catch_warnings():
        # it uses what its old libraries still had
        warnings.simplefilter("ignore")
        for module, names in _NAMES.items():
            code = load(module)
            found.update({name: getattr(code, name) for name in names})

    return types.SimpleNamespace(**found)
