"""A full tool-call step: text or call in, checked, executed, rendered, recorded, the new text out."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any

from benchmarks.orders import CALLS, ORDERS, OrdersEnv, text_of
from benchmarks.timing import Contender, interleaved, microseconds, ratio, table


def run(rounds: int) -> str:
    """Returns the table; contenders whose library is absent are named as such."""
    missing = [name for name in ("agentdojo", "openenv") if importlib.util.find_spec(name) is None]
    with ExitStack() as stack:
        contenders: dict[str, Contender] = {"trace-gym": ours()}
        if "agentdojo" not in missing:
            contenders["AgentDojo's runtime"] = agentdojo(None)
            contenders["AgentDojo's runtime, results as JSON"] = agentdojo(json.dumps)
        if "openenv" not in missing:
            contenders["OpenEnv in process"] = openenv_in_process()
            contenders["OpenEnv over WebSocket"] = stack.enter_context(openenv_websocket())
        found = interleaved(contenders, rounds)
    base = found["trace-gym"]
    rows = [[name, microseconds(times), ratio(times, base)] for name, times in found.items()]
    rows += [[name, "not installed", ""] for name in missing]
    return table(["tool-call step", "microseconds", "times ours (lowest to highest)"], rows)


def ours(episodes: int = 30) -> Contender:
    """The text of a turn: parsed, checked, executed, recorded in the messages."""
    envs = [OrdersEnv() for _ in range(episodes)]
    turns = [text_of(i) for i in range(CALLS)]

    def prepare() -> None:
        for env in envs:
            env.reset(options={"index": 0})

    def work(_: None) -> int:
        for env in envs:
            for turn in turns:
                env.step(turn)
        return episodes * CALLS

    return Contender(work, prepare)


def agentdojo(dump: Callable[[Any], str] | None, episodes: int = 30) -> Contender:
    """AgentDojo's `ToolsExecutor` on calls that are parsed already, with its default rendering (YAML) or another."""
    from agentdojo.agent_pipeline.tool_execution import ToolsExecutor, tool_result_to_str
    from agentdojo.functions_runtime import Depends, FunctionCall, FunctionsRuntime, TaskEnvironment
    from pydantic import BaseModel

    class Order(BaseModel):
        status: str
        item: str
        total: int

    class Shop(TaskEnvironment):
        orders: dict[str, Order]

    def get_order(orders: Any, order_id: str) -> Order:
        """Get an order.

        :param order_id: like W12
        """
        return orders[order_id]

    get_order.__annotations__ = {"orders": Annotated[dict, Depends("orders")], "order_id": str, "return": Order}
    runtime = FunctionsRuntime()
    runtime.register_function(get_order)
    executor = ToolsExecutor() if dump is None else ToolsExecutor(lambda result: tool_result_to_str(result, dump))

    def prepare() -> list[Any]:
        return [Shop(orders={key: Order(**value) for key, value in ORDERS.items()}) for _ in range(episodes)]

    def work(shops: list[Any]) -> int:
        for shop in shops:
            messages: list[Any] = [{"role": "user", "content": [{"type": "text", "content": "Where is W7?"}]}]
            for number in range(CALLS):
                call = FunctionCall(function="get_order", args={"order_id": f"W{number}"}, id=str(number))
                messages = [*messages, {"role": "assistant", "content": None, "tool_calls": [call]}]
                messages = list(executor.query("", runtime, shop, messages)[3])
            assert messages[-1]["error"] is None, messages[-1]
        return episodes * CALLS

    return Contender(work, prepare)


def _native() -> tuple[type, type, type]:
    """The same task written for OpenEnv: a typed action, no parsing, no record of the conversation."""
    from openenv.core.env_server.interfaces import Environment
    from openenv.core.env_server.types import Action, Observation, State

    class Call(Action):
        tool: str
        arguments: dict[str, Any]

    class Result(Observation):
        result: str = ""

    class Orders(Environment):  # type: ignore[misc, type-arg]
        SUPPORTS_CONCURRENT_SESSIONS = True

        def reset(self, seed: int | None = None, episode_id: str | None = None, **kwargs: Any) -> Any:
            self._orders = {key: dict(value) for key, value in ORDERS.items()}
            return Result(result="Where is W7?")

        def step(self, action: Any, timeout_s: float | None = None, **kwargs: Any) -> Any:
            order_id = action.arguments["order_id"]
            return Result(result=json.dumps({"order_id": order_id, **self._orders[order_id]}), reward=0.0)

        @property
        def state(self) -> Any:
            return State()

    return Orders, Call, Result


def openenv_in_process(episodes: int = 30) -> Contender:
    """Plain method calls on an OpenEnv environment."""
    orders, action, _ = _native()
    envs = [orders() for _ in range(episodes)]

    def prepare() -> None:
        for env in envs:
            env.reset()

    def work(_: None) -> int:
        for env in envs:
            for number in range(CALLS):
                env.step(action(tool="get_order", arguments={"order_id": f"W{number}"}))
        return episodes * CALLS

    return Contender(work, prepare)


@contextmanager
def openenv_websocket(calls: int = 50) -> Iterator[Contender]:
    """OpenEnv's server on this machine and its client."""
    import threading
    import time

    import uvicorn
    from openenv import GenericEnvClient
    from openenv.core.env_server.http_server import create_app

    orders, action, result = _native()
    app = create_app(orders, action, result, env_name="orders", max_concurrent_envs=4)
    server = uvicorn.Server(uvicorn.Config(app, port=8766, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    with GenericEnvClient(base_url="http://127.0.0.1:8766").sync() as client:

        def work(_: Any) -> int:
            for number in range(calls):
                client.step({"tool": "get_order", "arguments": {"order_id": f"W{number}"}})
            return calls

        yield Contender(work, client.reset)
    server.should_exit = True
    thread.join()
