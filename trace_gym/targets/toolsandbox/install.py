"""Whether ToolSandbox is installed, and the one sentence that says how to get it."""

from __future__ import annotations

import importlib.util

from trace_gym.errors import UserError

PACKAGE = "tool_sandbox"
# what its scenarios need of ToolSandbox's requirements; the others are for its own agents
_NEEDS = (
    "'polars==0.20.31' 'langchain-core<0.4' attrs ccy decorator dill geopy holidays networkx openai phonenumbers pint "
    "rapidfuzz requests rouge-score scipy StrEnum tenacity tqdm"
)
INSTALL = (
    "clone the GitHub repository apple/ToolSandbox, and in its folder run: pip install --no-deps . && "
    f"pip install {_NEEDS}"
)
"""What to do; ToolSandbox's own pins are old and conflict with ours, these do not."""


def require() -> None:
    """Checks that the package is installed, without importing any of it.

    Raises:
        UserError: If it is not.
    """
    if importlib.util.find_spec(PACKAGE) is None:
        raise UserError(f"ToolSandbox is not installed, and is on no registry; {INSTALL}.")
