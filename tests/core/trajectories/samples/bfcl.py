"""Results of BFCL and their scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .files import wrote_lines

_STATE = [{"role": "state_info", "class_name": "GorillaFileSystem", "content": {"long_context": False}}]


def _step(response: Any, decoded: list[str] | None, *results: str) -> list[dict[str, Any]]:
    log = {"role": "handler_log", "content": "Error decoding the model response. Proceed to next turn.", "error": "no"}
    if decoded is not None:
        log = {"role": "handler_log", "content": "Successfully decoded model response."}
        log |= {"model_response_decoded": decoded}  # type: ignore[dict-item]
    tools = [{"role": "tool", "content": result} for result in results]
    return [{"role": "assistant", "content": response}, log, *tools]


BFCL: list[dict[str, Any]] = [
    {
        "id": "multi_turn_base_0",
        "result": [[[{"cd": '{"folder": "document"}'}], "Done."], [[{"sort": "{}"}, {"ls": '{"a": true}'}], "Done."]],
        "latency": [[0.1, 0.1], [0.1, 0.1]],
        "inference_log": [
            _STATE,
            {
                "begin_of_turn_query": [{"role": "user", "content": "Go to document."}],
                "step_0": _step(
                    [{"cd": '{"folder": "document"}'}],
                    ["cd(folder='document')"],
                    '{"current_working_directory": "document"}',
                ),
                "step_1": _step("Done.", None),
            },
            _STATE,
            {
                "begin_of_turn_query": [{"role": "user", "content": "Sort."}],
                "step_0": _step(
                    [{"sort": "{}"}, {"ls": '{"a": true}'}],
                    ["sort()", "ls(a=True)"],
                    "Error during execution: sort() missing 1 required positional argument: 'file_name'",
                    '{"error": "ls: no such folder"}',
                ),
                "step_1": _step([{"cd": "{"}], None),
            },
            _STATE,
        ],
    },
    {
        "id": "multi_turn_base_1",
        "result": [["[cd('a', b={'c': (1, 2)})]", "[ls()]"]],
        "inference_log": [
            {
                "begin_of_turn_query": [
                    {"role": "system", "content": "You are an expert in composing functions."},
                    {"role": "user", "content": "Look."},
                ],
                "step_0": _step("[cd('a', b={'c': (1, 2)})]", ["cd('a',b={'c': (1, 2)})"], "None"),
                "step_1": [
                    *_step("[ls()]", ["ls()"], "{}"),
                    {"role": "handler_log", "content": "Model has been forced to quit after 20 steps."},
                ],
            }
        ],
    },
    {"id": "multi_turn_base_2", "result": "Error during inference: timed out", "traceback": "..."},
]
BFCL_SCORES: list[dict[str, Any]] = [
    {"accuracy": 0.333, "correct_count": 1, "total_count": 3},
    *(
        {
            "id": f"multi_turn_base_{n}",
            "model_name": "gpt-fake-FC",
            "test_category": "multi_turn_base",
            "valid": False,
            "error": {"error_message": "...", "error_type": "multi_turn:instance_state_mismatch"},
            "possible_answer": [["cd(folder='x')"]],
        }
        for n in (1, 2)
    ),
]
BFCL_RESULT = "result/gpt-fake-FC/multi_turn/BFCL_v4_multi_turn_base_result.json"


def wrote_bfcl(folder: Path) -> Path:
    """Writes results and scores where BFCL writes them, and returns the result file."""
    name = BFCL_RESULT.replace("result", "score")
    wrote_lines(folder / name, *BFCL_SCORES)
    return wrote_lines(folder / BFCL_RESULT, *BFCL)
