"""Every instruction of the standard library belongs to the innermost statement around its position."""

import ast
import dis
import re
import sysconfig
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import CodeType

import pytest

from tracefunc._marked import FUTURE_FLAGS, mark
from tracefunc._plan import Plan, make_plan
from tracefunc._positions import PlaceMap
from tracefunc._source import find_node, read_source
from tracefunc._statements import COMPREHENSIONS, Place, places

SLICES = 12
LIBRARY = Path(sysconfig.get_paths()["stdlib"])
PACKAGES = (
    "",
    "asyncio",
    "concurrent/futures",
    "email",
    "html",
    "http",
    "importlib",
    "json",
    "re",
    "unittest",
    "xml/dom",
)
FILES = sorted(path for package in PACKAGES for path in (LIBRARY / package).glob("*.py") if path.exists())

# Where control only passes: what stands here belongs to no statement more than to another.
PASSING = frozenset(["RESUME", "NOP", "END_FOR", "NOT_TAKEN", "EXTENDED_ARG", "CACHE"]) | {
    name for name in dis.opmap if name.startswith("JUMP")
}


def functions(code: CodeType) -> Iterator[CodeType]:
    """Yield the outermost functions of a module, methods included."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            is_function = constant.co_flags & 2 and not constant.co_name.startswith("<")
            if is_function and constant.co_name != "__annotate__":
                yield constant
            else:
                yield from functions(constant)


def is_known_oddity(code: CodeType, place: Place, op: str) -> bool:
    """Tell whether a position is known to lie: the instruction follows from elsewhere, the marks say so."""
    if op == "POP_TOP":  # a pattern that matched, or not, drops its subject at the position of a neighbour
        return isinstance(place, ast.match_case)
    if op in ("LOAD_CONST", "STORE_FAST_LOAD_FAST"):  # the text before the first % of a format; two statements in one
        return True
    if op in ("RETURN_VALUE", "RETURN_CONST"):  # 3.12: a lambda's and an empty function's stand at column 0
        return isinstance(place, ast.Lambda | ast.Pass) or code.co_name == "<lambda>"
    return False


def strays(found: Plan, place_map: PlaceMap, numbered: list[Place]) -> Iterator[str]:
    """Yield the instructions whose place is not the innermost around their position."""
    code, owner = found.code, None
    if code.co_name.startswith("<generic parameters") or code.co_name == "__annotate__":
        return
    for offset, extent in zip(range(0, len(code.co_code), 2), code.co_positions(), strict=True):
        op = dis.opname[code.co_code[offset]]
        owner = found.owners.get(offset, owner)
        innermost = place_map.find(extent)
        if op in PASSING or None in extent or owner is None or innermost in (None, owner):
            continue
        place = numbered[owner]
        is_prologue = getattr(place, "name", None) == code.co_name  # a class names itself first
        if not is_prologue and not is_known_oddity(code, place, op):
            yield f"{code.co_filename}:{extent[0]} {code.co_qualname} offset {offset} {op}"
    for inner in found.nested:
        yield from strays(inner, place_map, numbered)


@pytest.mark.parametrize("part", range(SLICES))
def test_instructions_belong_to_the_innermost_statement_around_them(part: int) -> None:
    """Each instruction with a position belongs to the innermost statement around it, in the whole standard library."""
    checked = 0
    wrong: list[str] = []
    for path in FILES[part::SLICES]:
        with tokenize.open(path) as file:
            code = compile(file.read(), str(path), "exec", dont_inherit=True)
        source = read_source(code, {})
        for function in functions(code):
            if not re.search(rf"\bdef {function.co_name}\b", "\n".join(source.lines)):
                continue  # the value of a type alias or the bound of a type variable
            span = source.span_of(function)
            block, numbered, place_map, marked = prepared(source, span, function.co_flags & FUTURE_FLAGS)
            node = find_node(block, function)
            number = next(index for index, place in enumerate(numbered) if place is node)
            found = make_plan(function, marked.code_of(number, function.co_name), marked)
            wrong += strays(found, place_map, numbered)
            checked += 1
    assert not wrong, "\n".join(wrong)
    assert checked > 100


@lru_cache(maxsize=4)
def prepared(source, span, flags):  # type: ignore[no-untyped-def]
    """Parse and mark a block once for all its functions."""
    block = source.block(span)
    numbered = places(block.tree)
    place_map = PlaceMap(pair for pair in enumerate(numbered) if not isinstance(pair[1], COMPREHENSIONS))
    return block, numbered, place_map, mark(source.block(span), flags, numbered)
