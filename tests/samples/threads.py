"""Threads that run the same functions one after another and side by side."""

import threading


def work(n, out):
    for i in range(n):  # hits: 204
        out.append(i)  # hits: 200
    return out  # hits: 4


def start(count):
    outs = [[] for _ in range(count)]  # hits: 1, 4
    threads = [threading.Thread(target=work, args=(50, out)) for out in outs]  # hits: 1, 4
    for thread in threads:  # hits: 5
        thread.start()  # hits: 4
    for thread in threads:  # hits: 5
        thread.join()  # hits: 4
    return sum(len(out) for out in outs)  # hits: 1, 4


def drive():
    return start(4)  # hits: 1
