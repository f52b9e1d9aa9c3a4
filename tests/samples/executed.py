"""Code from `exec` and `eval` inside a function is no part of the function."""


def executed():
    space = {}  # hits: 1
    exec("def f(x):\n    return x + 1\ny = [i for i in range(3)]", space)  # hits: 1
    a = eval("(lambda: 1)()")  # hits: 1
    exec("z = 1; z += 1")  # hits: 1
    code = compile("q = 1", "<inner>", "exec")  # hits: 1
    exec(code)  # hits: 1
    return space["f"](a), space["y"]  # hits: 1


def drive():
    return executed()  # hits: 1
