"""The README examples of the seed package give exactly the output printed there."""

import importlib.util
import re
import textwrap
from pathlib import Path

import pytest

PRELUDE = """
from pprint import pprint
from tracefunc import tracefunc

def show_res(x):
    for snippet, (hits, vars_map) in x.items():
        print('-', repr(snippet), hits)
        pprint(vars_map)
"""

SIMPLE = (
    """
def demo(n):
    total = 0
    for i in range(n): total += i
    return total

def run():
    stack, result = tracefunc(demo, 3, target_func=demo)[0]
    print(stack)
    show_res(result)
""",
    """
demo (2643322203.py:1)
- 'total = 0' 1
{'total': [('int', '0')]}
- 'for i in range(n):' 4
{'i': [('int', '0'), ('int', '1'), ('int', '2'), ('int', '2')],
 'n': [('int', '3'), ('int', '3'), ('int', '3'), ('int', '3')],
 'range': [('type', "<class 'range'>"),
           ('type', "<class 'range'>"),
           ('type', "<class 'range'>"),
           ('type', "<class 'range'>")]}
- 'total += i' 3
{'i': [('int', '0'), ('int', '1'), ('int', '2')],
 'total': [('int', '0'), ('int', '1'), ('int', '3')]}
- 'return total' 1
{'total': [('int', '3')]}
""",
)

SEMICOLONS = (
    """
def one_liner(): x = 1; y = 2; return x + y

def run():
    _, res = tracefunc(one_liner)[0]
    show_res(res)
""",
    """
- 'x = 1' 1
{'x': [('int', '1')]}
- 'y = 2' 1
{'y': [('int', '2')]}
- 'return x + y' 1
{'x': [('int', '1')], 'y': [('int', '2')]}
""",
)

TARGET = (
    """
def target(x):
    return x + 1

def another(x): return target(x)

def wrapper(n):
    out = []
    for i in range(n): out.append(target(i))
    out.append(another(10))
    return out

def run():
    for stack, res in tracefunc(wrapper, 2, target_func=target):
        print(stack)
        show_res(res)
""",
    """
wrapper (1041865549.py:8)
target (1041865549.py:1)
- 'return x + 1' 1
{'x': [('int', '0')]}
wrapper (1041865549.py:8)
target (1041865549.py:1)
- 'return x + 1' 1
{'x': [('int', '1')]}
wrapper (1041865549.py:9)
another (1041865549.py:4)
target (1041865549.py:1)
- 'return x + 1' 1
{'x': [('int', '10')]}
""",
)

NESTED = (
    """
def outer(x):
    def inner(y):
        return x + y
    return inner(5)

def run():
    _, res = tracefunc(outer, 10)[0]
    show_res(res)
""",
    """
- 'def inner(y):' 1
{'inner': [('function', '<function outer.<locals>.inner>')]}
- 'return x + y' 1
{'x': [('int', '10')], 'y': [('int', '5')]}
- 'return inner(5)' 1
{'inner': [('function', '<function outer.<locals>.inner>')]}
""",
)

EXAMPLES = {"simple function": SIMPLE, "semicolons": SEMICOLONS, "targeted": TARGET, "nested function": NESTED}


def without_places(text: str) -> str:
    """An output without the file names and line numbers of its stacks."""
    return re.sub(r"\([^()\s]+\.py:\d+\)", "(FILE:LINE)", text)


@pytest.mark.parametrize("name", EXAMPLES)
def test_seed_example(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An example of the seed's README prints what the README says, file names and line numbers aside."""
    code, expected = EXAMPLES[name]
    path = tmp_path / "example.py"
    path.write_text(PRELUDE + textwrap.dedent(code))
    spec = importlib.util.spec_from_file_location("seed_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.run()
    assert without_places(capsys.readouterr().out) == without_places(expected.lstrip())


def test_stack_lines_name_the_calling_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The frames of a stack stand at the lines that the seed's README prints."""
    code, expected = TARGET
    path = tmp_path / "example.py"
    path.write_text(PRELUDE + code)
    shift = (PRELUDE + code)[: (PRELUDE + code).index("def target")].count("\n")
    wanted = re.sub(r"\([^()]+:(\d+)\)", lambda found: f"(example.py:{int(found[1]) + shift})", expected.lstrip())
    spec = importlib.util.spec_from_file_location("seed_example", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.run()
    assert capsys.readouterr().out == wanted
