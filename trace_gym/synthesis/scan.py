"""A look at generated source before it runs anywhere: what it must not contain."""

from __future__ import annotations

import ast

_ALLOWED_IMPORTS = (
    "__future__",
    "typing",
    "collections",
    "dataclasses",
    "json",
    "math",
    "re",
    "numpy",
    "trace_gym.env",
    "trace_gym.synthetic",
    "trace_gym.errors",
)
_FORBIDDEN_NAMES = frozenset(
    {"eval", "exec", "compile", "open", "globals", "locals", "vars", "breakpoint", "input"}
    | {"getattr", "setattr", "delattr", "__import__", "__builtins__", "__loader__", "__spec__"}
)
_FORBIDDEN_ATTRIBUTES = frozenset(
    {"sys", "os", "modules", "builtins", "importlib", "subprocess", "ctypes", "socket", "posix"}
    | {"f_globals", "f_locals"}
)


def scan_source(source: str) -> list[str]:
    """Lists what generated code must not contain: foreign imports, dynamic execution, private attributes of others.

    The scan is a courtesy that names mistakes early; what contains hostile code is the worker's lockdown.

    Args:
        source: A Python module.

    Returns:
        One finding per fault, with its line; empty when there is none.

    Example:
        >>> scan_source("import os")
        ["line 1: import of 'os' is not allowed"]
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [f"line {error.lineno}: not valid Python: {error.msg}"]
    except (MemoryError, RecursionError, ValueError):
        return ["not valid Python: nested too deeply, or holding null bytes"]

    findings = []
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in _imports(node):
            if not _is_allowed(name):
                findings.append(f"line {line}: import of {name!r} is not allowed")
        if isinstance(node, ast.Name) and node.id in _FORBIDDEN_NAMES:
            findings.append(f"line {line}: {node.id!r} is not allowed")
        if isinstance(node, ast.Attribute) and (node.attr.startswith("__") or node.attr in _FORBIDDEN_ATTRIBUTES):
            findings.append(f"line {line}: attribute {node.attr!r} is not allowed")

    return findings


def _imports(node: ast.AST) -> list[str]:
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _is_allowed(name: str) -> bool:
    return any(name == allowed or name.startswith(allowed + ".") for allowed in _ALLOWED_IMPORTS)
