"""Print how a function is watched: `python tools/show_plan.py FILE:FUNCTION`.

First its statements, with the offsets whose executions are their hits; then its instructions, with the statements that
start at each, whether an event is kept there, and the statement that owns it.
"""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

from tracefunc._plan import Plan
from tracefunc._prepare import plan_target
from tracefunc._targets import Target


def find_codes(code: CodeType, qualname: str) -> Iterator[CodeType]:
    """Yield the code objects of a qualified name."""
    if code.co_qualname == qualname:
        yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from find_codes(constant, qualname)


def show(plan: Plan, snippets: dict[int, str]) -> None:
    """Print one code object and those in it."""
    print(f"\n{plan.code.co_qualname} ({plan.code.co_filename}:{plan.code.co_firstlineno})")
    for place, offsets in sorted(plan.counted.items()):
        snippet = snippets.get(place, f"place {place}, not listed")
        print(f"  {snippet!r}: hits = executions of {list(offsets) or 'nothing'}")
    starts: dict[int, list[int]] = {}
    for place, offsets in plan.counted.items():
        for offset in offsets:
            starts.setdefault(offset, []).append(place)
    owner = None
    for instruction in dis.get_instructions(plan.code):
        offset = instruction.offset
        owner = plan.owners.get(offset, owner)
        marks = ["counted" if offset in starts else "", "boundary" if offset in plan.boundaries else ""]
        names = "; ".join(snippets.get(place, f"place {place}") for place in starts.get(offset, []))
        print(
            f"  {offset:5} {instruction.opname:28} {instruction.argrepr:24.24} {' '.join(filter(None, marks)):16}"
            f" {names:32.32} {'' if owner is None else snippets.get(owner, '')!r:.40}"
        )
    for inner in plan.nested:
        show(inner, snippets)


def main(argument: str) -> None:
    """Plan the function that `FILE:FUNCTION` names."""
    path, _, qualname = argument.rpartition(":")
    module = compile(Path(path).read_bytes(), path, "exec", dont_inherit=True)
    codes = list(find_codes(module, qualname))
    if not codes:
        raise SystemExit(f"{path} defines no function {qualname!r}")
    for code in codes:
        planned = plan_target(Target(code, {}, qualname, "__main__"))
        show(planned.plan, {place: entry.snippet for place, entry in planned.entries.items()})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])
