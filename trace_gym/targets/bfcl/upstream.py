"""Finds BFCL's code and data: the `bfcl-eval` package, most of whose modules need the leaderboard's dependencies.

Only what runs and judges multi-turn entries is imported. Functions from modules that import model vendors' clients are
taken out of the source one by one.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

from trace_gym.env.types import Json
from trace_gym.errors import UserError
from trace_gym.targets.imports import import_checked

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
"""The names used of each module of constants: another version may lack them."""


@functools.cache
def folder() -> Path:
    """Returns the package's folder.

    Raises:
        UserError: If the package, or what its mathematics needs, is not installed.
    """
    spec = importlib.util.find_spec("bfcl_eval")
    # mpmath is asked for here because --no-deps leaves it out
    if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("mpmath") is None:
        raise UserError(f"BFCL is not installed; run: {INSTALL}.")
    return Path(spec.submodule_search_locations[0])


@functools.cache
def module(name: str) -> Any:
    """Imports a module of the package.

    Args:
        name: The module's name within the package.

    Raises:
        UserError: If the package is not installed, or is of a version that lacks the module.
    """
    folder()
    try:
        return import_checked("bfcl_eval", name, _USED.get(name, ()))
    except ImportError as error:
        raise _lacking(error) from None


@functools.cache
def code_of(name: str) -> CodeType:
    """Returns the compiled code of a module, without importing it.

    Args:
        name: The module's full name.

    Raises:
        UserError: If there is no such module.
    """
    folder()
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise _lacking(name)

    # get_code is optional in the protocol of loaders, but all loaders of source files have it
    loader: Any = spec.loader
    code: CodeType | None = loader.get_code(name)
    if code is None:
        raise _lacking(name)
    return code


@functools.cache
def rows(*parts: str) -> tuple[Json, ...]:
    """Returns the rows of a data file, which holds one JSON value per line.

    Args:
        *parts: The file's path below the data folder, folder by folder.

    Raises:
        UserError: If there is no such file.
    """
    path = folder().joinpath("data", *parts)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise _lacking(error) from None
    return tuple(json.loads(line) for line in lines if line.strip())


def functions_of(file: str, names: Sequence[str], **known: Any) -> dict[str, Any]:
    """Returns functions of a source file of the package, without importing what the file imports.

    Args:
        file: The file's path within the package.
        names: The functions' names.
        **known: The other names that the functions use, with their values.

    Raises:
        UserError: If the file lacks one of the functions.
    """
    tree = ast.parse((folder() / file).read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    space = dict(known)
    exec(compile(tree, file, "exec"), space)

    functions = {}
    for name in names:
        if name not in space:
            raise _lacking(f"{file} has no {name}")
        functions[name] = space[name]
    return functions


def _lacking(what: object) -> UserError:
    return UserError(f"BFCL is installed, but not in a version that can be used ({what}); run: {INSTALL}.")
