"""Jumps out of loops, through `try`, `with` and `finally`."""

from contextlib import nullcontext


def through_finally():
    out = []  # hits: 1
    for i in range(5):  # hits: 4
        try:  # hits: 4
            if i == 1:  # hits: 4
                continue  # hits: 1
            if i == 3:  # hits: 3
                break  # hits: 1
            out.append(i)  # hits: 2
        finally:
            out.append(-i)  # hits: 4
    return out  # hits: 1


def through_with():
    out = []  # hits: 1
    for i in range(5):  # hits: 4
        with nullcontext(i) as j, nullcontext():  # hits: 4
            if j == 1:  # hits: 4
                continue  # hits: 1
            if j == 3:  # hits: 3
                break  # hits: 1
            out.append(j)  # hits: 2
    return out  # hits: 1


def through_except():
    out = []  # hits: 1
    for i in range(5):  # hits: 4
        try:  # hits: 4
            out.append(6 // (2 - i))  # hits: 4
        except ZeroDivisionError as error:  # hits: 1
            out.append(str(error))  # hits: 1
            continue  # hits: 1
        except TypeError:  # hits: 0
            break  # hits: 0
        else:
            if i == 3:  # hits: 3
                break  # hits: 1
        out.append(i)  # hits: 2
    return out  # hits: 1


def through_both():
    out = []  # hits: 1
    for i in range(4):  # hits: 3
        try:  # hits: 3
            with nullcontext():  # hits: 3
                try:  # hits: 3
                    if i == 1: continue  # hits: 3, 1
                    if i == 2: break  # hits: 2, 1
                finally:
                    out.append("inner")  # hits: 3
        finally:
            out.append("outer")  # hits: 3
            for j in range(2):  # hits: 6
                if j: break  # hits: 6, 3
                else: continue  # hits: 3
    return out  # hits: 1


def break_in_finally():
    n = 0  # hits: 1
    while True:  # hits: 2
        try:  # hits: 2
            n += 1  # hits: 2
            1 // (2 - n)  # hits: 2
        finally:
            if n == 2:  # hits: 2
                break  # hits: 1
    return n  # hits: 1


def inner_loop_only():
    for i in range(2):  # hits: 3
        for j in range(3):  # hits: 5
            if j == i: continue  # hits: 5, 2
            if j > i: break  # hits: 3, 2
        i += j  # hits: 2
    return i  # hits: 1


def while_jumps(n):
    while n:  # hits: 6
        n -= 1  # hits: 6
        if n == 5: continue  # hits: 6, 1
        if n == 2: break  # hits: 5, 1
    while n < 9:  # hits: 5
        n += 1  # hits: 4
        try: continue  # hits: 4, 4
        finally: n += 1  # hits: 4
    return n  # hits: 1


def one_line(n):
    for i in range(n):  # hits: 4
        if i == 1: continue  # hits: 4, 1
        elif i == 3: break  # hits: 3, 1
        else: n += 1  # hits: 2
    for i in range(n):  # hits: 7
        try: continue  # hits: 6, 6
        finally: n += 1  # hits: 6
    for i in range(n):  # hits: 1
        try: break  # hits: 1, 1
        finally: n += 1  # hits: 1
    return n  # hits: 1


def drive():
    return through_finally(), through_with(), through_except(), through_both(), break_in_finally(), inner_loop_only(), while_jumps(8), one_line(4)  # hits: 1
