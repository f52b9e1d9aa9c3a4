"""Text that looks like code is none."""


def strings(case):
    a = "if 1: pass; case 2:"  # hits: 4
    b = '''
for i in x: pass
case 1:
'''  # hits@-3: 4
    match case:  # hits: 4
        # case 5: in a comment
        case "case 1:":  # case 2:  # hits: 4
            c = "lambda: 0"  # hits: 1
        case (  # hits: 3
            # case 7:
            "x"
        ): c = 2  # hits: 1
        case "y" "case z": c = 3  # hits: 2, 1
        case _: c = a; """
case"""; b = a  # hits@-1: 1, 1; hits: 1
    return c, a == b  # hits: 4


def drive():
    return [strings(x) for x in ("case 1:", "x", "ycase z", "q")]  # hits: 1, 4
