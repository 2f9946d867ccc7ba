"""How the code reads: docstrings, comments, comprehensions, blank lines and tests, counted with `ast` and griffe.

Print the table of docs/results/reading.md with `python -m benchmarks.reading`, or that of some folders or files with
`python -m benchmarks.reading trace_gym/env trainers`. `--list WHAT` prints each place that counts against a row.
"""

from __future__ import annotations

import argparse
import ast
import io
import logging
import statistics
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = ("trace_gym", "trainers", "envs")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Reading:
    """What was counted in a set of files."""

    files: list[int] = field(default_factory=list)
    """Lines of each file."""
    functions: list[int] = field(default_factory=list)
    """Lines of each function."""
    code_lines: int = 0
    """Lines that hold code: not blank, not only a comment, not in a docstring."""
    comments: int = 0
    """Comments, each run of whole-line comments counted line by line."""
    comprehensions: int = 0
    """Comprehensions and generator expressions."""
    nested: int = 0
    """Of those, the ones with more than one `for`, or inside another."""
    conditionals: int = 0
    """Conditional expressions."""
    body_lines: int = 0
    """Lines of functions."""
    blank_in_bodies: int = 0
    """Blank ones among them."""
    with_parameters: int = 0
    """Public functions that take parameters."""
    documented: int = 0
    """Of those, the ones of which all parameters are documented."""
    public_classes: int = 0
    """Public classes."""
    classes_with_example: int = 0
    """Of those, the ones with a doctest in their own or a method's docstring."""
    complaints: list[tuple[str, str]] = field(default_factory=list)
    """(what, where) of each place that counts against a row."""

    @property
    def lines(self) -> int:
        """All lines."""
        return sum(self.files)


def read(paths: Iterable[Path]) -> Reading:
    """Counts all Python files below `paths`; emitted environments are left out, as templates write them.

    Args:
        paths: files or folders.
    """
    found = Reading()
    for path in _python_files(paths):
        source = path.read_text(encoding="utf-8")
        _count_file(found, path, source, ast.parse(source))
    return found


def _python_files(paths: Iterable[Path]) -> list[Path]:
    files: set[Path] = set()
    for path in paths:
        files |= {path} if path.is_file() else set(path.rglob("*.py"))
    return sorted(file for file in files if not (file.parent / "gate.json").exists() and ".venv" not in file.parts)


def _count_file(found: Reading, path: Path, source: str, tree: ast.Module) -> None:
    lines = source.splitlines()
    documentation = _docstring_lines(tree)
    comment_lines = _comment_lines(source)

    found.files.append(len(lines))
    found.comments += len(comment_lines)
    for number, line in enumerate(lines, 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#") and number not in documentation:
            found.code_lines += 1

    _count_expressions(found, path, tree)
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            _count_body(found, path, node, lines)
    _count_documented(found, path, source, tree)


def _docstring_lines(tree: ast.Module) -> set[int]:
    """Lines of docstrings, attribute docstrings included."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _comment_lines(source: str) -> set[int]:
    """Lines with a comment that tells the reader something: directives to tools do not count."""
    directives = ("# type:", "# noqa", "#!", "# pragma", "# fmt:", "# mypy:")
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0] for token in tokens if token.type == tokenize.COMMENT and not token.string.startswith(directives)
    }


def _count_expressions(found: Reading, path: Path, tree: ast.Module) -> None:
    def visit(node: ast.AST, inside: bool) -> None:
        is_comprehension = isinstance(node, _COMPREHENSIONS)
        if is_comprehension:
            found.comprehensions += 1
            _complain(found, "comprehensions", path, node)
            if inside or len(node.generators) > 1:  # type: ignore[attr-defined]
                found.nested += 1
                _complain(found, "nested", path, node)
        if isinstance(node, ast.IfExp):
            found.conditionals += 1
            _complain(found, "conditionals", path, node)
        for child in ast.iter_child_nodes(node):
            visit(child, inside or is_comprehension)

    visit(tree, False)


def _count_body(found: Reading, path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> None:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    found.functions.append(length)
    if length > 60:
        _complain(found, "long", path, node)
    inside = lines[node.lineno - 1 : node.end_lineno]
    blank = sum(not line.strip() for line in inside)
    found.body_lines += len(inside)
    found.blank_in_bodies += blank
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    dense = lines[body[0].lineno - 1 : node.end_lineno] if body else []
    if len(dense) > 12 and all(line.strip() for line in dense):
        _complain(found, "dense", path, node)


def _count_documented(found: Reading, path: Path, source: str, tree: ast.Module) -> None:
    for owner, node in _public(tree):
        if isinstance(node, ast.ClassDef):
            found.public_classes += 1
            docstrings = [ast.get_docstring(node) or ""]
            docstrings += [ast.get_docstring(child) or "" for child in node.body if isinstance(child, _FUNCTIONS)]
            if any(">>>" in text for text in docstrings):
                found.classes_with_example += 1
            else:
                _complain(found, "examples", path, node)
            continue
        parameters = _parameters(node)
        if not parameters or _is_for_models(node):
            continue
        found.with_parameters += 1
        missing = [name for name in parameters if name not in _documented(node, owner)]
        if missing:
            _complain(found, "undocumented", path, node, ", ".join(missing))
        else:
            found.documented += 1


def _public(
    tree: ast.Module,
) -> Iterator[tuple[ast.ClassDef | None, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yields public classes, and public functions and methods with the class they stand in; `__init__` is public."""
    for node in tree.body:
        if isinstance(node, _FUNCTIONS) and not node.name.startswith("_"):
            yield None, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield None, node
            for child in node.body:
                if isinstance(child, _FUNCTIONS) and (not child.name.startswith("_") or child.name == "__init__"):
                    yield node, child


def _is_for_models(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a docstring is what a model reads of a tool: parameters that are injected are not for it."""
    decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
    return any(text.startswith(("tool(", "reward_term(")) for text in decorators)


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    names = [argument.arg for argument in arguments if argument.arg not in ("self", "cls")]
    return [name for name in names if not name.startswith("_")]


def _documented(node: ast.FunctionDef | ast.AsyncFunctionDef, owner: ast.ClassDef | None) -> set[str]:
    """Names that griffe's Google parser finds in the sections of the docstring, or, for `__init__`, of the class."""
    import griffe

    logging.getLogger("griffe").setLevel(logging.CRITICAL)
    texts = [ast.get_docstring(node) or ""]
    if owner is not None and node.name == "__init__":
        texts.append(ast.get_docstring(owner) or "")
    names: set[str] = set()
    for text in texts:
        for section in griffe.Docstring(text, lineno=1).parse("google"):
            if section.kind in (griffe.DocstringSectionKind.parameters, griffe.DocstringSectionKind.other_parameters):
                names |= {item.name.lstrip("*") for item in section.value}
    return names


def _complain(found: Reading, what: str, path: Path, node: ast.AST, more: str = "") -> None:
    name = getattr(node, "name", "")
    found.complaints.append((what, f"{path}:{node.lineno} {name} {more}".rstrip()))  # type: ignore[attr-defined]


def _rate(part: float, whole: float, by: float) -> float:
    return by * part / whole if whole else 0.0


def rows(source: Reading, tests: Reading | None) -> list[tuple[str, str, str]]:
    """Returns (what, figure, goal) for each row of the table.

    Args:
        source: what is measured.
        tests: the tests of it; None leaves the row out.
    """
    code = source.code_lines
    table = [
        (
            "public functions whose parameters are all documented",
            f"{_rate(source.documented, source.with_parameters, 100):.0f} %",
            ">= 90 %",
        ),
        ("comments per 1,000 lines", f"{_rate(source.comments, source.lines, 1000):.1f}", "15 to 40"),
        (
            "comprehensions per 1,000 code lines (nested)",
            f"{_rate(source.comprehensions, code, 1000):.1f} ({_rate(source.nested, code, 1000):.1f})",
            "<= 35 (0)",
        ),
        ("conditional expressions per 1,000 code lines", f"{_rate(source.conditionals, code, 1000):.1f}", "<= 12"),
        (
            "blank lines inside functions",
            f"{_rate(source.blank_in_bodies, source.body_lines, 100):.1f} %",
            ">= 8 %",
        ),
        (
            "public classes with a runnable example",
            f"{source.classes_with_example} of {source.public_classes}",
            "every one",
        ),
        ("functions over 60 lines", f"{sum(length > 60 for length in source.functions)}", "0"),
        (
            "files: median, largest",
            f"{statistics.median(source.files):.0f}, {max(source.files)}",
            "<= 110, <= 400",
        ),
    ]
    if tests is not None:
        figure = f"{_rate(tests.lines, source.lines, 1):.2f} ({_rate(tests.code_lines, code, 1):.2f} of code lines)"
        table.append(("test lines / source lines", figure, ">= 1.0; trainers >= 0.8"))
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table.

    Args:
        arguments: of the command line; the process's own when None.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path, help="files or folders (default: all of the source)")
    parser.add_argument("--list", metavar="WHAT", help="print the places: undocumented, nested, dense, long, ...")
    args = parser.parse_args(arguments)

    source = read(args.paths or [ROOT / name for name in SOURCES])
    tests = None if args.paths else read([ROOT / "tests"])
    for what, place in source.complaints:
        if what == args.list:
            print(place)
    for what, figure, goal in rows(source, tests):
        print(f"{what:56} {figure:>34}   {goal}")
    if not args.paths:
        trainers, own = read([ROOT / "trainers"]), read([ROOT / "tests" / "trainers"])
        print(f"{'trainers alone: ' + rows(trainers, own)[-1][0]:56} {rows(trainers, own)[-1][1]:>34}   >= 0.8")


if __name__ == "__main__":
    main()
