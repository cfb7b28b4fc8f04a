"""交办: who leads, who co-operates, by when, and what. Never without an assignee and a date said."""

import re

from commands.understanding.moments import When
from commands.understanding.readers.casting import Cast, cast_of, means_same
from commands.understanding.readers.ordering import EXPLICIT, gives_work
from commands.understanding.readers.titles import trim_title
from commands.understanding.reading import Reading, compiled
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import due_slots, joined, name_assignee, pick_when, tidy

_VERBS = compiled(
    r"^督促(?=<A>)|^[要限]令?(?=<A>)|^转(?=<A>)|(?<=^转<A>)(?:办理|处理|阅处|阅办|承办|办)[:,]?|限时?(?=<W>)|(?<=^<W>)要(?:看|收|拿|见)到(?=<A>)|^[给跟](?=<A>(?:派|布置|安排|加|交代))|(?<=<A>)(?:再|也)?(?:派|布置|安排|加|交代)(?:一?个|一?项|一?条|点)?(?:任务|活|事)[:,]?|(?:安排|布置|落实)一下[,:](?=<A>)|(?:牵头|主办|责任|承办|负责|经办|谁办?|谁来办|配合|协办)(?:单位|部门|人)?:(?=<A>)|(?:什么时候|啥时候|何时|哪天):(?=<W>)|(?:事项|任务单?|督办单|内容|标题):|^(?:请)?(?:交办|派单|派任务|布置任务|布置|安排一下|安排|加个任务|加一?条任务|新任务|新增任务|"
    r"新建任务|建个任务|加任务|下任务|派个活|派活:|指派|分派|派给|安排给|交给|责成|督办|立个?项|(?:帮我)?记个任务|记一?[个条]任务|辛苦|麻烦|请|让|叫|由|"
    r"通知|要求|劳烦|烦请|劳驾|拜托|转请|\+)(?:[:,给])*"
    r"|(?:请|辛苦|麻烦|让|叫|由|通知|要求|劳烦|烦请|劳驾|拜托|派给|交给|安排给|安排|责成|转请|给|"
    r"会同|联合)(?=<A>)|(?<=<A>)(?:来)?(?:牵头|主办|负责|承办|配合|协助|协办|参与|主责)|"
    r"(?<=<A>)(?:等)?(?:做好)?配合"
    r"|(?<=[,;: ])(?:牵头|主办|承办|配合|协办)(?:单位|部门)?(?=<A>)|一块儿|"
    r"(?<=<A>)(?:一起|共同|一道)|^负责|(?:于|在|要求)(?=<W>)|(?<=<W>)(?:前|之前|内|以前|要|"
    r"交|截止|完成|搞定|报上?来|提交|交上?来|给我|必须|务必|须)+(?=$|[,。;])|"
    r"(?<=<A>)[、,和及与]+(?=<A>)|尽快|抓紧|(?<=<A>)(?:的?同志|老师|科长|主任|你们?|您|这边|"
    r"那边)(?=[,:]|把|<W>)|截止(?:时间|日期)?(?:[:是为]|到|至)*(?=<W>)|(?:时限|期限|限期|完成时限|"
    r"完成时间|时间|截止)(?:[:是为]|到|至)*(?=<W>)"
)


def assign(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    flat = reading.flat
    explicit = EXPLICIT.search(flat) is not None
    when = pick_when(reading)
    cast = cast_of(reading)
    if not gives_work(reading, cast, when, explicit):
        return NOT_THIS
    asks: list[str | None] = []
    if cast.lead is None:
        asks.append("assignee")
    else:
        asks.append(name_assignee(cast.lead, slots))
    _name_others(cast, slots)
    asks.append(due_slots(when, slots))
    title = title_of(reading, cast, when)
    if title:
        slots["title"] = title
    else:
        asks.append("title")
    return next((ask for ask in asks if ask), None)


def _name_others(cast: Cast, slots: dict[str, object]) -> None:
    units: list[str] = []
    people: list[str] = []
    for token in cast.others:
        unit = token.unit
        if unit and unit.name not in units and unit.name != slots.get("dept"):
            units.append(unit.name)
        if token.kind == "P":
            people.append(token.people[0].name)
    if units:
        slots["co_depts"] = units
    if people:
        slots["co_assignees"] = people


def title_of(reading: Reading, cast: Cast, when: When | None) -> str:
    who = [token for token in (cast.lead, *cast.others) if token]
    same = [token for token in reading.of("P", "U") if means_same(token, cast.lead)]
    times = [
        token
        for token in reading.of("W")
        if token.when is when or (token.when and token.when.due and not token.when.named and token.when.limit)
    ]
    cuts = [match.span() for match in _VERBS.finditer(reading.flat)]
    text = reading.without([*who, *same, *times], cut=cuts)
    parts = [tidy(part) for part in re.split(r"[,。;]| {2,}", text)]
    parts = [part for part in (trim_title(part) for part in parts) if part]
    return joined(tidy(",".join(parts)))
