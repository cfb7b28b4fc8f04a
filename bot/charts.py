"""Charts drawn from their specification, in a process of their own: drawing takes 180 MB and a core.

The type lies in a package and is registered there. A chart whose type is missing would come out without
a single character and without an error, so that is looked at before the first picture is sent.
"""

import asyncio
import importlib.util
import json
import multiprocessing
import struct
import zlib
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from connectors.errors import SendRefused

FONT_PACKAGE = "pylopdf_fonts_zh_cn"
SCALE = 2.0  #: pixels a unit of the specification
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = 33  #: bytes: the signature and the first chunk, whose length is fixed
_WORDS = b"Description\0\0\0zh-CN\0\0"  #: keyword, not compressed, language, no keyword translated
SECONDS = 8.0  #: for one picture, starting the process included; less than a call may take


class ChartsUnavailable(SendRefused):
    """Nothing can be drawn on this machine, so the picture is certainly not sent; the card was."""

    def __init__(self, detail: str) -> None:
        super().__init__("chart", detail)


class Charts:
    """One process, started with the first picture; ``close`` ends it."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None

    async def render(self, spec: bytes) -> bytes:
        """The PNG of a Vega-Lite specification; its ``description`` goes along inside (``described``).

        Raises:
            ChartsUnavailable: the type is missing, the specification is wrong, or it takes too long.
        """
        if self._pool is None:
            # Not forked: this process has threads.
            fresh = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=fresh, initializer=_prepare)
        drawing = asyncio.wrap_future(self._pool.submit(_draw, spec))
        try:
            return await asyncio.wait_for(drawing, SECONDS)
        except (BrokenProcessPool, TimeoutError, ValueError) as error:
            self.close()
            raise ChartsUnavailable(str(error) or type(error).__name__) from error

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None


def fonts() -> Path:
    """The folder of the type that pictures and pages are written with.

    Raises:
        ChartsUnavailable: it is not installed.
    """
    found = importlib.util.find_spec(FONT_PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ChartsUnavailable(f"{FONT_PACKAGE} is not installed")
    return Path(found.submodule_search_locations[0])


def _prepare() -> None:
    """In the drawing process. An error here breaks the pool, and is told as unavailable."""
    import vl_convert

    vl_convert.register_font_directory(str(fonts()))
    blank, written = (_draw(_specimen(text)) for text in ("", "成"))
    if blank == written:
        raise RuntimeError("no Chinese type: pictures would have no text")


def _draw(spec: bytes) -> bytes:
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(spec.decode(), scale=SCALE)
    words = str(json.loads(spec).get("description", ""))
    return _with_words(png, words) if words else png


def described(png: bytes) -> str:
    """What a picture shows, in words, for those who do not see it; "" if it does not say so."""
    if not png.startswith(_SIGNATURE):
        return ""
    at = len(_SIGNATURE)
    while at + 8 <= len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        data = png[at + 8 : at + 8 + size]
        if png[at + 4 : at + 8] == b"iTXt" and data.startswith(_WORDS):
            return data.removeprefix(_WORDS).decode("utf-8", "replace")
        at += size + 12
    return ""


def _with_words(png: bytes, words: str) -> bytes:
    """With a text chunk right behind the header (PNG, 11.3.3.4: ``iTXt``, keyword ``Description``)."""
    data = _WORDS + words.encode()
    chunk = struct.pack(">I", len(data)) + b"iTXt" + data + struct.pack(">I", zlib.crc32(b"iTXt" + data))
    return png[:_HEADER_END] + chunk + png[_HEADER_END:]


def _specimen(text: str) -> bytes:
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "config": {"font": "Noto Sans SC"},
        "width": 40,
        "height": 40,
        "data": {"values": [{}]},
        "mark": {"type": "text", "text": text, "fontSize": 24},
    }
    return json.dumps(spec).encode()
