"""交办: who leads, who co-operates, by when, and what. Never without an assignee and a date said."""

import re
from dataclasses import dataclass

from commands.understanding.moments import When
from commands.understanding.readers.telegrams import asks_for_work, side_by_side
from commands.understanding.readers.titles import trim_title
from commands.understanding.reading import CODE, Reading, Token, compiled
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import due_slots, joined, name_assignee, pick_when, tidy

#: Openings that can mean nothing else: what is missing is asked for.
_EXPLICIT = compiled(
    r"^(?:请|我要|我想|现|现在|需要|再)?(?:交办|派单|布置|加个任务|加一?条任务|新任务|新增任务|新建任务|建个任务|加任务|"
    r"下任务|派任务|派个活|指派|分派|责成|派给|安排给|交给|督办[: ]?(?!一下|助手|室|单|件)|立个?项|"
    r"(?:帮我)?记个任务|记一?[个条]任务|\+)"
    r"|^(?:任务单?|督办单|事项|工作|内容|干啥|办什么)[:].*(?:谁|责任|负责|承办|牵头|时限|期限|时间|时候)[一-鿿]{0,3}:(?:<A>|<W>)"
    r"|安排<A>|<A>(?:来)?(?:牵头|主办)|由<A>(?:来)?(?:负责|承办)|责成<A>|转请<A>|^通知<A>"
)
#: Polite openings and handing over: need an assignee beside them.
_POLITE = compiled(
    r"^(?:要|叫)<A>(?!的|你|我|是|不)|(?:请|辛苦|麻烦|让|叫|由|通知|要求|劳烦|烦请|劳驾|拜托|让|安排|给)(?:一下)?<A>|"
    r"<A>(?:来)?(?:负责|承办|落实)|^安排"
)
_URGENT = compiled(r"尽快|抓紧|赶紧|赶快|尽早|马上|立即|立刻|越快越好|速办|asap|ASAP")
_DO_IT = compiled(
    r"<A>(?:同志)?[,:]?你?(?:去|来|们)?(?:尽快|抓紧|赶紧|赶快|马上|立即|立刻)?把{c}{2,}(?:弄|做|办|写|改|整理|落实|搞|查|报|交|完成|补|理|核|清|拟|排|摸|印|换|修|送|发|定|编|填|录|装|拆|给我|处理|解决)"
)
_AT_ONCE = compiled(r"^(?:请)?(?:尽快|抓紧|赶紧|赶快|马上|立即|立刻|尽早)(?:时间)?(?:去|给)?(?:把|将)")
_QUESTION = compiled(
    r"[?]|吗[。!]*$|呢$|谁|怎么|为什么|为啥|是否|有没有|要不要|能不能|可不可以|是不是|多少|哪[个些天里儿]"
)
_FIRST_PERSON = compiled(
    r"我(?:让|叫|请|安排|通知|催|问)|^转发|^(?:<W>|[,:])*(?:我(?!市|县|区|省|国|们?<A>)|咱(?!们?<A>)|本人|本局)|"
    r"<A>[,:]?(?:<W>)?[,]?我(?:们)?(?!市|县|区|省|国|局|们局)"
)
_STATEMENT = compiled(
    r"听说|说(?:是|他|她|过)|<A>(?:那边|刚才|刚刚|昨天|跟我|和我|都)*(?:说(?!明)|讲(?!话)|回复|"
    r"答复|反映)|已经|生日|请假|出差|休假|请客|吃饭|聚餐|去不了|来不了|参加不了|没空|有空|有个会|"
    r"有会|不在|"
    r"可能|应该|估计|大概|好像|谢谢|感谢|恭喜|了(?:[,。!]|$)|会来|要来|到岗(?!情况|人|率)|报到(?!岗|场|位)|上班|发言|的消息|"
    r"(?<![报送发交递传拿])过来|回来|过去|到了|来人|在不在"
)
_ORDER_TO = compiled(r"<W>[, ]?<A>把|<A>[, ]?<W>把")
#: 年底了,统计局…: why it is urgent.
_REMARK = compiled(r"^(?:<W>|[一-鿿]{1,6})了,(?=.*<W>)")
#: 把短信通道切了: ordered, when it is for a time to come.
_TO_BE_DONE = compiled(r"(?:把|将)[^,;。]{2,}了(?=[,。!]|$)")
_WORK = compiled(
    r"整治|规范|治理|查处|关停|取缔|修缮|疏导|劝导|劝阻|督办|约谈|清退|回访|走访|完成|交|报|提交|汇总|更新|落实|整理|弄|做|写|拿出|准备|清理|摸清|摸排|校准|搬|联调|改|制定|"
    r"编|印|核|查|排查|修|测|梳理|反馈|发|送|推进|复核|统计|确认|确定|对接|组织|安装|盘点|填|起草|"
    r"印发|提供|给出|出具|清运|整改|维修|调试|部署|上线|签订|验收|公示|发布|收集|调研|评估|审核|拟|"
    r"布置|张贴|采购|更换|建|划|打印|研究|疏通|巡查|检测|处置|处理|办结|办理|解决|回复|答复|要|把|"
    r"将|负责|开展|启动|协调|监测|"
    r"搞|催|清|拆|装|补|签|录|备|导|备份|迁|标|画|设|配|换|加固|消毒|演练|宣传|培训|走访|核算|测算|"
    r"登记|公开|归档|移交|疏散|值守|保障|腾|腾退|跟进|拍|审|校|定稿|定下|安排|做好|抓好|弄好|办好|"
    r"通过"
)
#: Events are announced more often than ordered: they need a limit or a polite word to be an assignment.
_EVENT = compiled(
    r"开会|值班|放假|培训|活动|搬家|停电|停水|检修|来检查|去(?!年|向)|(?<![外往未历])来(?!源|访|电|件|文|函)|(?<![国所公私现共])有(?!关|限|效|害|机)|"
    r"(?<![存潜现])在(?!编|建|线|册|岗|职|校|库|网|办)|(?<![社协工机])会(?!计|议|务|展|签|审|商)|参加|例会|报名|上线|休息|聚|接待"
)
_NEGATIVE = compiled(r"已(?!签|建|有)|很|太|忙|不(?:开|在|能|会|准|行|知|够)|没|要去|会有")
#: What is handed in, at the end of a sentence that has no verb.
_DELIVERABLE = compiled(
    r"(?:方案|名单|清单|台账|报告|报表|材料|表|总结|计划|预案|数据|分析|说明|要点|意见|办法|细则|图纸?|手册|通报|简报|"
    r"周报|月报|季报|脚本|稿|底数|点位|测算|清册|名册|汇报|纪要|制度|标准|规划|照片|资料|凭证|余位|人数|情况)"
    r"(?=$|[,。;]|<A>|<W>)"
)
_TELEGRAM = compiled(r"^(?:<A>(?:[、和与及,]?<A>)*[,:]?<W>|<W>[,:]?<A>)")
#: Right behind a name or a time, these order something.
_ORDER = compiled(
    r"(?:<A>|<W>)[,: ]?(?:前|内)?(?:把|将|交|报(?!名|到|警)|提交|上报|报送|完成|起草|写|出(?!差|席|警|动|现|"
    r"去|门|院|发)|拿出|整理|汇总|更新|梳理|清理|排查|摸排|核对|核实|复核|校准|调试|联调|"
    r"检查|测|编|印|制定|修改|修订|准备|落实|反馈|提供|统计|盘点|填|组织|安装|清运|整改|维修|更换|"
    r"对接|拟|发|送|做|弄|查|改|建|划|审核|评估|验收|公示|发布|收集|布置|巡查|处置|处理|办理|解决|"
    r"开展|推进|签|清查|核查|修复|疏通|拆除|加固|补齐|补足|追缴|测算|核算|核定|摸底|走访|回访|整治|治理|筹备|"
    r"恢复|导出|录入|归档|抢修|抢通|疏导|关停|取缔|腾退|加装|装好|铺设|新建|改造|建成|建好|化解|劝导|督促|约谈|完善|"
    r"补办|补录|移送|转运|储备|采集|采购|翻新|维护|调配|配齐|落地)"
)
_IMPERATIVE = compiled(r"(?:^|[,:]|<W>)把|一下(?:[,。!]|$)|一遍|<W>要(?:[,。]|$)|给我")
_OBJECT = re.compile(
    r"(?:向|给|与|和|跟|同|找|对|从|到|经|报|送|抄送|报送|会同|联合|用于|之|关于|去|按|按照|根据|"
    r"依据|对照|参照|经)$"
)
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
_VERBS = compiled(
    r"^要(?=<A>)|(?:牵头|主办|责任|承办|负责|经办|谁办?|谁来办|配合|协办)(?:单位|部门|人)?:(?=<A>)|(?:什么时候|啥时候|何时|哪天):(?=<W>)|(?:事项|任务单?|督办单|内容|标题):|^(?:请)?(?:交办|派单|派任务|布置任务|布置|安排一下|安排|加个任务|加一?条任务|新任务|新增任务|"
    r"新建任务|建个任务|加任务|下任务|派个活|指派|分派|派给|安排给|交给|责成|督办|立个?项|(?:帮我)?记个任务|记一?[个条]任务|辛苦|麻烦|请|让|叫|由|"
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


@dataclass(frozen=True, slots=True)
class Cast:
    """Who does what in a sentence that gives work."""

    lead: Token | None
    others: tuple[Token, ...]
    objects: tuple[Token, ...]  #: named, but nobody who is to do it


def assign(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    flat = reading.flat
    explicit = _EXPLICIT.search(flat) is not None
    when = pick_when(reading)
    cast = cast_of(reading)
    if not _is_assignment(reading, cast, when, explicit):
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


def _is_assignment(reading: Reading, cast: Cast, when: When | None, explicit: bool) -> bool:
    flat = reading.flat
    if any(CODE[kind] in flat for kind in "TRCVMD") or _QUESTION.search(
        flat.replace("谁:", "").replace("什么时候:", "")
    ):
        return False
    if explicit and (cast.lead or when):
        return not (_FIRST_PERSON.search(flat) and not _EXPLICIT.match(flat))
    if cast.lead is None or _FIRST_PERSON.search(flat) or _is_told_of(reading, cast.lead, when):
        return False
    if side_by_side(reading):
        return True
    if when is not None and when.due is None:
        return _is_ordered_for_no_day(reading, cast.lead, when)
    urgent = _URGENT.search(flat) is not None
    if when is None:
        return asks_for_work(reading) or bool(
            urgent and _WORK.search(flat) and any(p.search(flat) for p in (_POLITE, _DO_IT, _AT_ONCE))
        )
    polite = _POLITE.search(flat) is not None
    if (when.after and not when.length) or (f"{CODE['W']}的" in flat and not polite):
        return False
    stated = _REMARK.sub("", flat)
    if when.limit and not (when.due and when.due.past):
        stated = _TO_BE_DONE.sub("", stated)
    if _STATEMENT.search(stated):
        return bool(
            polite
            and _WORK.search(flat)
            and when.limit
            and not re.search("已经|听说|说(?!明)|^[^把]*了$", flat)
        )
    wanted = bool(_WORK.search(flat) or _DELIVERABLE.search(flat))
    if polite:
        return when.limit or wanted
    if when.limit:
        return (wanted or bool(_TELEGRAM.search(flat))) and not _NEGATIVE.search(flat)
    if re.search("(?<![为除])了(?!解)", flat):
        return False
    if _orders(reading, cast.lead) or _IMPERATIVE.search(flat):
        return True
    if _TELEGRAM.search(flat) and _DELIVERABLE.search(flat) and not _NEGATIVE.search(flat):
        return True
    return not _EVENT.search(flat) and (cast.lead.mentioned or _WORK.search(flat) is not None)


def _is_told_of(reading: Reading, lead: Token, when: When | None) -> bool:
    """消防支队昨晚出警三次: told, not ordered."""
    before = when is not None and not when.limit and when.text.startswith(("昨", "前天", "前日", "上周"))
    return before and not _orders(reading, lead)


def _is_ordered_for_no_day(reading: Reading, lead: Token, when: When) -> bool:
    """Asked of somebody for a time that names no day (节后, 12月32日前): the bot asks for one."""
    flat = reading.flat
    if _POLITE.search(flat):
        return True
    told = when.limit or _ORDER_TO.search(flat) is not None
    wanted = _orders(reading, lead) or bool(_WORK.search(flat) or _DELIVERABLE.search(flat))
    return told and wanted and not _NEGATIVE.search(flat)


def _orders(reading: Reading, lead: Token) -> bool:
    """Whether a verb of work stands right behind the time or the one who is to do it."""
    behind = (reading.token(match.start()) for match in _ORDER.finditer(reading.flat))
    return any(token.kind == "W" or _means_same(token, lead) for token in behind)


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
        elif _is_object(reading.flat, at, first=not plain and lead is None):
            objects.append(token)
        else:
            plain.append(token)
    if lead is None and plain:
        lead = plain.pop(0)
    if lead is None and helpers:
        lead = helpers.pop(0)
    alike = [token for token in (*plain, lead) if token and _means_same(token, lead)]
    merged = _same(lead, plain)
    lead = merged or lead
    plain = [token for token in plain if token is not merged and not _means_same(token, lead)]
    objects = [token for token in objects if not _means_same(token, lead)]
    together = _TOGETHER.search(reading.flat) is not None
    for token in plain:
        listed = any(_listed(reading, same, token) for same in alike)
        (helpers if together or listed else objects).append(token)
    helpers.sort(key=lambda token: token.start)
    return Cast(lead, tuple(helpers), tuple(objects))


def _past_list(flat: str, at: int) -> str:
    """What follows a list of units: 社区办和物业协会配合 makes both help."""
    return re.sub(f"^(?:[、,和及与]?[{CODE['U']}{CODE['P']}])*", "", flat[at : at + 24])


def _is_object(flat: str, at: int, *, first: bool) -> bool:
    before = flat[max(0, at - 4) : at]
    if flat[at + 1 : at + 2] == "的" and not flat.startswith(("的任务", "的同志"), at + 1):
        return True
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
    return next((token for token in plain if token.unit is not None and _means_same(token, lead)), None)


def _means_same(token: Token, lead: Token | None) -> bool:
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
    same = [token for token in reading.of("P", "U") if _means_same(token, cast.lead)]
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
