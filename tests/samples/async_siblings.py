"""Coroutines that run side by side, with asyncio."""

import asyncio


async def worker(name, queue, out):
    while True:  # hits: 8
        item = await queue.get()  # hits: 8
        if item is None:  # hits: 8
            break  # hits: 2
        out.append((name, item))  # hits: 6
        await asyncio.sleep(0)  # hits: 6
        queue.task_done()  # hits: 6


async def main():
    queue = asyncio.Queue()  # hits: 1
    out = []  # hits: 1
    workers = [asyncio.create_task(worker(i, queue, out)) for i in range(2)]  # hits: 1, 2
    for i in range(6):  # hits: 7
        await queue.put(i)  # hits: 6
    for _ in workers:  # hits: 3
        await queue.put(None)  # hits: 2
    await asyncio.gather(*workers)  # hits: 1
    return sorted(item for _, item in out)  # hits: 1, 6


async def cancelled():
    try:  # hits: 1
        await asyncio.sleep(100)  # hits: 1
    except asyncio.CancelledError:  # hits: 1
        return "cancelled"  # hits: 1
    finally:
        await asyncio.sleep(0)  # hits: 1


async def cancelling():
    task = asyncio.create_task(cancelled())  # hits: 1
    await asyncio.sleep(0)  # hits: 1
    task.cancel()  # hits: 1
    return await task  # hits: 1


async def grouped():
    out = []  # hits: 1
    try:  # hits: 1
        async with asyncio.TaskGroup() as group:  # hits: 1
            for i in range(3):  # hits: 4
                group.create_task(step(i, out))  # hits: 3
    except* ZeroDivisionError as errors:  # hits: 1
        out.append(len(errors.exceptions))  # hits: 1
    return out  # hits: 1


async def step(i, out):
    await asyncio.sleep(0)  # hits: 3
    out.append(4 // (2 - i))  # hits: 3


def drive():
    return asyncio.run(main()), asyncio.run(cancelling()), asyncio.run(grouped())  # hits: 1
