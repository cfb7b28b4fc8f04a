"""Understanding one sentence: median and p99, with 5,000 people and with a hundredth of them."""

import gc
import json
import statistics
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from commands.calendar import SHANGHAI, Workdays
from commands.understanding.directory import Directory, PersonName, UnitName
from commands.understanding.engine import understand

_SENTENCES = Path(__file__).parents[1] / "tests" / "phrases" / "own.tsv"
_NOW = datetime(2026, 11, 21, 10, tzinfo=SHANGHAI)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志强晓"
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Reading:
    people: int
    units: int
    sentences: int
    median_us: float
    p99_us: float
    longest_ms: float  #: the slowest of texts of 2,000 characters made to be slow


def reading(people: int = 5000, units: int = 300, rounds: int = 20) -> Reading:
    directory = _directory(people, units)
    calendar = Workdays()
    sentences = [line.split("\t")[0] for line in _SENTENCES.read_text(encoding="utf-8").splitlines()]
    took: list[float] = []
    for _ in range(rounds):
        gc.collect()
        for sentence in sentences:
            start = time.perf_counter()
            understand(sentence, now=_NOW, directory=directory, calendar=calendar)
            took.append(1e6 * (time.perf_counter() - start))
    took = sorted(took[len(sentences) :])
    return Reading(
        people=people,
        units=units,
        sentences=len(sentences),
        median_us=statistics.median(took),
        p99_us=took[int(0.99 * len(took))],
        longest_ms=max(_long(text, directory, calendar) for text in _slow_texts(sentences)),
    )


def _directory(people: int, units: int) -> Directory:
    """The names the sentences speak of, and as many others as asked for."""
    entries = json.loads((_SENTENCES.parent / "directory.json").read_text(encoding="utf-8"))
    spoken_units = [entry["department"] for entry in entries]
    spoken_people = [name for entry in entries for name in entry["people"]]
    other_units = [f"{_SURNAMES[n % 30]}{_GIVEN[n // 30 % 30]}局" for n in range(units)]
    other_people = [
        f"{_SURNAMES[n % 30]}{_GIVEN[n // 30 % 30]}{_GIVEN[n // 900 % 30]}" for n in range(people)
    ]
    return Directory(
        [UnitName(n, name) for n, name in enumerate(spoken_units + other_units)],
        [PersonName(n, name, None) for n, name in enumerate(spoken_people + other_people)],
    )


def _slow_texts(sentences: list[str]) -> list[str]:
    repeated = [
        "T1",
        "T1、",
        "12月3日",
        "赵伟局",
        "12",
        "一",
        "每周",
        "把",
        "给",
        "@",
        " ",
        "(",
        "请赵伟局",
        "完成了",
        "三",
        "周一到",
    ]
    texts = [part * _MOST_CHARACTERS for part in repeated]
    texts += ["T12" + part * _MOST_CHARACTERS for part in repeated]
    texts.append("，".join(sentences))
    return [text[:_MOST_CHARACTERS] for text in texts]


def _long(text: str, directory: Directory, calendar: Workdays) -> float:
    start = time.perf_counter()
    understand(text, now=_NOW, directory=directory, calendar=calendar)
    return 1e3 * (time.perf_counter() - start)


def main() -> None:
    for people, units in ((50, 3), (5000, 300)):
        figures = reading(people, units)
        print(
            f"understanding · {figures.people} people, {figures.units} units · "
            f"{figures.sentences} sentences · "
            f"median {figures.median_us:.0f} µs · p99 {figures.p99_us:.0f} µs · "
            f"2,000 characters ≤ {figures.longest_ms:.1f} ms"
        )


if __name__ == "__main__":
    main()
