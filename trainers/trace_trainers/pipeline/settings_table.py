"""The tables of docs/configuration.md, generated from the configuration's own classes.

Print them with `python -m trace_trainers.pipeline.settings_table`; a test checks that the page has them.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import json
from typing import Any

from trace_trainers.pipeline.config import SECTIONS, RunConfig, read_config

_TYPES = {
    "str": "text",
    "int": "integer",
    "bool": "true or false",
    "float": "number",
    "float | None": "number",
    "tuple[str, ...]": "list of texts",
    "tuple[float, ...]": "list of numbers",
    "Mapping[str, Any]": "table",
}


def settings_tables() -> dict[str, str]:
    """Returns a Markdown table by section; that of the top level has the empty name.

    Example:
        >>> settings_tables()["router"].splitlines()[0]
        '| key | type | default | meaning |'
    """
    tables = {"": _table(RunConfig, "")}
    for name, cls in SECTIONS.items():
        tables[name] = _table(cls, name)
    return tables


def _table(cls: Any, section: str) -> str:
    meanings = _attribute_docstrings(cls)
    # some defaults hold for the bundled agent alone; another model shows the others
    tiny: Any = read_config(None)
    other: Any = read_config(None, {"model": "other"})
    if section:
        tiny = getattr(tiny, section)
        other = getattr(other, section)

    lines = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for field in dataclasses.fields(cls):
        if field.name in SECTIONS and not section:
            continue
        default = _default(getattr(tiny, field.name), getattr(other, field.name), field.name)
        kind = _TYPES[str(field.type)]
        lines.append(f"| `{field.name}` | {kind} | {default} | {meanings[field.name]} |")
    return "\n".join(lines)


def _default(tiny: Any, other: Any, name: str) -> str:
    """A default; where the bundled agent has one of its own, both."""
    # TOML has no word for it
    if tiny is None:
        return "unset"
    if tiny == other or name == "model":
        return f"`{_toml(tiny)}`"
    return f"`{_toml(tiny)}` when `model` is `tiny`, else `{_toml(other)}`"


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return json.dumps(list(value))
    if isinstance(value, float) and 0 < value < 1e-3:
        # Python would write 1e-05, which is harder to read in a table
        return f"{value:f}".rstrip("0")
    return json.dumps(value)


def _attribute_docstrings(cls: Any) -> dict[str, str]:
    """The texts that stand under the fields of a class, without their full stop."""
    # Python discards attribute docstrings, so they are read from the source
    tree = ast.parse(inspect.getsource(cls))
    body = tree.body[0].body  # type: ignore[attr-defined]
    texts = {}
    for field, text in itertools.pairwise(body):
        is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
            meaning = " ".join(str(text.value.value).split()).removesuffix(".")
            texts[field.target.id] = _lower_start(meaning)
    return texts


def _lower_start(text: str) -> str:
    """Starts a sentence in lower case, unless with a name such as LoRA or AdamW."""
    first_word = text.split(" ")[0]
    if first_word[1:].islower():
        return text[:1].lower() + text[1:]
    return text


if __name__ == "__main__":
    for section_name, table in settings_tables().items():
        print(f"## [{section_name}]\n\n{table}\n")
