"""Pictures: drawn when first read, with Chinese type that is really there, and kept."""

import asyncio
import json
import struct
import zlib
from collections.abc import Iterator

import pytest
from sqlmodel import Session

from bot.blobs import DatabaseBlobs
from bot.charts import Charts, ChartsUnavailable, described
from commands.ranking.cards.picture import spec
from commands.ranking.cards.wording import Shown
from commands.ranking.operations.pictures import keep_spec
from commands.ranking.rules.bands import Band
from storage.database import Database
from storage.models import Blob

BANDS = [(Band.A, ["环保局", "城管局"]), (Band.B, ["社区办", "物业协会"])]
WHITE = (255, 255, 255)


@pytest.fixture
def charts() -> Iterator[Charts]:
    opened = Charts()
    yield opened
    opened.close()


def shown(title: str = "垃圾分类", bands: object = BANDS) -> Shown:
    return Shown(title, 1, "11月23日—12月18日", bands, 3)  # type: ignore[arg-type]


def ink(png: bytes) -> list[int]:
    """Pixels a line that are not white, above the boxes; bytes of an RGBA picture of eight bits."""
    width, height = struct.unpack(">II", png[16:24])
    assert (png[24], png[25], png[28]) == (8, 6, 0), "eight bits, RGBA, not interlaced"
    data, at, packed = png, 8, b""
    while at < len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        if data[at + 4 : at + 8] == b"IDAT":
            packed += data[at + 8 : at + 8 + size]
        at += size + 12
    raw, stride = zlib.decompress(packed), width * 4
    previous, counts = bytearray(stride), []
    for row in range(height):
        start = row * (stride + 1)
        line = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), previous)
        counts.append(sum(tuple(line[n : n + 3]) != WHITE for n in range(0, stride, 4)))
        previous = line
    return counts


def _unfiltered(kind: int, line: bytearray, above: bytearray) -> bytearray:
    for n in range(len(line)):
        left = line[n - 4] if n >= 4 else 0
        up, corner = above[n], above[n - 4] if n >= 4 else 0
        if kind == 4:
            far = [abs(left + up - corner - each) for each in (left, up, corner)]
            guess = (left, up, corner)[far.index(min(far))]
        else:
            guess = (0, left, up, (left + up) // 2)[kind]
        line[n] = (line[n] + guess) & 255
    return line


async def test_a_chart_is_drawn_once_with_its_words_and_kept(database: Database, charts: Charts) -> None:
    key = await database.write(lambda session: keep_spec(session, spec(shown())))
    again = await database.write(lambda session: keep_spec(session, spec(shown())))
    assert key == again
    blobs = DatabaseBlobs(database, charts)
    png = await blobs.read(key)
    assert png.startswith(b"\x89PNG")

    def kept(session: Session) -> Blob | None:
        return session.get(Blob, key)

    row = await database.read(kept)
    assert row is not None
    assert row.data == png == await DatabaseBlobs(database).read(key)


async def test_the_title_leaves_ink_on_the_paper(charts: Charts) -> None:
    """Were the type missing, the lines above the boxes would be white."""
    png = await charts.render(json.dumps(spec(shown())).encode())
    top = ink(png)[:100]
    assert sum(count > 20 for count in top) > 20


async def test_a_chart_that_cannot_be_drawn_is_certainly_not_sent(charts: Charts) -> None:
    with pytest.raises(ChartsUnavailable):
        await charts.render(b"no specification")


async def test_a_chart_nobody_described_is_not_there(database: Database, charts: Charts) -> None:
    with pytest.raises(KeyError):
        await DatabaseBlobs(database, charts).read("chart:0000")


async def test_a_picture_says_in_words_what_it_shows(charts: Charts) -> None:
    png = await charts.render(json.dumps(spec(shown())).encode())
    assert described(png).splitlines() == [
        "垃圾分类部门协作情况（第一期）11月23日—12月18日",
        "A 档：环保局、城管局",
        "B 档：社区办、物业协会",
    ]
    assert described(png[:33] + png[33 + 12 + struct.unpack(">I", png[33:37])[0] :]) == ""
    assert described(b"no picture") == ""


async def test_three_groups_that_wait_for_one_picture_have_it_drawn_once(
    database: Database, charts: Charts
) -> None:
    drawn: list[bytes] = []

    class Counted(Charts):
        async def render(self, spec: bytes) -> bytes:
            drawn.append(spec)
            return await charts.render(spec)

    key = await database.write(lambda session: keep_spec(session, spec(shown())))
    blobs = DatabaseBlobs(database, Counted())
    first, *others = await asyncio.gather(*(blobs.read(key) for _ in range(3)))
    assert others == [first, first]
    assert len(drawn) == 1


@pytest.mark.parametrize(
    "name", ["城市管理综合行政执法局", "经济技术开发区管理委员会生态环境分局", "局" * 60]
)
def test_a_long_name_is_broken_so_that_it_stays_in_its_box(name: str) -> None:
    drawn = spec(shown(bands=[(Band.A, [name]), (Band.FEW, ["水务局"])]))
    lines = drawn["data"]["values"][0]["unit"].split("\n")
    assert 1 < len(lines) <= 3
    assert max(map(len, lines)) <= 10
    assert "".join(lines).rstrip("…") in name


def test_white_type_is_legible_on_every_band() -> None:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    drawn = spec(shown(bands=[(band, ["水务局"]) for band in Band]))
    colours = drawn["layer"][0]["encoding"]["color"]["scale"]["range"]
    assert len(colours) == len(Band)
    for colour in colours:
        assert 1.05 / (light(colour) + 0.05) >= 4.5, colour
