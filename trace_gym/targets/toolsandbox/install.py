"""Whether ToolSandbox is there, and the one sentence that says how to get it."""

from __future__ import annotations

import importlib.util

from trace_gym.errors import UserError

PACKAGE = "tool_sandbox"
_NEEDS = (
    "'polars==0.20.31' 'langchain-core<0.4' attrs ccy decorator dill geopy holidays networkx openai phonenumbers pint "
    "rapidfuzz requests rouge-score scipy StrEnum tenacity tqdm"
)
INSTALL = (
    "clone the GitHub repository apple/ToolSandbox, and in its folder run: pip install --no-deps . && "
    f"pip install {_NEEDS}"
)
"""What to do; its own pins are old and cannot be had beside ours, these can."""


def require() -> None:
    """Raises UserError if the package is not installed; imports nothing of it."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise UserError(f"ToolSandbox is not installed, and is on no registry; {INSTALL}.")
