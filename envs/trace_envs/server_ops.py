"""Server operations: find out why a service is down, repair the cause first. A model to copy."""

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
    """Bring a service up again: follow what it depends on down to the cause, repair that, and restart upwards."""

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
            service_id: Like S123
        """
        return {"service_id": service_id, **_service(state, service_id)}

    @tool(kind="write")
    def restart(self, state: State, service_id: str) -> Any:
        """Restart a service.

        Args:
            service_id: Like S123
        """
        return _repair(state, service_id, "out of memory")

    @tool(kind="write")
    def clean_disk(self, state: State, service_id: str) -> Any:
        """Free a service's disk and start it.

        Args:
            service_id: Like S123
        """
        return _repair(state, service_id, "disk full")

    @tool(kind="write")
    def renew_certificate(self, state: State, service_id: str) -> Any:
        """Renew a service's certificate and start it.

        Args:
            service_id: Like S123
        """
        return _repair(state, service_id, "bad certificate")

    @reward_term(gate=True)
    def looked_first(self, calls: list[CallRecord]) -> bool:
        """Whether every service was checked before it was touched."""
        checked: set[str] = set()
        for record in calls:
            # whatever a refused call named
            subject = str(record.call.arguments.get("service_id"))
            if record.kind == "write" and subject not in checked:
                return False
            checked.add(subject)

        return True

    def make_task(self, rng: np.random.Generator, split: str, difficulty: int) -> Task:
        """Draws a chain of services that are down, as long as the difficulty and one more, among others that are up.

        Args:
            rng: The task's own generator; all randomness comes from it.
            split: One of the environment's splits.
            difficulty: The level, from 1 up.
        """
        numbers = rng.choice(numbers_of_split(3, split), size=2 * difficulty + 4, replace=False)
        ids = [f"S{number}" for number in numbers]
        chain = ids[: difficulty + 1]
        healthy = ids[difficulty + 1 :]
        cause = CAUSES[int(rng.integers(len(CAUSES)))]
        services: State = {s: {"status": "up", "depends_on": [], "error": ""} for s in healthy}

        for service, below in zip(chain, [*chain[1:], None], strict=True):
            depends = [str(s) for s in rng.choice(healthy, size=2, replace=False)] + ([below] if below else [])
            services[service] = {
                "status": "down",
                "depends_on": [str(s) for s in rng.permutation(depends)],
                "error": "dependency down" if below else cause,
            }

        gold: list[ToolCall | str] = [ToolCall("check", {"service_id": service}) for service in chain]
        gold.append(ToolCall(REPAIRS[cause], {"service_id": chain[-1]}))
        gold += [ToolCall("restart", {"service_id": service}) for service in reversed(chain[:-1])]
        order = [str(s) for s in rng.permutation(ids)]
        return Task(
            request=f"{chain[0]} is down. Bring it up again and tell me which service was the cause.",
            state={"services": {service: services[service] for service in order}},
            gold=(*gold, f"The cause was {chain[-1]}."),
            facts=(Fact(chain[-1], unless=tuple(chain[:-1])),),
        )


def _service(state: State, service_id: str) -> State:
    if service_id not in state["services"]:
        raise ToolError(f"no service {service_id}.")
    service: State = state["services"][service_id]
    return service


def _repair(state: State, service_id: str, mends: str) -> Any:
    """Starts a service; it stays down with its error unless this mends it and its dependencies are up."""
    service = _service(state, service_id)
    for other in service["depends_on"]:
        if state["services"][other]["status"] == "down":
            raise ToolError(f"{service_id} cannot start, it depends on {other}, which is down.")

    if service["error"] in CAUSES and service["error"] != mends:
        raise ToolError(f"{service_id} cannot start: {service['error']}.")
    service.update(status="up", error="", restarts=service.get("restarts", 0) + 1)
    return {"service_id": service_id, "status": "up"}
