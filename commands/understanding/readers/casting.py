"""Who does what in a sentence that gives work: who leads, who helps, who is only named."""

import re
from dataclasses import dataclass

from commands.understanding.reading import CODE, Reading, Token, compiled

_OBJECT = re.compile(
    r"(?:向|给|与|和|跟|同|找|对|从|到|经|(?<![简周月季年通专快情])报|送|抄送|报送|会同|联合|用于|之|关于|去|按|按照|根据|"
    r"依据|对照|参照|经)$"
)
_DEMANDED = compiled("<W>(?:必须|务必|一定要?)(?:交|报|给|出|完成|拿)")  #: 住建局的台账明天必须交
_AND = re.compile(f"[{CODE['U']}{CODE['P']}](?:[和与跟同及]|以及)$")
_GIVES = re.compile(r"(?:派给|交给|安排给|分给|布置给|指派给|派单给|任务给|交办给|派|交办|给)$")
_COOPERATE = compiled(
    r"^[、,和及与]*(?:一起|共同|予以|给予|做好|参与|来|等)?(?:配合|协助|协办|参与|参加|支持)"
)
_LEADS = compiled(r"^(?:来|为)?(?:牵头|主办|主责|总负责)")
#: A form filled in: 牵头：住建局 配合：规划局、消防支队.
_LABEL_LEADS = re.compile(
    r"(?:^|[,;: ])(?:牵头|主办|责任|承办)(?:单位|部门)?$|"
    r"(?:牵头|主办|责任|承办|负责|经办|谁|归谁|谁办|谁来办)(?:单位|部门|人)?:$"
)
_LABEL_HELPS = re.compile(r"(?:^|[,;: ])(?:配合|协办)(?:单位|部门)?$|(?:配合|协办)(?:单位|部门)?:$")
_TOGETHER = compiled(r"一块儿?|一起|共同|联合|会同|协同|一道")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does what in a sentence that gives work."""

    lead: Token | None
    others: tuple[Token, ...]
    objects: tuple[Token, ...]  #: named, but nobody who is to do it


def cast_of(reading: Reading) -> Cast:
    """The lead is who is said to lead, else the first who is addressed; who is said to help co-operates."""
    named = [n for n, c in enumerate(reading.flat) if c in (CODE["U"], CODE["P"], CODE["X"])]
    lead: Token | None = None
    helpers: list[Token] = []
    objects: list[Token] = []
    plain: list[Token] = []
    last: Token | None = None
    for n, at in enumerate(named):
        token, after = reading.token(at), reading.flat[at + 1 : at + 12]
        before = reading.flat[max(0, at - 5) : at]
        if _LABEL_HELPS.search(before) or (helpers and before.endswith(("、", "和")) and helpers[-1] is last):
            helpers.append(token)
            last = token
            continue
        if _LEADS.match(after) or _LABEL_LEADS.search(before):
            lead = lead or token
        elif _COOPERATE.match(_past_list(reading.flat, at + 1)) and (n > 0 or lead):
            helpers.append(token)
        elif _is_object(reading.flat, at, first=not plain and lead is None, alone=len(named) == 1):
            objects.append(token)
        else:
            plain.append(token)
    if lead is None and plain:
        lead = plain.pop(0)
    if lead is None and helpers:
        lead = helpers.pop(0)
    alike = [token for token in (*plain, lead) if token and means_same(token, lead)]
    merged = _same(lead, plain)
    lead = merged or lead
    plain = [token for token in plain if token is not merged and not means_same(token, lead)]
    objects = [token for token in objects if not means_same(token, lead)]
    together = _TOGETHER.search(reading.flat) is not None
    for token in plain:
        listed = any(_listed(reading, same, token) for same in alike)
        (helpers if together or listed else objects).append(token)
    helpers.sort(key=lambda token: token.start)
    return Cast(lead, tuple(helpers), tuple(objects))


def _past_list(flat: str, at: int) -> str:
    """What follows a list of units: 社区办和物业协会配合 makes both help."""
    return re.sub(f"^(?:[、,和及与]?[{CODE['U']}{CODE['P']}])*", "", flat[at : at + 24])


def _is_object(flat: str, at: int, *, first: bool, alone: bool) -> bool:
    before = flat[max(0, at - 4) : at]
    if flat[at + 1 : at + 2] == "的" and not flat.startswith(("的任务", "的同志"), at + 1):
        demanded = before.endswith(("看到", "收到", "拿到", "见到")) or _DEMANDED.search(flat, at)
        return not (alone and demanded)
    if (_GIVES.search(before) and first) or _AND.search(before):
        return False
    return (
        _OBJECT.search(before) is not None
        and not before.endswith(("会同", "联合"))
        and not (at < 2 and first and before == "给")
    )


def _same(lead: Token | None, plain: list[Token]) -> Token | None:
    """罗刚牵头 means the @安监部-罗刚 said before: the fuller of the two."""
    if lead is None or lead.unit is not None:
        return None
    return next((token for token in plain if token.unit is not None and means_same(token, lead)), None)


def means_same(token: Token, lead: Token | None) -> bool:
    if lead is None:
        return False
    if token.kind == "P" == lead.kind:
        return token.people == lead.people or bool({*token.people} & {*lead.people})
    return token.kind == "U" == lead.kind and token.units == lead.units


def _listed(reading: Reading, lead: Token | None, token: Token) -> bool:
    """Named right behind the lead: 城管局、社区办 12月1日前…"""
    if lead is None:
        return False
    between = reading.text[min(lead.end, token.end) : max(lead.start, token.start)]
    return (
        re.fullmatch(r"[ 、,和及与@&+/]*(?:@?[一-鿿]{2,8}[ 、,和及与@&+/]+)*", between) is not None
        and len(between) < 12
    )
