"""`except` clauses count when they are tested."""


def pick(error):
    try:  # hits: 6
        if error:  # hits: 6
            raise error  # hits: 5
        out = "nothing"  # hits: 1
    except KeyError:  # hits: 5
        out = "key"  # hits: 1
    except (ValueError, TypeError) as e:  # hits: 4
        out = str(e)  # hits: 2
    except ArithmeticError:  # hits: 2
        out = "arithmetic"  # hits: 1
    else:
        out += "!"  # hits: 1
    return out  # hits: 5


def bare(error):
    try:  # hits: 3
        raise error  # hits: 3
    except ValueError:  # hits: 3
        return "value"  # hits: 1
    except:  # hits: 2
        return "bare"  # hits: 2


def name_deleted():
    try:  # hits: 1
        raise KeyError(1)  # hits: 1
    except KeyError as e:  # hits: 1
        e = 5  # hits: 1
        del e  # hits: 1
    try:  # hits: 1
        e  # hits: 1
    except UnboundLocalError as error:  # hits: 1
        return type(error).__name__  # hits: 1


def inner_raise():
    try:  # hits: 1
        try:  # hits: 1
            raise KeyError(1)  # hits: 1
        except KeyError as e:  # hits: 1
            raise ValueError(2) from e  # hits: 1
        except ValueError:  # hits: 0
            return "never"  # hits: 0
    except ValueError as e:  # hits: 1
        return repr(e.__cause__)  # hits: 1


def reraise():
    try:  # hits: 1
        try:  # hits: 1
            [][0]  # hits: 1
        except IndexError:  # hits: 1
            raise  # hits: 1
    except LookupError as e:  # hits: 1
        return type(e).__name__  # hits: 1


def bad_clause():
    try:  # hits: 1
        try:  # hits: 1
            raise KeyError  # hits: 1
        except missing_name:  # hits: 1
            return 1  # hits: 0
        except KeyError:  # hits: 0
            return 2  # hits: 0
    except NameError as e:  # hits: 1
        return e.name  # hits: 1


def not_a_class():
    try:  # hits: 1
        try:  # hits: 1
            raise KeyError  # hits: 1
        except 5:  # hits: 1
            return 1  # hits: 0
    except TypeError:  # hits: 1
        return 2  # hits: 1


def computed(kinds):
    for kind in kinds:  # hits: 4
        try:  # hits: 3
            {}["x"]  # hits: 3
        except (kind if kind else KeyError) as e:  # hits: 3
            last = e.args  # hits: 2
        except [k for k in (OSError, KeyError)][1]:  # hits: 1, 2
            last = "computed"  # hits: 1
    return last  # hits: 1


def in_function_call(f):
    try:  # hits: 1
        return f(f(0))  # hits: 1
    except RecursionError:  # hits: 1
        return 1  # hits: 0
    except Exception as e:  # hits: 1
        return e.args  # hits: 1


def return_from_handler(out):
    for i in range(3):  # hits: 3
        try:  # hits: 3
            1 // i  # hits: 3
        except ZeroDivisionError as e:  # hits: 1
            continue  # hits: 1
        try:  # hits: 2
            raise OSError(i)  # hits: 2
        except OSError as e:  # hits: 2
            if i == 2:  # hits: 2
                return e.args  # hits: 1
            out.append(i)  # hits: 1


def drive():
    out = [pick(e) for e in (None, KeyError(), ValueError(3), TypeError(4), ZeroDivisionError())]  # hits: 1, 5
    try:  # hits: 1
        pick(OSError())  # hits: 1
    except OSError:  # hits: 1
        out.append("through")  # hits: 1
    out += [bare(ValueError()), bare(OSError()), bare(SystemExit()), name_deleted(), inner_raise(), reraise(), bad_clause(), not_a_class()]  # hits: 1
    out += [computed([None, OSError, LookupError]), in_function_call(lambda x: 1 // x), return_from_handler(out)]  # hits: 1, 1
    return out  # hits: 1
