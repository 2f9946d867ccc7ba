"""A chat endpoint whose model knows the solution: what a bridge must carry through unharmed to earn the reward."""

from __future__ import annotations

import json
from typing import Any

from chat_server import Answer, ChatServer

from trace_gym import ToolCall, make_env
from trace_gym.env.parsing import parse_turn


class SolvingEndpoint(ChatServer):
    """Answers chat completions with the next turn of the gold solution, as native tool calls if it got tools."""

    def __init__(self, env_id: str, tasks: int, split: str = "train") -> None:
        self._turns: dict[str, list[str]] = {}
        env = make_env(env_id, split=split)
        for index in range(tasks):
            request, _ = env.reset(options={"index": index})
            self._turns[request] = env.oracle()
        assert len(self._turns) == tasks, "two tasks with one request cannot be told apart"
        super().__init__(self._respond)

    def _respond(self, body: dict[str, Any]) -> Answer:
        answer = self._answer(body)
        if body.get("stream"):
            return 200, "text/event-stream", _events(answer)
        return 200, "application/json", json.dumps(answer).encode()

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        messages = body["messages"]
        request = next(message["content"] for message in messages if message["role"] == "user")
        said = sum(message["role"] == "assistant" for message in messages)
        turn = self._turns[request][said]
        message: dict[str, Any] = {"role": "assistant", "content": turn}
        if body.get("tools"):
            parsed = parse_turn(turn)
            calls = [call for call in parsed.calls if isinstance(call, ToolCall)]
            message = {"role": "assistant", "content": parsed.message or None}
            if calls:
                message["tool_calls"] = [
                    {
                        "id": f"call_{said}_{i}",
                        "type": "function",
                        "function": {"name": call.name, "arguments": json.dumps(call.arguments)},
                    }
                    for i, call in enumerate(calls)
                ]
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "tool_calls" in message else "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        head = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"]}
        return {**head, "choices": [choice], "usage": usage}


def _events(answer: dict[str, Any]) -> bytes:
    """The answer as a stream of one chunk."""
    choice = dict(answer["choices"][0])
    choice["delta"] = choice.pop("message")
    chunk = {**answer, "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
