"""Where BFCL's code and data are: the `bfcl-eval` package, of which most modules need what its leaderboard needs.

Only what runs and judges multi-turn entries is imported. Functions of modules that import model vendors' clients are
taken out of their source one by one.
"""

from __future__ import annotations

import ast
import functools
import importlib
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from trace_gym.env.types import Json
from trace_gym.errors import UserError

INSTALL = "pip install --no-deps bfcl-eval==2026.3.23 mpmath==1.3.0"

_USED = {
    "constants.default_prompts": (
        "DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_FC",
        "DEFAULT_USER_PROMPT_FOR_ADDITIONAL_FUNCTION_PROMPTING",
        "MAXIMUM_STEP_LIMIT",
        "PROMPT_STYLE_TEMPLATES",
    ),
    "constants.executable_backend_config": (
        "CLASS_FILE_PATH_MAPPING",
        "MULTI_TURN_FUNC_DOC_FILE_MAPPING",
        "STATELESS_CLASSES",
    ),
}
"""What of its modules of constants is used."""


@functools.cache
def folder() -> Path:
    """Returns the package's folder.

    Raises:
        UserError: If the package, or what its mathematics needs, is not installed.
    """
    spec = importlib.util.find_spec("bfcl_eval")
    if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("mpmath") is None:
        raise UserError(f"BFCL is not installed; run: {INSTALL}.")
    return Path(spec.submodule_search_locations[0])


@functools.cache
def module(name: str) -> Any:
    """Imports a module of the package by its name within it.

    Args:
        name: The module, below the package.

    Raises:
        UserError: If the package is not installed, or is of a version that lacks the module.
    """
    folder()
    try:
        found = importlib.import_module(f"bfcl_eval.{name}")
    except ImportError as error:
        raise _lacking(error) from None

    for used in _USED.get(name, ()):
        if not hasattr(found, used):
            raise _lacking(f"{name} has no {used}")

    return found


@functools.cache
def code_of(name: str) -> CodeType:
    """Returns the compiled code of a module, by its full name, without importing it.

    Args:
        name: The module, below the package.

    Raises:
        UserError: If there is no such module.
    """
    folder()
    spec = importlib.util.find_spec(name)
    loader: Any = None if spec is None else spec.loader
    code: CodeType | None = None if loader is None else loader.get_code(name)
    if code is None:
        raise _lacking(name)
    return code


@functools.cache
def rows(*parts: str) -> tuple[Json, ...]:
    """Returns the rows of a data file.

    Raises:
        UserError: If there is no such file.
    """
    path = folder().joinpath("data", *parts)
    try:
        return tuple(json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except OSError as error:
        raise _lacking(error) from None


def functions_of(file: str, names: Sequence[str], **known: Any) -> dict[str, Any]:
    """Returns functions of a source file of the package without importing what the file imports.

    Args:
        file: Path within the upstream.
        names: Of the functions.
        **known: The other names they use.

    Raises:
        UserError: If the file lacks one of them.
    """
    tree = ast.parse((folder() / file).read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    space = dict(known)
    exec(compile(tree, file, "exec"), space)
    missing = [name for name in names if name not in space]
    if missing:
        raise _lacking(f"{file} has no {missing[0]}")

    return {name: space[name] for name in names}


def _lacking(what: object) -> UserError:
    return UserError(f"BFCL is installed, but not in a version that can be used ({what}); run: {INSTALL}.")
