"""The picture of a published period: one Vega-Lite specification for the chat and for the page.

Only bands, never figures: what is published is who stands in which band. ``config.font`` names a type
with Chinese glyphs that whoever draws it must have; without it all text vanishes without an error.
"""

from typing import Any

from commands.ranking.cards.wording import SAID, Shown
from commands.ranking.rules.bands import Band

FONT = "Noto Sans SC"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
_COLOURS = {Band.A: "#2e7d5b", Band.B: "#c08a2b", Band.C: "#a85b4a", Band.FEW: "#8a8f98"}
_ROW = 44  #: pixels a unit takes
_MOST = 30  #: units of a band that are named; where one has more, all are counted only


def spec(shown: Shown) -> dict[str, Any]:
    """A column a band, the units in it in their official order."""
    longest = max((len(names) for _, names in shown.bands), default=1)
    told = [(b, names if longest <= _MOST else [f"{len(names)} 家"]) for b, names in shown.bands]
    values = [
        {"band": SAID[band], "place": place, "unit": name}
        for band, names in told
        for place, name in enumerate(names, start=1)
    ]
    bands = [SAID[band] for band, _ in shown.bands]
    height = _ROW * max((len(names) for _, names in told), default=1)
    x: dict[str, Any] = {"field": "band", "type": "nominal", "scale": {"domain": bands}, "title": None}
    x["axis"] = {"orient": "top", "labelAngle": 0, "labelFontSize": 18, "ticks": False, "domain": False}
    y = {"field": "place", "type": "ordinal", "axis": None}
    colour = {
        "field": "band",
        "type": "nominal",
        "scale": {"domain": bands, "range": [_COLOURS[band] for band, _ in shown.bands]},
        "legend": None,
    }
    box = {
        "type": "rect",
        "cornerRadius": 6,
        "opacity": 0.9,
        "width": {"band": 0.92},
        "height": {"band": 0.84},
    }
    name = {"type": "text", "fontSize": 18, "color": "white"}
    return {
        "$schema": _SCHEMA,
        "title": {
            "text": f"{shown.title}部门协作情况（{shown.nth}）",
            "subtitle": f"{shown.span}　同档按机构序，不分先后",
            "fontSize": 22,
            "subtitleFontSize": 15,
            "offset": 16,
        },
        "config": {"font": FONT, "background": "white", "view": {"stroke": None}},
        "padding": 20,
        "width": 640,
        "height": height,
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": box, "encoding": {"color": colour}},
            {"mark": name, "encoding": {"text": {"field": "unit", "type": "nominal"}}},
        ],
    }
