"""`else` of a loop runs unless the loop was left by break."""


def for_else(n):
    for i in range(n):  # hits: 6
        if i == 2:  # hits: 5
            break  # hits: 1
    else:
        return "ended"  # hits: 1
    return "broken"  # hits: 1


def while_else(n):
    while n > 0:  # hits: 7
        n -= 1  # hits: 6
        if n == 5:  # hits: 6
            break  # hits: 1
    else:
        n = -1  # hits: 1
    return n  # hits: 2


def nested_else():
    out = []  # hits: 1
    for i in range(3):  # hits: 4
        for j in range(3):  # hits: 9
            if j > i:  # hits: 8
                break  # hits: 2
        else:
            out.append(i)  # hits: 1
            continue  # hits: 1
        out.append(-i)  # hits: 2
    else:
        out.append("end")  # hits: 1
    return out  # hits: 1


def else_with_jump():
    for i in range(2):  # hits: 1
        while i:  # hits: 1
            i -= 1  # hits: 0
        else:
            break  # hits: 1
    else:
        return "never"  # hits: 0
    return "broken"  # hits: 1


def empty_else():
    for _ in []:  # hits: 1
        pass  # hits: 0
    else:
        pass  # hits: 1


def drive():
    return [for_else(2), for_else(5), while_else(3), while_else(8), nested_else(), else_with_jump(), empty_else()]  # hits: 1
