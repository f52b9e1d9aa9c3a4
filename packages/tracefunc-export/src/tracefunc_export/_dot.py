"""A trace as DOT: functions as tables of their statements, modules as clusters, calls as edges."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import graphviz

from tracefunc.model import Function, Trace
from tracefunc_export._facts import Facts, depths, gather
from tracefunc_export._legend import title_block
from tracefunc_export._palette import heat_step
from tracefunc_export._place import distances, place, size_of
from tracefunc_export._select import Selection
from tracefunc_export._words import TIMES, attribute, cell, count, one_line, plain, plural, shorten

__all__ = ["Look", "draw"]

_SANS = "Helvetica,Arial,sans-serif"
_ROWS = 40  # statements of one function that are shown
_CODE = 64  # characters of a snippet that are shown
_NAME = 60
_CROWD = 1_000  # edges from which on they are drawn thinner
_LABELLED = 60  # edges up to which each has its number written beside it; labels are what takes `dot` longest


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture is drawn: its colours by role, its title, what the rows link to, and what `dot` is asked for.

    `hasty` tells `dot` to be content sooner. With `columns`, only calls that lead away from the first say where a
    function stands. With `placed`, this is settled here, for an engine that only draws. The `remark` is in the picture.
    """

    colours: Mapping[str, str]
    title: str | None = None
    links: str | None = None
    values: bool = True
    clusters: bool = True
    newrank: bool = True
    hasty: bool = False
    columns: bool = False
    placed: bool = False
    remark: str | None = None


def draw(trace: Trace, selection: Selection, look: Look) -> str:
    """Return the DOT of the selected functions."""
    return _Drawing(trace, selection, look).dot()


class _Drawing:
    """The parts of one picture, which share the trace, the colours and the scale.

    Nodes and edges are lines of their own making: they are many, and hold nothing that needs the library's quoting.
    """

    def __init__(self, trace: Trace, selection: Selection, look: Look) -> None:
        self.trace = trace
        self.selection = selection
        self.look = look
        self.colours = look.colours
        self.detailed = selection.detail == "detailed"
        self.facts: Facts = gather(trace, selection.functions, values=self.detailed and look.values)
        shown = [trace.functions[each] for each in selection.functions]
        numbers = (
            (trace.hits[each] for function in shown for each in function.statements)
            if self.detailed
            else (function.calls for function in shown)
        )
        self.most = max(numbers, default=0)
        self.shown = shown
        self.calling = {edge.statement for edge in trace.edges if edge.statement is not None}
        self.width = ' width="42"' if self.detailed else ""  # of the cell of the hits, at least
        self.rows: dict[int, frozenset[int]] = {}
        self.distance = distances(selection.functions, trace.edges) if look.columns or look.placed else {}

    def dot(self) -> str:
        graph = graphviz.Digraph("tracefunc", graph_attr=self._graph(), node_attr=self._node(), edge_attr=self._edge())
        labels = {each.id: self._table(each) if self.detailed else self._chip(each) for each in self.shown}
        places: Mapping[int, tuple[float, float]] = {}
        if self.look.placed:
            places = place(self.distance, self.trace.edges, {each: size_of(label) for each, label in labels.items()})
        nodes = {number: _node(number, label, places.get(number)) for number, label in labels.items()}
        if self.look.clusters:
            for number, (module, functions) in enumerate(self._modules().items()):
                cluster = graphviz.Digraph(f"cluster_{number}", graph_attr=self._cluster(module, functions))
                cluster.body += [nodes[function.id] for function in functions]
                graph.subgraph(cluster)
        else:
            graph.body += nodes.values()
        graph.body += self._edges()
        return str(graph.source)

    def _graph(self) -> dict[str, str]:
        look = self.look
        label = title_block(
            self.facts, self.selection, self.shown, look.title, self.most, self.colours, remark=look.remark
        )
        found = {
            "rankdir": "LR",
            "bgcolor": self.colours["paper"],
            "fontname": _SANS,
            "label": f"<{label}>",
            "labelloc": "t",
            "labeljust": "l",
            "nodesep": "0.25" if self.detailed else "0.12",
            "ranksep": "0.9" if self.detailed else "0.6",
            "pad": "0.2",
            "outputorder": "edgesfirst",  # a line never hides a number
            "tooltip": " ",
        }
        if look.newrank and look.clusters:
            found["newrank"] = "true"
        if look.hasty:
            found |= {"nslimit": "1", "nslimit1": "1", "mclimit": "0.2", "splines": "line"}
        return found

    def _node(self) -> dict[str, str]:
        return {
            "shape": "plain",
            "tooltip": " ",
            "fontname": _SANS,
            "fontsize": "10",
            "fontcolor": self.colours["text"],
        }

    def _edge(self) -> dict[str, str]:
        colours = {"color": self.colours["edge"], "fontcolor": self.colours["edge_text"]}
        return {"fontname": _SANS, "fontsize": "9", **colours}

    def _modules(self) -> dict[str, list[Function]]:
        modules: dict[str, list[Function]] = defaultdict(list)
        for function in self.shown:
            modules[function.module].append(function)
        return modules

    def _cluster(self, module: str, functions: list[Function]) -> dict[str, str]:
        paths = sorted({function.path for function in functions})
        path = _brief(paths[0]) if len(paths) == 1 else plural(len(paths), "file")
        text = self.colours["cluster_text"]
        label = (
            f'<font color="{text}">{cell(shorten(one_line(module), _NAME))}</font>'
            f'<font color="{text}" point-size="8">&#160;&#160;{cell(path)}</font>'
        )
        return {
            "label": f"<{label}>",
            "labeljust": "l",
            "fontsize": "11",
            "style": "rounded,filled",
            "fillcolor": self.colours["cluster"],
            "color": self.colours["cluster_line"],
            "margin": "10",
            "tooltip": plain("\n".join([module, *paths])),
        }

    def _open(self) -> str:
        line, node = self.colours["node_line"], self.colours["node"]
        return f'<table border="1" cellborder="0" cellspacing="0" cellpadding="3" color="{line}" bgcolor="{node}">'

    def _chip(self, function: Function) -> str:
        """A function in one row: its calls and its name."""
        name = cell(shorten(one_line(function.qualname), _NAME))
        link = self._link(function, function.line, self.facts.about(function))
        if function.calls or any(self.trace.hits[each] for each in function.statements):
            hits = self._heat(function.calls, count(function.calls), link)
            text = self.colours["text"]
        else:
            hits = self._unrun(link)
            text = self.colours["unrun_text"]
        return f'{self._open()}<tr>{hits}<td align="left"{link}><font color="{text}">{name}</font></td></tr></table>'

    def _table(self, function: Function) -> str:
        """A function with its statements."""
        name = cell(shorten(one_line(function.qualname), _NAME))
        below = cell(f"line {function.line} · {self.facts.summary(function)}")
        link = self._link(function, function.line, self.facts.about(function))
        failed = self.colours["error"] if self.facts.ended.get(function.id) else self.colours["faint"]
        head = (
            f'<tr><td colspan="3" port="h" align="left" balign="left" bgcolor="{self.colours["head"]}"{link}>'
            f'<font point-size="11" color="{self.colours["text"]}"><b>{name}</b></font><br align="left"/>'
            f'<font point-size="8.5" color="{failed}">{below}</font></td></tr>'
        )
        return f"{self._open()}{head}{''.join(self._statements(function))}</table>"

    def _statements(self, function: Function) -> Iterator[str]:
        statements = sorted((self.trace.statements[each] for each in function.statements), key=lambda each: each.extent)
        indents = depths(statements)
        kept = self._kept(function)
        self.rows[function.id] = kept
        left_out = 0
        for statement, indent in zip(statements, indents, strict=True):
            if statement.id not in kept:
                left_out += 1
                continue
            if left_out:
                yield self._gap(left_out)
                left_out = 0
            hits = self.trace.hits[statement.id]
            link = self._link(function, statement.extent.line, self.facts.about_statement(statement))
            chip = self._heat(hits, f"{hits:,}", link) if hits else self._unrun(link)
            code = cell("  " * min(indent, 12) + shorten(one_line(statement.snippet), _CODE))
            colour = self.colours["code" if hits else "unrun_text"]
            yield (
                f'<tr>{chip}<td align="right"{link}><font color="{self.colours["number"]}" point-size="10">'
                f'{statement.extent.line}</font></td><td port="s{statement.id}" align="left"{link}>'
                f'<font face="Courier" point-size="10" color="{colour}">{code}</font>{self._raised(statement.id)}'
                "</td></tr>"
            )
        if left_out:
            yield self._gap(left_out)

    def _kept(self, function: Function) -> frozenset[int]:
        """Return the statements that are shown: of too many, those that call others, then those with most hits."""
        if len(function.statements) <= _ROWS:
            return frozenset(function.statements)
        ranked = sorted(function.statements, key=lambda each: (each not in self.calling, -self.trace.hits[each], each))
        return frozenset(ranked[:_ROWS])

    def _gap(self, number: int) -> str:
        words = f"{plural(number, 'more statement')}"
        return f'<tr><td colspan="3"><font point-size="8.5" color="{self.colours["faint"]}">⋮ {words}</font></td></tr>'

    def _raised(self, statement: int) -> str:
        raised = self.facts.raised.get(statement)
        if not raised:
            return ""
        words = cell(
            ", ".join(f"{shorten(one_line(name), 30)} {number:,}{TIMES}" for name, number in sorted(raised.items())[:3])
        )
        return f'<font point-size="8.5" color="{self.colours["error"]}">&#160;&#160;raised {words}</font>'

    def _heat(self, number: int, text: str, link: str) -> str:
        colour = self.colours[f"heat{heat_step(number, self.most)}"]
        shown = f'<font color="{self.colours["heat_text"]}">{text}</font>'
        return f'<td align="right"{self.width} bgcolor="{colour}"{link}>{shown}</td>'

    def _unrun(self, link: str) -> str:
        text = f'<font color="{self.colours["unrun_text"]}">not run</font>'
        return f'<td align="right"{self.width} bgcolor="{self.colours["unrun"]}"{link}>{text}</td>'

    def _link(self, function: Function, line: int, tooltip: str) -> str:
        """Return the attributes of a cell that carry its tooltip, which Graphviz keeps only beside a link."""
        target = "#"
        if self.look.links and not function.path.startswith("<"):  # such as <stdin>, which is no file
            path = quote(os.path.abspath(function.path).replace(os.sep, "/"), safe="/:", errors="replace")
            path = path if path.startswith("/") else f"/{path}"
            target = attribute(self.look.links.replace("{path}", path).replace("{line}", str(line)))
        return f' href="{target}" title="{attribute(tooltip)}"'

    def _edges(self) -> Iterator[str]:
        """Yield the line of each edge; in a compact picture one for all statements of the caller."""
        shown = set(self.selection.functions)
        calls: dict[tuple[int, int, int], int] = defaultdict(int)
        for edge in self.trace.edges:
            if edge.caller is not None and edge.caller in shown and edge.callee in shown:
                statement = -1 if edge.statement is None or not self.detailed else edge.statement
                calls[edge.caller, statement, edge.callee] += edge.calls
        labelled = self.detailed and len(calls) <= _LABELLED
        slim = (1 if self.detailed else 0.6) * (1 if len(calls) <= _CROWD else 0.4)
        for (caller, statement, callee), number in sorted(calls.items()):
            tail, head = f"f{caller}", f"f{callee}"
            if self.detailed:
                tail += f":s{statement}:e" if statement in self.rows[caller] else ":h:e"
                head += ":h:e" if caller == callee else ":h:w"
            width = _width(number) * slim
            words = plain(self._words(caller, statement, callee, number)).replace('"', '\\"')
            label = f' label=" {number:,}{TIMES} " labeltooltip="{words}"' if labelled else ""
            look = f"arrowsize={0.6 + 0.08 * width:.2f} penwidth={width:.2f}"
            if self.look.columns and self.distance[callee] <= self.distance[caller]:
                look += " constraint=false"
            yield f'\t{tail} -> {head} [{look} tooltip="{words}"{label}]\n'

    def _words(self, caller: int, statement: int, callee: int, number: int) -> str:
        at = "" if statement < 0 else f", line {self.trace.statements[statement].extent.line}"
        names = self.trace.functions[caller].qualname, self.trace.functions[callee].qualname
        return f"{names[0]}{at} calls {names[1]} {number:,}{TIMES}"


def _node(number: int, label: str, place: tuple[float, float] | None) -> str:
    at = "" if place is None else f' pos="{place[0]:.1f},{place[1]:.1f}"'
    return f"\tf{number} [label=<{label}>{at}]\n"


def _width(calls: int) -> float:
    return min(0.6 + 0.42 * max(calls, 1).bit_length(), 6.0)


def _brief(path: str) -> str:
    """Return the end of a path, its last folder and its name."""
    path = one_line(path)
    parts = path.replace("\\", "/").rsplit("/", 2)
    return shorten(path if len(parts) < 3 else f"…/{parts[1]}/{parts[2]}", _NAME)
