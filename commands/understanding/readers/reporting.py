"""Slots of collections, meetings, minutes and figures."""

import re

from commands.understanding.moments import When
from commands.understanding.readers.demands import as_slot, demands_of
from commands.understanding.readers.titles import trim_title
from commands.understanding.reading import CODE, Reading
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import due_slots, joined, pick_when, tidy

_GROUP = re.compile(
    r"(?:各|全体|全部|所有|各个|各相关|各有关|相关|有关)(?:成员|参建|责任|牵头|配合|相关|有关|直属|"
    r"县直|市直|区直|下属|业务)*"
    r"(?:单位|部门|科室|委办局|处室|局|街道办?|社区|乡镇|镇街|镇|乡|居委会?|区县|县区|企业|学校|"
    r"医院|站所|支部|网格|村|厂区|车间|站点|窗口|分公司|门店|工区|网点|派出所|卫生院|幼儿园|园区|院系|班组|中心|项目部?)"
    r"|(?:\d+|[一二三四五六七八九十两]+)(?:个|家)(?:街道办?|乡镇|镇街|镇|乡|社区|部门|单位|乡镇|"
    r"镇街|委办局|局|科室|区县|学校|企业|小区|村|成员单位|责任单位)"
)
_VERBS = re.compile(
    r"^(?:请|向|面向|跟|找|问|现|通知|需要?|要)+|[收报交要]材料|报送材料|收集材料|征集|收集|收取|征求|填报|报送|上报|提交|"
    r"统计|反馈|收一?[下份个]?(?=[:, ])|^收(?=[:, ])|^收"
)
#: 研发一部收集案例: who is named does it, and is not asked for it.
_COLLECTS_ITSELF = re.compile(
    f"(?<![向从找跟问对])[{CODE['U']}{CODE['P']}](?:[^,;。]{{0,6}},){{0,2}}[^,;。]{{0,8}}(?:收集|征集|征求|收取)|"
    f"[{CODE['U']}{CODE['P']}](?:来)?(?:负责|牵头)"
)
_EACH = re.compile(r"(?:各个?|全体|所有)$")
_MATERIALS = re.compile(r"收集?材料(?:[:,]|$)")
_REMARK = re.compile(r"(?:表格|模板|样表|附件|格式)[^,;。]{0,4}(?:见|在)[^,;。]*")


def collect(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if "action" in slots:
        return None
    when = pick_when(reading)
    group = _GROUP.search(reading.flat)
    if slots.pop("_of_units", False) and not reading.of("U")[0].unit_name.startswith(("各", "全体", "所有")):
        return NOT_THIS
    named = _MATERIALS.match(reading.flat) is not None
    if group is None and _COLLECTS_ITSELF.search(reading.flat):
        return NOT_THIS
    if group is None and when is None and not named:
        return NOT_THIS
    if re.search(r"^(?:我|我们|咱)", reading.flat) or (reading.has("P") and group is None):
        return NOT_THIS
    drop = [token for token in reading.of("W") if token.when is when]
    cut = [group.span()] if group else []
    if group:
        slots["to"] = group[0]
    elif unit := reading.first("U"):
        each = _EACH.search(reading.text[: unit.start])
        slots["to"] = f"{each[0] if each else ''}{unit.text}"
        drop.append(unit)
    cut += [match.span() for match in _VERBS.finditer(reading.flat)]
    cut += [match.span() for match in _REMARK.finditer(reading.flat)]
    text = tidy(reading.without(drop, cut=cut))
    parts = [trim_title(tidy(part)) for part in re.split(r"[,;。]| {2,}", text)]
    title = joined(tidy(",".join(part for part in parts if part)))
    title = re.sub(r"^(?:于|在|前|报|交|的|一下|各)+(?=[一-鿿]{2})", "", title)
    if title:
        slots["title"] = title
    ask = due_slots(when, slots)
    return ask or (None if title else "title")


_REPLACE = re.compile(
    r"换(?:一?[个版份]|成|为|新)|更正|修正|重[新报交传发做填]|作废|替换|更新|新版|改版|以这[份个版]为准"
)


def submit(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if _REPLACE.search(reading.flat):
        slots["replace"] = True
    return None if reading.has("C") else "collection_id"


def _at(when: When | None, slots: dict[str, object]) -> str | None:
    ask = due_slots(when, slots)
    if "deadline" in slots:
        slots["start"] = slots["deadline"]
    return ask


_MEETING = re.compile(
    r"^(?:请|通知|安排|定于|定|约|拟|计划)+|召开|开个|开一个|开一次|开会|约个|约一个|会议(?:安排|"
    r"通知)?[:,]|组织(?=[^,]*会)|开(?=[^,]{0,10}会)"
)


def meeting(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    when = pick_when(reading)
    units = [token.unit.name for token in reading.of("U") if token.unit]
    if units:
        slots["depts"] = units
    drop = [token for token in reading.of("W") if token.when is when] + reading.of("M")
    cuts = [match.span() for match in _MEETING.finditer(reading.flat)]
    title = tidy(reading.without(drop, cut=cuts))
    if title:
        slots["title"] = slots["topic"] = title
    if when is None and reading.has("M"):
        return None
    return _at(when, slots)


def minutes(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    match = re.match(r"^\[?(?:会议)?纪要\]?[:,。\n]*", reading.flat)
    content = tidy(reading.said(match.end(), len(reading.flat))) if match else ""
    if content:
        slots["content"] = content
        demands = demands_of(reading, match.end() if match else 0)
        slots["demands"] = as_slot(demands)
    return None


_NAME = re.compile(r"(?:分类准确|按时办结|[一-鿿]{2})(?:率|指数)$|[一-鿿]{2}度$|[一-鿿]{2}次数$")


def _place_and_name(place: str, name: str) -> tuple[str, str]:
    """幸福里 参与率: a blank parts them; without one the name is the usual two characters and 率."""
    whole = f"{place}{name}"
    if " " in name:
        head, name = name.split(" ", 1)
        return (place + head).strip(), name.strip()
    match = _NAME.search(whole)
    return (whole[: match.start()].strip(), match[0]) if match and match.start() > 1 else (place, name)


def indicator(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    place, name = _place_and_name(str(slots.get("place", "")), str(slots.get("name", "")))
    slots["place"], slots["name"] = place, name
    percent = reading.first("N")
    if percent:
        slots["value"], slots["unit"] = percent.percent, "%"
    else:
        slots["value"] = int(str(slots["value"]))
    if (
        not name
        or not place
        or CODE["T"] in reading.flat
        or re.match(r"^(?:进展|进度|完成|更新|汇报)", place)
    ):
        return NOT_THIS
    return None
