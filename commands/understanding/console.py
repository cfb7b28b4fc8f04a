"""``chengquan understand``: sentences in, one line of what was understood out."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from commands.understanding.directory import Directory, PersonName, UnitName
from commands.understanding.engine import understand
from commands.understanding.invocation import Invocation


def directory_of(entries: Sequence[dict[str, object]]) -> Directory:
    """From a list of ``{"department": name, "short_names": […], "people": [name or mapping]}``; a mapping of
    a person has ``name`` and may have ``title`` and ``aliases``.
    """
    units: list[UnitName] = []
    people: list[PersonName] = []
    for number, entry in enumerate(entries, 1):
        short = entry.get("short_names") or ()
        units.append(
            UnitName(
                number, str(entry["department"]), tuple(map(str, short)) if isinstance(short, list) else ()
            )
        )
        members = entry.get("people")
        for member in members if isinstance(members, list) else ():
            people.append(_person(len(people) + 1, number, member))
    return Directory(units, people)


def _person(number: int, unit: int, member: str | dict[str, object]) -> PersonName:
    if isinstance(member, str):
        return PersonName(number, member, unit)
    aliases = member.get("aliases")
    return PersonName(
        number,
        str(member["name"]),
        unit,
        str(member.get("title") or ""),
        tuple(map(str, aliases)) if isinstance(aliases, list) else (),
    )


def lines(
    inp: Iterable[str],
    now: datetime,
    directory_json: Sequence[dict[str, object]],
    *,
    as_json: bool,
    explain: bool,
) -> Iterator[str]:
    """One answer a line, in the order of the sentences; blank lines are passed over."""
    directory = directory_of(directory_json)
    for line in inp:
        phrase = line.rstrip("\r\n")
        if phrase.strip():
            yield _answer(phrase, understand(phrase, now=now, directory=directory), as_json, explain)


def _answer(phrase: str, found: Invocation, as_json: bool, explain: bool) -> str:
    answer: dict[str, object] = {
        "phrase": phrase, "intent": found.intent, "slots": dict(found.slots), "ask": found.ask,
    }  # fmt: skip
    if found.suggestions:
        answer["suggestions"] = list(found.suggestions)
    if explain:
        answer["trace"] = list(found.trace)
    if as_json:
        return json.dumps(answer, ensure_ascii=False)
    said = [f"{phrase} → {found.intent}"]
    said += [f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in found.slots.items()]
    if found.ask:
        said.append(f"  ask: {found.ask}")
    said += [f"  ? {text}" for text in found.suggestions]
    said += [f"  # {text}" for text in found.trace] if explain else []
    return "\n".join(said)
