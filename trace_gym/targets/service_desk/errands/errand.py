"""What an errand is: one thing a customer asks for, for one order or several, and how it is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trace_gym.env.facts import Fact
from trace_gym.env.types import Json, ToolCall
from trace_gym.targets.service_desk.capabilities import (
    GROUNDING,
    MULTI_STEP,
    PRECONDITION,
    RECOVERY,
    REPORTING,
    SELECTION,
)
from trace_gym.targets.service_desk.refusals import Refusal
from trace_gym.targets.service_desk.shop import STATUSES

Exercises = Mapping[str, bool]
"""Whether each capability is exercised, by name."""

_TELLS = {"price": "{} cost {}.", "status": "{} is {}."}
"""How what is asked for is told."""


@dataclass(frozen=True)
class Write:
    """The change that an errand makes to its orders.

    Example:
        >>> Write("cancel_order", "cancel", "", "{order} is cancelled.", "pending").call("W12", "")
        ToolCall(name='cancel_order', arguments={'order_id': 'W12'})
    """

    tool: str
    """The tool that makes it."""
    verb: str
    """What the assistant calls it when it refuses."""
    argument: str
    """The argument that has to be found out; empty if the order is all it takes."""
    done: str
    """The closing sentence, with `{order}` and perhaps `{value}`."""
    needed: str = ""
    """The status that an order must have; empty if any will do."""

    def call(self, order_id: str, value: str) -> ToolCall:
        """Returns the call that changes an order.

        Args:
            order_id: The order.
            value: Of `argument`.
        """
        arguments: dict[str, Json] = {"order_id": order_id}
        if self.argument:
            arguments[self.argument] = value
        return ToolCall(self.tool, arguments)


@dataclass(frozen=True)
class Job:
    """What an errand means for one order.

    Example:
        >>> Job({"order_id": "W12", "status": "pending"}).order_id
        'W12'
    """

    order: Mapping[str, Json]
    """The order's record as the task begins."""
    value: str = ""
    """What the write should get: a speed, an item, a payment."""
    wrong: str = ""
    """What it gets from an assistant that does not find the right value out."""
    refusal: Refusal | None = None
    """Set if `value` is refused."""

    @property
    def order_id(self) -> str:
        """The order's number."""
        return str(self.order["order_id"])


@dataclass(frozen=True)
class Errand:
    """One thing a customer asks for; serving it is `serve`.

    Example:
        >>> job = Job({"order_id": "W12", "status": "pending", "buyer": "private", "net": 40, "gross": 45})
        >>> errand = Errand("ask", "What did {} cost?", (job,), frozenset({"result_reporting"}), tell="price")
        >>> errand.request, [fact.value for fact in errand.facts]
        ('What did W12 cost?', ['45'])
    """

    name: str
    """Of the file it was drawn in."""
    phrase: str
    """What the customer says, with `{}` for the orders."""
    jobs: tuple[Job, ...]
    """One for each order, in the order in which the customer names them."""
    needs: frozenset[str]
    """The capabilities it needs; each is decisive."""
    write: Write | None = None
    """None if nothing is to be changed."""
    reveal: ToolCall | None = None
    """The look-up that the write's argument comes from, besides that of the order."""
    tell: str = ""
    """What the customer asks of each order, `price` or `status`; empty for nothing."""

    @property
    def request(self) -> str:
        """What the customer says."""
        return self.phrase.format(listed([job.order_id for job in self.jobs]))

    @property
    def facts(self) -> tuple[Fact, ...]:
        """What the customer must be told."""
        facts: list[Fact] = []
        for job in self.jobs:
            if not self.is_allowed(job):
                facts.append(_status_fact(job, self.write))
            if self.tell:
                facts.append(_told_fact(job, self.tell))
        return tuple(facts)

    def is_allowed(self, job: Job) -> bool:
        """Returns whether an order's status allows what is asked.

        Args:
            job: One of `jobs`.
        """
        return self.write is None or self.write.needed in ("", job.order["status"])


@dataclass
class Service:
    """The calls of an assistant that serves an errand, and the sentences it closes with.

    Example:
        >>> Service().calls
        []
    """

    calls: list[ToolCall]
    said: list[str]

    def __init__(self) -> None:
        """Starts with nothing done."""
        self.calls = []
        self.said = []


def serve(errand: Errand, does: Exercises) -> Service:
    """Returns how an assistant serves an errand that exercises some capabilities and lacks others.

    Args:
        errand: What is asked for.
        does: Whether it exercises each of the capabilities. One that the errand does not need changes nothing.
    """
    service = Service()
    jobs = errand.jobs
    if not does[MULTI_STEP]:
        jobs = jobs[:1]
    for job in jobs:
        _serve_job(errand, job, does, service)
    return service


def _serve_job(errand: Errand, job: Job, does: Exercises, service: Service) -> None:
    look = ToolCall("get_order", {"order_id": job.order_id})
    looks_first = does[PRECONDITION] or PRECONDITION not in errand.needs
    if looks_first:
        service.calls.append(look)

    if errand.write is not None:
        if looks_first and not errand.is_allowed(job):
            status = job.order["status"]
            service.said.append(f"{job.order_id} is {status}, so I cannot {errand.write.verb} it.")
        else:
            _change(errand, errand.write, job, does, service)

    if errand.tell:
        # whoever acted at once has to look now
        if not looks_first:
            service.calls.append(look)
        if does[REPORTING]:
            service.said.append(_TELLS[errand.tell].format(job.order_id, told_value(job, errand.tell)))
        elif errand.write is None:
            service.said.append(f"I have looked {job.order_id} up.")


def _change(errand: Errand, write: Write, job: Job, does: Exercises, service: Service) -> None:
    """Makes the change that is asked for, with the right value or a wrong one."""
    value = job.value
    if GROUNDING in errand.needs and not does[GROUNDING]:
        value = job.wrong
    else:
        if SELECTION in errand.needs and not does[SELECTION]:
            value = job.wrong
        # one look-up serves all orders of the errand
        if errand.reveal is not None and errand.reveal not in service.calls:
            service.calls.append(errand.reveal)

    service.calls.append(write.call(job.order_id, value))
    if job.refusal is not None and value == job.refusal.tried:
        if not does[RECOVERY]:
            service.said.append(f"Sorry, that is not possible for {job.order_id}.")
            return
        value = job.refusal.remedy
        service.calls.append(write.call(job.order_id, value))
    service.said.append(write.done.format(order=job.order_id, value=value))


def listed(names: list[str]) -> str:
    """Lists names as English does.

    Args:
        names: At least one.

    Example:
        >>> listed(["W1", "W2", "W3"])
        'W1, W2 and W3'
    """
    if len(names) == 1:
        return names[0]
    return ", ".join(names[:-1]) + " and " + names[-1]


def _status_fact(job: Job, write: Write | None) -> Fact:
    """The status that forbids; a refusal may also name the status that would be needed, which contradicts nothing."""
    assert write is not None
    status = str(job.order["status"])
    contradicting = tuple(other for other in STATUSES if other not in (status, write.needed))
    return Fact(status, contradicting, job.order_id)


def _told_fact(job: Job, field: str) -> Fact:
    value = told_value(job, field)
    contradicting: tuple[str, ...] = ()
    if field == "status":
        contradicting = tuple(status for status in STATUSES if status != value)
    return Fact(value, contradicting, job.order_id)


def told_value(job: Job, tell: str) -> str:
    """Returns what has to be told of an order.

    Args:
        job: The order.
        tell: `status`, or `price`: net for a firm, gross for a private buyer.
    """
    if tell == "status":
        return str(job.order["status"])
    return str(job.order["net" if job.order["buyer"] == "firm" else "gross"])
