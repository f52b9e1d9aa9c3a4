"""Functions whose body stands on the `def` line."""


def nothing(): pass  # hits: 2
def ellipsis(): ...
def constant(): return 1  # hits: 1
def identity(x): return x  # hits: 1
def two(x): x += 1; return x  # hits: 1, 1
def assigned(x): y = x  # hits: 1
def expression(x): x.append(1)  # hits: 1
def raising(): raise KeyError  # hits: 1
def generator(): yield 1; yield  # hits: 1, 1
def many(a): b = a; c = b; del a; return c  # hits: 1, 1, 1, 1
def passes(): pass; pass; pass  # hits: 1, 1, 1
def pass_return(): pass; return  # hits: 1, 1
def importing(): import os; from os import path as p; return p is os.path  # hits: 1, 1, 1
async def coroutine(): return 1  # hits: 1
async def nothing_async(): pass  # hits: 1
def with_default(x=lambda: 0): return x()  # hits: 1
class Holder:
    def method(self): pass  # hits: 1
    def other(self): return self  # hits: 1
    @property
    def value(self): return 1  # hits: 1
    @staticmethod
    def static(): pass  # hits: 1


def drive():
    nothing(), nothing(), ellipsis(), passes(), pass_return(), assigned(1)  # hits: 1
    out = [constant(), identity(2), two(3), list(generator()), many(4), importing(), with_default()]  # hits: 1
    x = []  # hits: 1
    expression(x)  # hits: 1
    try:  # hits: 1
        raising()  # hits: 1
    except KeyError:  # hits: 1
        out.append(x)  # hits: 1
    for f in coroutine, nothing_async:  # hits: 3
        try:  # hits: 2
            f().send(None)  # hits: 2
        except StopIteration as stop:  # hits: 2
            out.append(stop.value)  # hits: 2
    h = Holder()  # hits: 1
    h.method(); h.other(); Holder.static()  # hits: 1, 1, 1
    return out, h.value  # hits: 1
