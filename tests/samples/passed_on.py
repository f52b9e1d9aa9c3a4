"""Exceptions that a handler passes on as they came count in the handlers that they come to, and in no other."""

import errno
import sys
from contextlib import contextmanager, suppress


def fail(n):
    if n % 4 == 0:  # hits: 819
        raise ValueError(n)  # hits: 264
    if n % 4 == 1:  # hits: 555
        raise KeyError(n)  # hits: 262
    if n % 4 == 2:  # hits: 293
        raise OSError(errno.ENOENT, "no")  # hits: 263
    return n  # hits: 30


def through_two(n, out):
    try:  # hits: 8
        try:  # hits: 8
            fail(n)  # hits: 8
            out.append("none")  # hits: 2
        except ValueError:  # hits: 6
            out.append("value")  # hits: 2
        try:  # hits: 4
            fail(n + 1)  # hits: 4
        except (ValueError, ZeroDivisionError):  # hits: 4
            out.append("second value")  # hits: 2
    except KeyError:  # hits: 6
        out.append("key")  # hits: 4
    fail(n + 2)  # hits: 6
    return "end"  # hits: 2


def through_attributes(n):
    try:  # hits: 8
        try:  # hits: 8
            fail(n)  # hits: 8
        except errno.errorcode.get("no", KeyError):  # hits: 6
            return "key"  # hits: 2
    except OSError as error:  # hits: 4
        if error.errno != errno.ENOENT:  # hits: 2
            return "other"  # hits: 0
        del error  # hits: 2
    return "missing"  # hits: 4


def between(n, out):
    for i in range(n):  # hits: 36
        try:  # hits: 28
            try:  # hits: 28
                try:  # hits: 28
                    fail(i)  # hits: 28
                except KeyError:  # hits: 24
                    continue  # hits: 8
                finally:
                    out.append(i)  # hits: 28
            except OSError:  # hits: 16
                out.append("os")  # hits: 6
        except ValueError:  # hits: 10
            out.append("value")  # hits: 10
        else:
            out.append("else")  # hits: 10
    return n  # hits: 8


class Cut:
    def __init__(self, swallow):
        self.swallow = swallow  # hits: 8

    def __enter__(self):
        return self  # hits: 8

    def __exit__(self, kind, error, traceback):
        if error is not None:  # hits: 8
            error.__traceback__ = None  # hits: 6
        return self.swallow  # hits: 8


def cut(n, swallow):
    try:  # hits: 8
        try:  # hits: 8
            with Cut(swallow):  # hits: 8
                fail(n)  # hits: 8
                n += 10  # hits: 2
        except KeyError:  # hits: 4
            return "key"  # hits: 1
    except ValueError:  # hits: 3
        return "value"  # hits: 2
    return n  # hits: 4


def cut_in_finally(n):
    try:  # hits: 8
        try:  # hits: 8
            try:  # hits: 8
                fail(n)  # hits: 8
            finally:
                if (error := sys.exception()) is not None:  # hits: 8
                    error.__traceback__ = error.__traceback__.tb_next  # hits: 6
                    del error  # hits: 6
        except KeyError:  # hits: 6
            return "key"  # hits: 2
    except ValueError:  # hits: 4
        return "value"  # hits: 2
    return n  # hits: 2


def raised_again_in_finally(n, kept):
    try:  # hits: 8
        try:  # hits: 8
            try:  # hits: 8
                fail(n)  # hits: 8
            finally:
                if sys.exception() is not None:  # hits: 8
                    kept.append(sys.exception())  # hits: 6
                    try:  # hits: 6
                        raise kept[0]  # hits: 6
                    except OSError:  # hits: 6
                        pass  # hits: 2
        except KeyError:  # hits: 6
            return "key"  # hits: 2
    except ValueError:  # hits: 4
        return "value"  # hits: 2
    return n  # hits: 2


def bare(n):
    try:  # hits: 8
        try:  # hits: 8
            fail(n)  # hits: 8
        except KeyError:  # hits: 6
            raise  # hits: 2
        except OSError:  # hits: 4
            return "os"  # hits: 2
    except ValueError:  # hits: 4
        return "value"  # hits: 2
    return n  # hits: 2


def descend(n, passes):
    for i in range(passes):  # hits: 896
        try:  # hits: 786
            if n:  # hits: 786
                n -= 1  # hits: 330
                descend(n, passes)  # hits: 330
            else:
                fail((2, 1, 0)[i])  # hits: 456
        except ValueError:  # hits: 683
            n += 1  # hits: 227
        except KeyError:  # hits: 456
            fail(0)  # hits: 228
        except OSError:  # hits: 228
            n += n == 0 and i  # hits: 228
    return n  # hits: 110


@contextmanager
def managed(out):
    try:  # hits: 8
        yield 1  # hits: 8
    except KeyError:  # hits: 6
        out.append("key")  # hits: 2
    except OSError:  # hits: 4
        out.append("os")  # hits: 2
        raise  # hits: 2


def manage(n, out):
    with suppress(ValueError), managed(out):  # hits: 8
        fail(n)  # hits: 8
        out.append("went well")  # hits: 2


def generate(n):
    for i in range(n):  # hits: 15
        try:  # hits: 13
            fail(i + 2)  # hits: 13
            yield i  # hits: 6
            next(iter([]))  # hits: 6
        except OSError:  # hits: 13
            yield "os"  # hits: 7
        except KeyError:  # hits: 6
            return  # hits: 0


def in_loop(n):
    total = 0  # hits: 8
    while n:  # hits: 36
        n -= 1  # hits: 28
        try:  # hits: 28
            try:  # hits: 28
                fail(n)  # hits: 28
                total += 1  # hits: 4
            except ValueError:  # hits: 24
                total += 2  # hits: 10
            except OSError:  # hits: 14
                total += 3  # hits: 6
        except LookupError:  # hits: 8
            total += 4  # hits: 8
        else:
            total += 5  # hits: 20
    return total  # hits: 8


def drive():
    out = []  # hits: 1
    results = []  # hits: 1
    for n in range(8):  # hits: 9
        for function, *more in (  # hits: 88
            (through_two, out),
            (through_attributes,),
            (between, out),
            (cut, n > 4),
            (cut_in_finally,),
            (raised_again_in_finally, []),
            (bare,),
            (descend, 3),
            (manage, out),
            (in_loop,),
        ):
            try:  # hits: 80
                results.append(function(n, *more))  # hits: 80
            except (ValueError, KeyError, OSError) as error:  # hits: 18
                results.append(repr(error))  # hits: 18
        try:  # hits: 8
            out.extend(generate(n))  # hits: 8
        except (RuntimeError, ValueError) as error:  # hits: 6
            results.append(repr(error))  # hits: 6
    return results, out  # hits: 1
