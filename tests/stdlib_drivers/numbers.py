"""Drivers for modules of numbers, dates, containers and algorithms."""

# ruff: noqa: B023  (the functions made in loops are called before the loop goes on)

from typing import Any

from tests.stdlib_drivers.registry import attempts, driver


@driver("_pydecimal")
def pydecimal(m: Any) -> object:
    m.getcontext()  # made here, for a sample's repr would make it else: the one trace that sampling leaves
    D = m.Decimal  # noqa: N806
    numbers = [D("1.25"), D("-3"), D("0"), D("1E+5"), D("NaN"), D("Infinity"), D((1, (3, 1, 4), -2)), D(0.1)]
    with m.localcontext() as context:
        context.prec = 12
        pairs = [
            attempts(
                lambda: a + b,
                lambda: a * b,
                lambda: a / b,
                lambda: a % b,
                lambda: a // b,
                lambda: a**b,
                lambda: a < b,
                lambda: a.compare(b),
            )
            for a in numbers
            for b in numbers
        ]
        single = [
            attempts(
                a.sqrt,
                a.ln,
                a.exp,
                a.log10,
                a.as_tuple,
                a.normalize,
                a.to_eng_string,
                a.next_plus,
                a.logb,
                lambda: int(a),
                lambda: round(a, 1),
                lambda: f"{a:,.3f} {a:>10.2e} {a!s}",
                lambda: a.quantize(D("0.01")),
                lambda: a.is_nan() or hash(a),
                a.to_integral_value,
            )
            for a in numbers
        ]
    return str(pairs), str(single), attempts(lambda: D("x"), lambda: m.Context(prec=-1), lambda: D(1).fma(2, 3))


@driver("fractions")
def fractions(m: Any) -> object:
    F = m.Fraction  # noqa: N806
    values = [F(1, 3), F("-2.5"), F("3/4"), F(0.125), F(7)]
    return (
        [
            (a + b, a - b, a * b, a / b, a // b, a % b, a < b, a == b, a**2, divmod(a, b))
            for a in values
            for b in values
        ].__str__(),
        [(str(a), float(a), round(a), round(a, 1), hash(a), a.limit_denominator(3), int(a)) for a in values].__str__(),
        attempts(
            lambda: F("x"),
            lambda: F(1, 0),
            lambda: F("1/0"),
            lambda: F(1) / 0,
            lambda: f"{F(10, 3):.2f}",
            lambda: F(1) + 0.5,
            lambda: F(2) ** F(1, 2),
        ).__str__(),
    )


@driver("statistics", "_statistics")
def statistics(m: Any) -> object:
    data = [1, 2, 2, 3.5, 7, 9, 2]
    normal = m.NormalDist(2, 3)
    return attempts(
        lambda: [
            f(data)
            for f in (
                m.mean,
                m.fmean,
                m.median,
                m.median_low,
                m.median_high,
                m.mode,
                m.multimode,
                m.pstdev,
                m.stdev,
                m.variance,
            )
        ],
        lambda: m.quantiles(data, n=5),
        lambda: m.harmonic_mean(data),
        lambda: m.geometric_mean(data),
        lambda: m.median_grouped(data),
        lambda: m.covariance(data, data[::-1]),
        lambda: m.correlation(data, data[::-1]),
        lambda: str(m.linear_regression(data, data[::-1])),
        lambda: m.mean([]),
        lambda: m.mode([]),
        lambda: (normal.cdf(1), normal.pdf(1), normal.inv_cdf(0.3), str(normal + normal), str(normal * 2)),
        lambda: normal.overlap(m.NormalDist(1, 1)),
        lambda: normal.quantiles(),
        lambda: m.correlation(data, [1]),
    )


@driver("heapq", "_heapq")
def heapq(m: Any) -> object:
    heap = [5, 3, 8, 1, 9, 2]
    m.heapify(heap)
    m.heappush(heap, 4)
    out = [m.heappop(heap), m.heapreplace(heap, 7), m.heappushpop(heap, 0), m.heappushpop(heap, 6)]
    merged = list(m.merge([1, 4], [2, 3], [])), list(m.merge(["b", "a"], ["c"], key=ord, reverse=True))
    return (
        out,
        heap,
        merged,
        m.nlargest(2, heap),
        m.nsmallest(3, heap, key=lambda x: -x),
        m.nlargest(1, heap),
        m.nsmallest(9, heap),
        attempts(lambda: m.heappop([])),
    )


@driver("bisect", "_bisect")
def bisect(m: Any) -> object:
    data = [1, 2, 2, 4]
    m.insort(data, 3)
    m.insort_left(data, -2, key=abs)
    return (
        data,
        m.bisect(data, 2),
        m.bisect_left(data, 2, 1, 3),
        m.bisect_right(data, 2, key=abs),
        attempts(lambda: m.bisect(data, 1, -1)),
    )


@driver("_pydatetime")
def pydatetime(m: Any) -> object:
    zone = m.timezone(m.timedelta(hours=2), "Z2")
    moments = [
        m.datetime(2024, 2, 29, 12, 30, 15, 123456, zone),
        m.datetime(1999, 12, 31, tzinfo=m.timezone.utc),
        m.datetime(2000, 1, 1, fold=1),
    ]
    delta = m.timedelta(days=1.5, seconds=-3, microseconds=7, weeks=2)
    return (
        [
            (
                str(d),
                d.isoformat(timespec="minutes"),
                d.strftime("%Y-%j %H:%M:%S.%f %z"),
                d.timetuple().tm_yday,
                d.isocalendar().week,
                d.weekday(),
                d.toordinal(),
                d.ctime(),
                d.replace(year=2004).utcoffset().__str__(),
            )
            for d in moments
        ],
        str(moments[0] - moments[1]),
        str(moments[0] + delta),
        str(delta * 2.5),
        str(delta / 3),
        str(divmod(delta, m.timedelta(hours=5))),
        abs(-delta).total_seconds(),
        repr(delta),
        str(-delta),
        attempts(
            *(
                lambda text=text: str(m.datetime.fromisoformat(text))
                for text in (
                    "2024-01-02",
                    "2024-01-02T03:04:05.678+01:30",
                    "20240102T0304",
                    "2024-W05-3",
                    "x",
                    "2024-13-01",
                    "2024-01-02T25",
                )
            )
        ),
        attempts(
            lambda: m.date(2023, 2, 29),
            lambda: m.time(25),
            lambda: str(m.time.fromisoformat("04:05:06Z")),
            lambda: m.timezone(m.timedelta(days=2)),
            lambda: moments[0] < moments[2],
            lambda: m.date.max + m.timedelta(1),
            lambda: str(m.date.fromisocalendar(2024, 9, 4)),
            lambda: moments[0].astimezone(m.timezone.utc).hour,
            lambda: m.timedelta(10**10),
        ),
        hash(moments[0]) == hash(moments[0].astimezone(m.timezone.utc)),
        moments[0] == moments[1],
        m.date(2024, 1, 1) < m.date(2024, 1, 2),
        f"{moments[0]:%d.%m.}",
    )


@driver("_strptime")
def strptime(m: Any) -> object:
    formats = [
        ("2024-02-29 12:30:15.5 +0130", "%Y-%m-%d %H:%M:%S.%f %z"),
        ("5 1 24", "%d %m %y"),
        ("2024 53 1", "%Y %W %w"),
        ("2024 09 4", "%G %V %u"),
        ("x", "%Y"),
        ("1", "%Q"),
        ("12 PM", "%I %p"),
        ("99", "%j"),
        ("1 ", "%d"),
    ]
    return attempts(*(lambda a=a, b=b: str(m._strptime(a, b)) for a, b in formats))


@driver("random")
def random(m: Any) -> object:
    r = m.Random(5)
    data = list(range(10))
    r.shuffle(data)
    state = r.getstate()
    out = [
        r.random(),
        r.randint(1, 9),
        r.randrange(0, 100, 7),
        r.choice("abc"),
        r.choices("abc", [1, 2, 3], k=5),
        r.sample(range(50), 5),
        r.sample("abc", 3, counts=[1, 2, 3]),
        r.uniform(1, 2),
        r.triangular(),
        r.gauss(0, 1),
        r.normalvariate(),
        r.lognormvariate(0, 1),
        r.expovariate(2),
        r.vonmisesvariate(1, 2),
        r.gammavariate(0.5, 1),
        r.gammavariate(2, 1),
        r.gammavariate(1, 1),
        r.betavariate(1, 2),
        r.paretovariate(3),
        r.weibullvariate(1, 2),
        r.randbytes(3),
        r.binomialvariate(10, 0.3),
        r.binomialvariate(100, 0.7),
    ]
    r.setstate(state)
    return (
        data,
        out,
        attempts(
            lambda: r.choice([]),
            lambda: r.randrange(0),
            lambda: r.sample([1], 2),
            lambda: r.choices([1], [0]),
            lambda: r.seed(b"x"),
            r.random,
            lambda: r.setstate((1,)),
        ),
    )


@driver("collections", "_collections")
def collections(m: Any) -> object:
    Point = m.namedtuple("Point", "x y", defaults=[5])  # noqa: N806
    ordered = m.OrderedDict(a=1, b=2, c=3)
    ordered.move_to_end("a")
    chain = m.ChainMap({"a": 1}, {"b": 2})
    chain["c"] = 3
    counter = m.Counter("abracadabra") if m.Counter.__init__ else None
    user, listed, text = m.UserDict(a=1), m.UserList([3, 1, 2]), m.UserString("abc")
    listed.sort()
    listed += [9]
    return (
        Point(1)._replace(x=2)._asdict(),
        Point._make([1, 2]),
        repr(Point(1)),
        list(ordered),
        ordered.popitem(),
        list(reversed(ordered)),
        ordered == {"b": 2, "c": 3},
        repr(ordered),
        dict(chain),
        chain.new_child({"z": 1}).maps,
        chain.parents,
        counter.most_common(2),
        counter + m.Counter("aab"),
        counter - m.Counter("aab"),
        counter & m.Counter("ab"),
        counter | m.Counter("z"),
        +m.Counter(a=-1),
        sorted(m.Counter("aab").elements()),
        counter.total(),
        m.Counter("a") <= m.Counter("ab"),
        user | {"b": 2},
        user.copy(),
        listed[1:],
        listed * 2,
        text.upper() + "x",
        text[1],
        attempts(
            lambda: m.namedtuple("P", "a a"),
            lambda: m.namedtuple("P", "class", rename=True)._fields,
            lambda: user["zz"],
            lambda: chain.pop("b"),
            lambda: Point(1, 2, 3),
            lambda: ordered.pop("zz"),
        ),
    )


@driver("calendar")
def calendar(m: Any) -> object:
    text, html = m.TextCalendar(6), m.HTMLCalendar()
    return (
        text.formatyear(2024, m=4),
        text.formatmonth(2024, 2, 3),
        html.formatmonth(2023, 1),
        len(html.formatyearpage(2024)),
        list(text.itermonthdays2(2024, 2))[:3],
        m.monthrange(2024, 2),
        m.isleap(1900),
        m.leapdays(1999, 2021),
        m.weekday(2024, 1, 1),
        m.timegm((2024, 1, 2, 3, 4, 5)),
        text.yeardayscalendar(2024)[0][0][0],
        attempts(
            lambda: m.monthrange(2024, 13),
            lambda: m.setfirstweekday(9),
            lambda: m.TextCalendar().monthdatescalendar(2024, 1)[0][0].day,
        ),
    )


@driver("ipaddress")
def ipaddress(m: Any) -> object:
    network, six = m.ip_network("192.0.2.0/28"), m.ip_network("2001:db8::/126")
    bad = [
        "1.2.3",
        "1.2.3.256",
        "1.2.3.4/33",
        "::1::",
        "1:2:3:4:5:6:7:8:9",
        "01.2.3.4",
        "::g",
        "1.2.3.5/28",
        "",
        "::1.2.3",
    ]
    return (
        [str(host) for host in network.hosts()][:3],
        str(network.broadcast_address),
        [str(sub) for sub in network.subnets(new_prefix=30)],
        str(network.supernet()),
        m.ip_address("10.0.0.1").is_private,
        str(six),
        [str(a) for a in six],
        m.ip_address("::ffff:1.2.3.4").ipv4_mapped.__str__(),
        m.ip_address("1::2").exploded,
        m.ip_address("0:0:1::").compressed,
        m.ip_address("2001:db8::1").reverse_pointer,
        [
            str(n)
            for n in m.collapse_addresses(
                [m.ip_network("10.0.0.0/25"), m.ip_network("10.0.0.128/25"), m.ip_network("10.0.0.4/32")]
            )
        ],
        [str(n) for n in m.summarize_address_range(m.ip_address("10.0.0.1"), m.ip_address("10.0.0.9"))],
        [str(n) for n in network.address_exclude(m.ip_network("192.0.2.4/31"))],
        str(m.ip_interface("1.2.3.4/24").network),
        m.ip_address(7) + 3 == m.ip_address("0.0.0.10"),
        attempts(*(lambda text=text: (m.ip_network(text), m.ip_address(text)) for text in bad)),
        m.ip_address("1.2.3.4") in network,
        network.overlaps(m.ip_network("192.0.2.8/29")),
        sorted([m.ip_address("2.2.2.2"), m.ip_address("1.1.1.1")]).__str__(),
        f"{m.ip_address(5):b}"[-4:],
    )


@driver("graphlib")
def graphlib(m: Any) -> object:
    sorter = m.TopologicalSorter({"d": ["b", "c"], "b": ["a"], "c": ["a"]})
    sorter.prepare()
    waves = []
    while sorter.is_active():
        ready = sorter.get_ready()
        waves.append(sorted(ready))
        sorter.done(*ready)
    cycle = m.TopologicalSorter({1: [2], 2: [3], 3: [1]})
    return (
        waves,
        list(m.TopologicalSorter({1: [2], 2: [3]}).static_order()),
        attempts(
            cycle.prepare,
            lambda: sorter.done("zz"),
            sorter.prepare,
            lambda: m.TopologicalSorter().get_ready(),
            lambda: sorter.add(1),
        ),
    )


@driver("operator", "_operator")
def operator(m: Any) -> object:
    pairs = [
        f(7, 3)
        for f in (
            m.add,
            m.sub,
            m.mul,
            m.truediv,
            m.floordiv,
            m.mod,
            m.pow,
            m.lt,
            m.le,
            m.eq,
            m.ne,
            m.ge,
            m.gt,
            m.and_,
            m.or_,
            m.xor,
            m.lshift,
            m.is_,
            m.is_not,
        )
    ]
    data = [1, 2, 3]
    m.setitem(data, 0, 9)
    m.delitem(data, 1)
    getters = (
        m.itemgetter(0)(data),
        m.itemgetter(0, 1)(data),
        m.attrgetter("real")(1),
        m.attrgetter("real", "imag.real")(1),
        m.methodcaller("index", 3)(data),
    )
    return (
        pairs,
        data,
        getters,
        m.countOf([1, 1, 2], 1),
        m.indexOf("abc", "b"),
        m.length_hint([1]),
        m.iadd([1], [2]),
        m.concat("a", "b"),
        m.contains([1], 1),
        repr(m.itemgetter(1)),
        attempts(
            lambda: m.indexOf([], 1),
            lambda: m.attrgetter(1),
            lambda: m.concat(1, 2),
            lambda: m.length_hint(1, "x"),
            lambda: m.index("x"),
        ),
    )


@driver("colorsys")
def colorsys(m: Any) -> object:
    colors = [(0.1, 0.5, 0.9), (1, 1, 1), (0.9, 0.2, 0.3), (0.3, 0.8, 0.1), (0, 0, 0)]
    return [
        (m.rgb_to_hls(*c), m.hls_to_rgb(*c), m.rgb_to_hsv(*c), m.hsv_to_rgb(*c), m.rgb_to_yiq(*c), m.yiq_to_rgb(*c))
        for c in colors
    ]
