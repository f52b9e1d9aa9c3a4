"""Text beyond ASCII: columns count bytes, names are normalized."""


def größe(ñ):
    é = "äöü€𝄞"; ß = [ñ for ñ in é if ñ != "€"]; return é, ß, (lambda 𝐱: 𝐱)("→")  # hits: 1, 1, 4, 1, 1


def headers(n):
    for ü in "äöü": n += 1; é = [ö for ö in ü]  # hits: 4, 3, 3, 3
    while "ä" in é and n > 3: é = "ö"; n -= 1  # hits: 1, 0, 0
    if "€€€" > "ä": ñ = {"ß": i for i in range(2)}; ö = "ä"  # hits: 1, 1, 2, 1
    match "ä€":  # hits: 1
        case "ä" | "ß" if (π := 1): x = "é"  # hits: 1, 0
        case "ä€": x = "é" ; y = (lambda: "€")()  # hits: 1, 1, 1, 1
    try: "ä" + é + 1  # hits: 1, 1
    except (KeyError if "€" else None, TypeError) as fehlerä: y = "ü"; z = str(len("€€€€€€€€"))  # hits: 1, 1, 1
    with open(__import__("os").devnull) as ä: "ß"; é = [i for i in "€"]  # hits: 1, 1, 1
    return f"ä{n}€{[i for i in 'ö']}", x, y, z  # hits: 1, 1


class Ä:
    def __ü(self): return "ü"; "dropped"  # hits: 1

    def ö(self): return self.__ü(), "ä", [i for i in "€€"]  # hits: 1, 2


def drive():
    return größe(1), headers(1), Ä().ö()  # hits: 1
