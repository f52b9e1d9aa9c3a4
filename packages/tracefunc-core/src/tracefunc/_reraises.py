"""Where an exception that no clause of a `try` fits goes on as it came.

Its traceback still begins with the place at which it was raised. So whoever hears of it next, another handler or the
end of the frame, can tell which handlers it has passed. That holds as long as no code of the program comes between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracefunc._flow import Step

__all__ = ["Reraises", "find_reraises", "keeps_tracebacks"]

type Reraises = dict[int, tuple[int, int | None]]
"""For a handler the step that passes exceptions on, and the handler where they arrive; None: they leave the frame."""

# What looks for a clause that fits. It runs no code of the program, which could change a traceback.
_LOOKS = frozenset([
    "PUSH_EXC_INFO", "LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_FAST", "LOAD_CONST", "BUILD_TUPLE",
    "CHECK_EXC_MATCH", "POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE", "RERAISE",
])  # fmt: skip


_CLEANS = frozenset(
    [
        "COPY",
        "SWAP",
        "POP_TOP",
        "POP_EXCEPT",
        "LOAD_COMMON_CONSTANT",
        "STORE_FAST",
        "STORE_NAME",
        "DELETE_FAST",
        "DELETE_NAME",
    ]
)


def keeps_tracebacks(steps: list[Step], reached: Sequence[int]) -> bool:
    """Tell whether an exception that is raised in a frame has it at the head of its traceback as long as it is there.

    No handler of the frame may run code of the program and then pass the exception on, and nobody throw one into it.
    """
    if any(steps[index].op == "RETURN_GENERATOR" for index in reached) or _passes_on_taken(steps, reached):
        return False
    harmless = _LOOKS | _CLEANS
    return all(steps[index].quiet or steps[index].key[0] in harmless for index in _leading(steps, reached))


def find_reraises(steps: list[Step], reached: Sequence[int], arrival: Callable[[int], int | None]) -> Reraises:
    """Return the handlers through which all exceptions that come and go unchanged go one way, after a look at them.

    `arrival` tells where an exception that is led to a step arrives.
    """
    if _passes_on_taken(steps, reached):
        return {}
    leading = _leading(steps, reached)
    heads: dict[int, list[int]] = {index: [] for index in leading if steps[index].op == "RERAISE"}
    onward: dict[int, set[int | None]] = {}
    simple: dict[int, int] = {}
    for handler in sorted(leading):
        if steps[handler].op != "PUSH_EXC_INFO":
            continue
        seen, todo = {handler}, [handler]
        while todo:
            new = [index for index in steps[todo.pop()].nexts if index in leading and index not in seen]
            seen.update(new)
            todo += new
        mine = [index for index in seen if index in heads]
        onward[handler] = set()
        for index in mine:
            heads[index].append(handler)
            target = steps[index].handler
            onward[handler].add(None if target is None else arrival(target))
        if len(mine) == 1 and all(steps[index].quiet or steps[index].key[0] in _LOOKS for index in seen):
            simple[handler] = mine[0]
    # Behind a handler that may have changed the traceback, nothing tells whence an exception comes.
    known = {handler: index for handler, index in simple.items() if len(heads[index]) == 1}
    unclear = [handler for handler in onward if handler not in known]
    while unclear:
        spoiled = [handler for handler in onward.get(unclear.pop(), ()) if handler is not None and handler in known]
        for handler in spoiled:
            del known[handler]
        unclear += spoiled
    return {handler: (index, onward[handler].pop()) for handler, index in known.items()}


def _passes_on_taken(steps: list[Step], reached: Sequence[int]) -> bool:
    """Tell whether a clause passes on what it has taken, by a bare `raise`."""
    return any(steps[index].key == ("RAISE_VARARGS", 0) for index in reached)


def _leading(steps: list[Step], reached: Sequence[int]) -> set[int]:
    """Return the steps that lead to where an exception is passed on."""
    todo = [index for index in reached if steps[index].op == "RERAISE"]
    if not todo:
        return set()
    sources: dict[int, list[int]] = {}
    for index in reached:
        for after in steps[index].nexts:
            sources.setdefault(after, []).append(index)
    leading = set(todo)
    while todo:
        found = [index for index in sources.get(todo.pop(), ()) if index not in leading]
        leading.update(found)
        todo += found
    return leading
