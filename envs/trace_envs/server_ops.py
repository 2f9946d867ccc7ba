"""Server operations: find out why a service is down and repair the cause first. An example to copy."""

from __future__ import annotations

from typing import Any

import numpy as np

from trace_gym import Fact, Task, ToolCall, ToolEnv, ToolError, reward_term, tool
from trace_gym.env.episode import CallRecord
from trace_gym.env.seeding import numbers_of_split

State = dict[str, Any]
CAUSES = ("disk full", "out of memory", "bad certificate")
REPAIRS = {"disk full": "clean_disk", "out of memory": "restart", "bad certificate": "renew_certificate"}


class ServerOps(ToolEnv):
    """Bring a service up again: follow its dependencies down to the cause, repair that, and restart upwards.

    Example:
        >>> env = ServerOps(difficulty=2)
        >>> request, info = env.reset(options={"index": 0})
        >>> sum(service["status"] == "down" for service in env.episode.task.state["services"].values())
        3
        >>> for turn in env.oracle():
        ...     observation, reward, terminated, truncated, info = env.step(turn)
        >>> reward
        1.0
    """

    system_prompt = (
        "You operate services. A service that is down stays down until everything it depends on is up. Check the "
        "service, follow the dependency that is down until one has a cause of its own, repair that cause (disk full: "
        "clean_disk; out of memory: restart; bad certificate: renew_certificate), then restart the services above it, "
        "lowest first. Touch nothing that is up. Then name the service with the cause, without a tool call."
    )

    @tool(kind="read")
    def check(self, state: State, service_id: str) -> Any:
        """Get a service's status, dependencies and error.

        Args:
            service_id: like S123
        """
        return {"service_id": service_id, **_service(state, service_id)}

    @tool(kind="write")
    def restart(self, state: State, service_id: str) -> Any:
        """Restart a service.

        Args:
            service_id: like S123
        """
        return _repair(state, service_id, "out of memory")

    @tool(kind="write")
    def clean_disk(self, state: State, service_id: str) -> Any:
        """Free a service's disk and start it.

        Args:
            service_id: like S123
        """
        return _repair(state, service_id, "disk full")

    @tool(kind="write")
    def renew_certificate(self, state: State, service_id: str) -> Any:
        """Renew a service's certificate and start it.

        Args:
            service_id: like S123
        """
        return _repair(state, service_id, "bad certificate")

    @reward_term(gate=True)
    def looked_first(self, calls: list[CallRecord]) -> bool:
        """Whether every service was checked before it was touched."""
        checked: set[str] = set()
        for record in calls:
            # as text: a refused call may have named anything, or nothing
            subject = str(record.call.arguments.get("service_id"))
            if record.kind == "write" and subject not in checked:
                return False
            checked.add(subject)

        return True

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws a chain of `difficulty + 1` services that are down, among others that are up.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up; each adds a service to the chain.
        """
        # identifiers of the split only, so that training and evaluation share none
        numbers = rng.choice(numbers_of_split(3, split), size=2 * difficulty + 4, replace=False)
        ids = [f"S{number}" for number in numbers]
        chain = ids[: difficulty + 1]
        healthy = ids[difficulty + 1 :]
        cause = CAUSES[int(rng.integers(len(CAUSES)))]
        services: State = {}
        for service in healthy:
            services[service] = {"status": "up", "depends_on": [], "error": ""}

        for service, below in zip(chain, [*chain[1:], None], strict=True):
            # healthy dependencies too, so that the one to follow must be found
            dependencies = rng.choice(healthy, size=2, replace=False).tolist()
            error = cause
            if below is not None:
                dependencies.append(below)
                error = "dependency down"
            services[service] = {
                "status": "down",
                "depends_on": rng.permutation(dependencies).tolist(),
                "error": error,
            }

        checks = [ToolCall("check", {"service_id": service}) for service in chain]
        repair = ToolCall(REPAIRS[cause], {"service_id": chain[-1]})
        restarts = [ToolCall("restart", {"service_id": service}) for service in reversed(chain[:-1])]
        # in the order they were drawn, the state would list the chain first
        shuffled: State = {}
        for service in rng.permutation(ids).tolist():
            shuffled[service] = services[service]

        return Task(
            request=f"{chain[0]} is down. Bring it up again and tell me which service was the cause.",
            state={"services": shuffled},
            gold=(*checks, repair, *restarts, f"The cause was {chain[-1]}."),
            # naming the whole chain would name the cause without having found it
            facts=(Fact(chain[-1], unless=tuple(chain[:-1])),),
        )


def _service(state: State, service_id: str) -> State:
    if service_id not in state["services"]:
        raise ToolError(f"no service {service_id}.")
    service: State = state["services"][service_id]
    return service


def _repair(state: State, service_id: str, repaired: str) -> Any:
    """Starts a service; refuses if a dependency is down, or if the service's error is not the one this repairs."""
    service = _service(state, service_id)
    for other in service["depends_on"]:
        if state["services"][other]["status"] == "down":
            raise ToolError(f"{service_id} cannot start, it depends on {other}, which is down.")

    if service["error"] in CAUSES and service["error"] != repaired:
        raise ToolError(f"{service_id} cannot start: {service['error']}.")
    # counted, so that restarting a service that is up changes the state, which the reward punishes
    service.update(status="up", error="", restarts=service.get("restarts", 0) + 1)
    return {"service_id": service_id, "status": "up"}
