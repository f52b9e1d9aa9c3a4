"""How often each step of a flow is expected to run, and in which order control comes to them."""

from __future__ import annotations

from tracefunc._flow import Flow, Step

__all__ = ["frequencies", "in_order", "reachable"]

_LOOPS_ROUND = 10.0  # how often a loop is taken to run
_RETURN = ("RETURN_VALUE", "RETURN_CONST")
_RETURNS = 28 / 72  # how often a way is taken that leads straight to a return, in times of one that does not


def reachable(steps: list[Step]) -> list[int]:
    """Return the steps that control can reach, through exceptions too, in order of their offsets."""
    seen = bytearray(len(steps))
    seen[0] = 1
    todo = [0]
    while todo:
        step = steps[todo.pop()]
        for index in step.nexts:
            if not seen[index]:
                seen[index] = 1
                todo.append(index)
        if step.handler is not None and not seen[step.handler]:
            seen[step.handler] = 1
            todo.append(step.handler)
    return [index for index, is_seen in enumerate(seen) if is_seen]


def frequencies(steps: list[Step]) -> list[float]:
    """Estimate how often each step runs.

    A loop is taken to run many times, and both ways of a branch alike, but for one that returns at once: that is mostly
    a special case. (T. Ball and J. R. Larus, "Branch prediction for free", PLDI 1993: 72 of 100 go the other way.)
    """
    order, back = _reverse_postorder(steps)
    inside = _innermost_loops(len(steps), back)
    headers = {header for _, header in back}
    returning = _returning(steps, order)
    frequency = [0.0] * len(steps)
    frequency[0] = 1.0
    for index in order:
        if index in headers:
            frequency[index] *= _LOOPS_ROUND
        nexts = steps[index].nexts
        if len(nexts) == 1:
            if (index, nexts[0]) not in back:
                frequency[nexts[0]] += frequency[index]
            continue
        first, last = inside[index]
        weights = [1.0 if not first <= after <= last else 3.0 if _jumps_back(steps, after) else 7.0 for after in nexts]
        for arm, after in enumerate(nexts):
            if returning[after]:
                weights[arm] *= _RETURNS
        for after, weight in zip(nexts, weights, strict=True):
            if (index, after) not in back:
                frequency[after] += frequency[index] * weight / sum(weights)
    return frequency


def _returning(steps: list[Step], order: list[int]) -> bytearray:
    """Tell of each step whether control goes from it to a return, and nowhere else."""
    found = bytearray(len(steps))
    for index in reversed(order):
        nexts = steps[index].nexts
        found[index] = found[nexts[0]] if len(nexts) == 1 else steps[index].op in _RETURN
    return found


def _jumps_back(steps: list[Step], index: int) -> bool:
    """Tell whether a step does nothing but go on with a loop, as `continue` does."""
    while steps[index].quiet and "BACKWARD" not in steps[index].op:
        (index,) = steps[index].nexts
    return "BACKWARD" in steps[index].op


def _innermost_loops(number: int, back: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return for each step the first and the last step of the innermost loop around it."""
    ends: dict[int, int] = {}
    for index, header in back:
        ends[header] = max(ends.get(header, 0), index)
    found: list[tuple[int, int]] = []
    around = [(0, number)]
    for index in range(number):
        while around[-1][1] < index:
            around.pop()
        if index in ends:
            around.append((index, ends[index]))
        found.append(around[-1])
    return found


def in_order(flow: Flow) -> list[int]:
    """Return the steps that control can reach, each before those that follow it but for the ways back of loops."""
    handlers = {step.handler for step in flow.steps if step.handler is not None}
    return _reverse_postorder(flow.steps, (0, *sorted(handlers)))[0]


def _reverse_postorder(steps: list[Step], roots: tuple[int, ...] = (0,)) -> tuple[list[int], set[tuple[int, int]]]:
    """Return the steps that control reaches without an exception, and the ways that lead back in a loop."""
    order: list[int] = []
    back: set[tuple[int, int]] = set()
    state = bytearray(len(steps))  # 1: begun, 2: done
    followed = bytearray(len(steps))  # how many of its ways
    for root in roots[::-1]:  # what the first one reaches comes first
        if state[root]:
            continue
        state[root] = 1
        todo = [root]
        while todo:
            index = todo[-1]
            nexts = steps[index].nexts
            arm = followed[index]
            if arm == len(nexts):
                state[index] = 2
                order.append(todo.pop())
                continue
            followed[index] = arm + 1
            after = nexts[arm]
            if state[after] == 1:
                back.add((index, after))
            elif not state[after]:
                state[after] = 1
                todo.append(after)
    return order[::-1], back
