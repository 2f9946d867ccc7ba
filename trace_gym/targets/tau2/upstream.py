"""Finds tau2-bench's code and data: an upstream install, or the two registry packages that carry them."""

from __future__ import annotations

import ast
import functools
import gzip
import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

from trace_gym.errors import UserError

INSTALL = "pip install 'trace-gym[tau2]' (eval-protocol has its code, inspect-evals its data), or upstream's tau2"
_NAMES = ("tau2", "vendor.tau2")
"""Import names: upstream's own, then that of the copy in eval-protocol."""
_ENDINGS = {".md": ".txt"}
"""How the data package renames files."""


@functools.cache
def package_name() -> str:
    """Returns the import name of tau2-bench.

    Raises:
        UserError: If it is not installed.
    """
    for name in _NAMES:
        folder = _folder(name)
        # the name alone is no proof: an unrelated package may carry it
        if folder is not None and (folder / "domains" / "airline" / "tools.py").exists():
            return name
    raise UserError(f"tau2-bench is not installed; run: {INSTALL}.")


@functools.cache
def module(name: str) -> Any:
    """Imports a module of tau2-bench, with the benchmark's log silenced.

    Args:
        name: The module's name within the package.

    Raises:
        UserError: If tau2-bench is not installed, or is of a version that lacks the module.
    """
    package = package_name()
    try:
        importlib.import_module("loguru").logger.disable(package)
        return importlib.import_module(f"{package}.{name}")
    except ImportError as error:
        raise UserError(
            f"tau2-bench is installed as {package!r}, but cannot be used: {error}; run: {INSTALL}."
        ) from None


@functools.cache
def data_folder() -> Path:
    """Returns the folder that holds `domains/`: `TAU2_DATA_DIR`, upstream's own, or the data package's.

    Raises:
        UserError: If there is none.
    """
    chosen = os.environ.get("TAU2_DATA_DIR")
    if chosen:
        if not _holds_data(Path(chosen)):
            raise UserError(f"TAU2_DATA_DIR is {chosen!r}, without domains/airline/tasks.json; mend or unset it.")
        return Path(chosen)

    places: list[Path] = []
    code = _folder(package_name())
    if code is not None:
        places.append(code / "data")
        # an upstream checkout, installed in place
        places.append(code.parents[1] / "data" / "tau2")
    inspect_evals = _folder("inspect_evals")
    if inspect_evals is not None:
        places.append(inspect_evals / "tau2" / "data")

    for place in places:
        if _holds_data(place):
            return place
    raise UserError(f"tau2-bench's data is not there; set TAU2_DATA_DIR, or run: {INSTALL}.")


def data_text(*parts: str) -> str:
    """Returns the text of a data file, plain or gzip, under its upstream name.

    Args:
        *parts: The file's path below the data folder, folder by folder.

    Raises:
        UserError: If there is no such file.
    """
    path = data_folder().joinpath(*parts)
    for choice in (path, path.with_suffix(_ENDINGS.get(path.suffix, path.suffix))):
        if choice.exists():
            return choice.read_text(encoding="utf-8")

        packed = choice.with_name(choice.name + ".gz")
        if packed.exists():
            # the data package ends its files with a line break that upstream's do not have
            return gzip.decompress(packed.read_bytes()).decode("utf-8").removesuffix("\n")
    raise UserError(f"{path}: no such file; this copy of tau2-bench's data lacks it.")


def text_constants(module_path: str) -> dict[str, str]:
    """Returns the module-level texts of a source file of tau2-bench, without importing what the file imports.

    Args:
        module_path: The file's path within the package.

    Returns:
        The texts by variable name, without surrounding space.
    """
    folder = _folder(package_name())
    assert folder is not None
    tree = ast.parse((folder / module_path).read_text(encoding="utf-8"))

    texts = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        value = node.value
        # written as """...""".strip()
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "strip":
            value = value.func.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            texts[node.targets[0].id] = value.value.strip()
    return texts


def _holds_data(folder: Path) -> bool:
    return (folder / "domains" / "airline" / "tasks.json").exists()


def _folder(name: str) -> Path | None:
    """The folder of a package, found without importing it."""
    top, _, rest = name.partition(".")
    try:
        # of the top package alone, since finding the spec of one inside imports the packages around it
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None

    # a namespace package has several places, such as another distribution's "vendor"
    for place in spec.submodule_search_locations or ():
        folder = Path(place).joinpath(*filter(None, rest.split(".")))
        if folder.is_dir():
            return folder
    return None
