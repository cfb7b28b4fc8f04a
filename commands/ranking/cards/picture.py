"""The picture of a published period: one Vega-Lite specification for the chat and for the page.

Only bands, never figures: what is published is who stands in which band. ``config.font`` names a type
with Chinese glyphs that whoever draws it must have; without it all text vanishes without an error.
"""

from typing import Any

from commands.ranking.cards import publishing
from commands.ranking.cards.wording import SAID, Shown
from commands.ranking.rules.bands import Band

FONT = "Noto Sans SC"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
#: White type on each of them has a contrast of at least 4.5:1.
_COLOURS = {Band.A: "#22694b", Band.B: "#8a5a00", Band.C: "#9c4433", Band.FEW: "#5c636e"}
_INK, _SOFT = "#1d2129", "#4e5969"
_TYPE = 18  #: pixels
_LINE = 24  #: pixels of a line of type
_WIDTH, _COLUMN = 420, 200  #: pixels: of the picture at least, and of a band
_A_LINE = 10  #: signs of a name in a line; names have at most three, what is longer is cut
_LINES = 3
_SHORT = 8  #: signs of an initiative's name that leave room for more in the line
_MOST = 30  #: units of a band that are named; where one has more, all are counted only


def spec(shown: Shown) -> dict[str, Any]:
    """A column a band, the units in it in their official order."""
    longest = max((len(names) for _, names in shown.bands), default=1)
    told = [(b, names if longest <= _MOST else [f"{len(names)} 家"]) for b, names in shown.bands]
    values: list[dict[str, Any]] = [
        {"band": SAID[band], "place": place, "unit": "\n".join(lines), "lines": len(lines)}
        for band, names in told
        for place, lines in enumerate(map(_broken, names), start=1)
    ]
    bands = [SAID[band] for band, _ in shown.bands]
    most = max((value["lines"] for value in values), default=1)
    height = (_LINE * most + 20) * max((len(names) for _, names in told), default=1)
    x: dict[str, Any] = {"field": "band", "type": "nominal", "scale": {"domain": bands}, "title": None}
    x["axis"] = {"orient": "top", "labelAngle": 0, "labelFontSize": _TYPE, "labelColor": _INK}
    x["axis"] |= {"labelLimit": _COLUMN, "labelPadding": 8, "ticks": False, "domain": False}
    y = {"field": "place", "type": "ordinal", "axis": None}
    colour = {
        "field": "band",
        "type": "nominal",
        "scale": {"domain": bands, "range": [_COLOURS[band] for band, _ in shown.bands]},
        "legend": None,
    }
    box = {"type": "rect", "cornerRadius": 6, "width": {"band": 0.92}, "height": {"band": 0.86}}
    return {
        "$schema": _SCHEMA,
        "description": publishing.alt(shown),
        "title": {
            "text": _heading(shown),
            "subtitle": f"{shown.span}　同档按机构序，不分先后",
            "fontSize": 22,
            "color": _INK,
            "subtitleFontSize": 15,
            "subtitleColor": _SOFT,
            "subtitlePadding": 6,
            "offset": 16,
        },
        "config": {"font": FONT, "background": "white", "view": {"stroke": None}},
        "padding": 20,
        "width": max(_WIDTH, _COLUMN * len(bands)),
        "height": height,
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": box, "encoding": {"color": colour}},
            *(_names(lines) for lines in range(1, most + 1)),
        ],
    }


def _heading(shown: Shown) -> list[str]:
    """In two lines where the initiative has a long name: a picture in a chat is narrow."""
    what = f"部门协作情况（{shown.nth}）"
    return [f"{shown.title}{what}"] if len(shown.title) <= _SHORT else [shown.title, what]


def _names(lines: int) -> dict[str, Any]:
    """The names of so many lines: the first line stands where the sign for the middle is put."""
    mark = {"type": "text", "fontSize": _TYPE, "color": "white", "lineBreak": "\n", "lineHeight": _LINE}
    return {
        "transform": [{"filter": f"datum.lines == {lines}"}],
        "mark": mark | {"dy": -_LINE * (lines - 1) / 2},
        "encoding": {"text": {"field": "unit", "type": "nominal"}},
    }


def _broken(name: str) -> list[str]:
    """The name in lines that fit into its box."""
    most = _A_LINE * _LINES
    told = name if len(name) <= most else f"{name[: most - 1]}…"
    count = -(-len(told) // _A_LINE)
    each = -(-len(told) // count) if count else 1
    return [told[at : at + each] for at in range(0, len(told), each)] or [""]
