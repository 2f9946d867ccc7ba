"""BFCL's score files: a header, then one line for each task that was not solved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trace_gym.trajectories.readers.parts import json_lines
from trace_gym.trajectories.readers.reader import Source
from trace_gym.trajectories.streams import lines


def read_failed(source: Source) -> frozenset[str]:
    """Returns the ids of the tasks that were not solved, from the score file of a result file.

    Args:
        source: The file, and what the user said of it.

    Raises:
        UserError: If there is none, or it is not of these results.
    """
    path = _find(source)
    rows = json_lines(Source(path, path))
    found: list[dict[str, Any]] = []
    for where, row in rows:
        if isinstance(row, Exception):
            raise row
        if not isinstance(row, dict) or not ({"total_count"} if not found else {"id", "valid"}) <= row.keys():
            raise source.bad("", f"{path}: {where}: not a line of a BFCL score file")
        found.append(row)

    if found:
        total = found[0]["total_count"]
    else:
        total = 0
    results = sum(1 for _ in lines(source.data))
    if total != results:
        raise source.bad(
            "", f"holds {results} results, but {path} scores {total}; run `bfcl evaluate` on these results"
        )

    return frozenset(str(row["id"]) for row in found[1:] if not row["valid"])


def _find(source: Source) -> Path:
    """The score file named by the user, beside the results, or at the same place in BFCL's `score` folder."""
    own = source.path
    name = own.name.removesuffix(".gz").replace("_result", "_score")
    given = source.options.scores
    if given is not None and not given.is_dir():
        return given

    if given is not None:
        found = sorted(given.rglob(name))
        # several models have files of the same name
        found = [path for path in found if path.parts[-3:-1] == own.resolve().parts[-3:-1]] or found
        if len(found) != 1:
            raise source.bad("", f"--scores {given} holds {len(found)} files {name}, expected one; name the file")
        return found[0]

    parts = own.resolve().parts
    places = [own.with_name(name)]
    if "result" in parts:
        last = len(parts) - 1 - parts[::-1].index("result")
        places.append(Path(*parts[:last], "score", *parts[last + 1 : -1], name))

    for place in places:
        if place != own and place.is_file():
            return place

    raise source.bad(
        "",
        f"BFCL results hold no rewards and there is no score file {' or '.join(map(str, places))}; run `bfcl evaluate` "
        "or name it by --scores",
    )
