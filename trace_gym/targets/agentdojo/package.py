"""Where AgentDojo's code is."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import warnings
from typing import Any

from trace_gym.errors import UserError

INSTALL = "pip install agentdojo"


@functools.cache
def module(name: str) -> Any:
    """Imports a module of AgentDojo by its name within it, keeping its dependencies' warnings to itself.

    Raises:
        UserError: if AgentDojo is not installed, or is of a version that lacks the module.
    """
    if importlib.util.find_spec("agentdojo") is None:
        raise UserError(f"AgentDojo is not installed; run: {INSTALL}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(f"agentdojo.{name}")
    except ImportError as error:
        raise UserError(f"AgentDojo is installed, but cannot be used ({error}); run: {INSTALL}==0.1.35.") from None
