"""Slots of what those who carry out a task say."""

import re

from commands.understanding.reading import CODE, Reading, Token
from commands.understanding.rule import NOT_THIS, Hit
from commands.understanding.slots import due_slots, name_assignee, tidy

_EVIDENCE = re.compile(
    r"见上|见附件|附件见|附件如上|材料见|图在|照片在|见群文件|在群文件|截图|附后|见下|已发群|发群里"
)
_VAGUE = re.compile(
    r"扫尾|最后一点|就差一|收尾中|尾声|刚开了?个?头|[刚才](?:开头|动工|开始|启动|开工|上手)(?:了|$|[,。])|没多少了|大体|大致|大部(?!门)|八九不离十|八字|大头|起步|还早|没怎么动|临近收尾|丢丢|胜利在望|马上就[完好]|基本(?:完成|[弄做办搞]完|搞定|结束)|(?<!不)快成?了(?!些|点)|收尾阶段|就剩|只剩最后|只差|[一二三四五六七八九]{2}成|眼看|即将完|快要[完好]|临近尾声|进入尾声|一大半|大半|多半|打.{1,2}折|过半|差不多|大差不差|快好了|快要?[完收结好搞弄做办干整]|马上(?:就好|收尾|完)|就快|差一?点|接近(?:完成|尾声|收尾|完工)|快收[尾口]|七七八八|差不离|大部分|小半|小一半|一小半|大概一|(?<!一)一部分|有所|不少|(?:推进|完成|做|弄|办|搞)了(?:一些|一点|些)"
)
_GIVE_TO = re.compile(
    f"(?:给|交给?|分给|派给|由|经办人?[:是为]?){{c}}{{0,2}}{CODE['P']}".replace("{c}", "[^,;。!?]")
)


def evidence(reading: Reading, slots: dict[str, object]) -> None:
    match = _EVIDENCE.search(reading.flat)
    if match:
        slots["evidence"] = "above" if "上" in match[0] else "attached"


def accept(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """签收; 都给丁凯 in the same sentence names who handles it."""
    if "全部" in reading.flat[: hit.cue[1]] or ("都签收" in reading.flat and not reading.has("T")):
        slots["all"] = True
    give = _GIVE_TO.search(reading.flat, hit.cue[0])
    if give:
        name_assignee(reading.token(give.end() - 1), slots)
    if reading.flat.startswith("收到") and not reading.has("T") and not hit.rule.replying:
        return NOT_THIS
    return None


def delegate(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if hit.rule.slots.get("kind") == "deputy":
        person = reading.first("P")
        if person is None or person.percent is not None:
            return NOT_THIS
        slots.pop("task_id", None)
        return None
    if "assignee" not in slots:
        return NOT_THIS if not reading.has("T") else "assignee"
    if "dept" in slots:
        return NOT_THIS  # nobody names the own unit: 转交
    if not reading.has("T"):
        slots["all"] = True
    pairs = _pairs(reading)
    if len(pairs) > 1:
        slots["pairs"] = pairs
    return None


def _pairs(reading: Reading) -> list[dict[str, object]]:
    """T1给高宁，T2给李娜: who gets which."""
    pairs: list[dict[str, object]] = []
    pending: Token | None = None
    for token in reading.tokens:
        if token.kind == "T":
            pending = token
        elif token.kind == "P" and pending is not None:
            pairs.append({"task_ids": [str(ref) for ref in pending.refs], "assignee": token.people[0].name})
            pending = None
    return pairs


def handover(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    people = reading.of("P")
    if not people:
        return NOT_THIS
    slots["assignee"] = people[-1].people[0].name
    if len(people) > 1:
        slots["from"] = people[0].people[0].name
    elif left := hit.match and hit.match.groupdict().get("left"):
        slots["from"] = left
    return None


def transfer(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if "answer" in slots:
        return None
    if hit.match is not None:
        named = [token for token in reading.tokens_in(*hit.match.span()) if token.kind in "UPX"]
        if named:
            slots.pop("dept", None)
            slots.pop("assignee", None)
            unclear = name_assignee(named[-1], slots)
            if unclear:
                return unclear
    if not {"dept", "assignee", "unknown"} & slots.keys():
        return "assignee"
    return None if reading.has("T") else "task_id"


_SUGGESTED = re.compile(
    f"(?:找|责任在|建议|应[该当]?(?:由|是|归)?|该(?:由|是|归)?|属于?|归口?|转|给|由|请){{0,2}}(?:给|由|转|交)?{CODE['U']}"
)


def give_back(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    """退件 names a unit it should go to; 退回重办 gives the reason only."""
    if _BELONGS.search(reading.flat) or _NOT_OURS.search(reading.flat):
        slots["kind"] = "refuse"
    if slots["kind"] == "refuse":
        units = [token for token in reading.of("U") if token.unit]
        if units and _SUGGESTED.search(reading.flat):
            slots["suggest"] = units[-1].unit_name
        task = reading.of("T")
        slots["reason"] = tidy(reading.without(task, cut=_refusal_words(reading))) or slots.get("reason", "")
    else:
        cuts = [match.span() for match in _REWORK.finditer(reading.flat)]
        slots["reason"] = tidy(reading.without(reading.of("T"), cut=cuts))
    if not slots.get("reason") or _VERDICT.fullmatch(str(slots["reason"])):
        slots.pop("reason", None)
        return "reason" if reading.has("T") and "suggest" not in slots else None
    return None


_BELONGS = re.compile(f"(?:应[该当]?|该|归|属于?|建议)(?:由|是|给|转|归|属)?{CODE['U']}")
_NOT_OURS = re.compile(
    r"(?:我|本|咱)[一-鿿]{0,4}(?:无|没有?|不具备)(?:此|这个?|该|相关|相应|执法|审批|管理|监管|处罚|许可|管辖)*(?:权限?|权力|职能|职责|资质|编制)|"
    r"重新(?:分派|交办|指派|派单)|另行(?:分派|交办|指派)|派错|责任(?:主体)?在(?!我|本)|我[局科处办委]退回|不(?:是|属于?|归|在)(?:我|本|咱)"
)
_REWORK = re.compile(
    r"(?:审核|验收)?(?:退回|退给|打回|返回|发回)(?:给)?(?:责任单位|承办单位|原单位)?(?:重做|重办|"
    r"重报)?|重做|重办|返工"
)
_REFUSAL = re.compile(
    rf"(?:^|(?<=[{CODE['T']}])[:,]?)(?:申请)?(?:退件|退单|拒收|拒签|改派|不接收?|拒接|退签|不予签收|不签收|申请改派)|"
    r"(?:我们?)?(?:申请改派给?)"
)


_VERDICT = re.compile(r"(?:审核|验收|核查)?(?:不|没|未)(?:通过|合格|过关|达标|符合要求)")


def _refusal_words(reading: Reading) -> list[tuple[int, int]]:
    return [match.span() for match in _REFUSAL.finditer(reading.flat)]


def blocked(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    unit = reading.first("U", "P")
    if unit is not None:
        name = unit.unit.name if unit.unit else unit.people[0].name
        slots["waits_for"] = name
    when = reading.of("W")[-1] if reading.has("W") else None
    drop = [token for token in (reading.first("T"), unit) if token]
    if when and when.when and when.when.due and not when.when.due.past:
        slots["needed_by"] = when.when.due.at.isoformat()
        drop.append(when)
    note = tidy(reading.without(drop, cut=[hit.cue]))
    note = re.sub(r"^(?:了|,| |还在|还|一直|在|等着?|卡在|的|给)+", "", note).strip("的 ,") or note
    slots.pop("note", None)
    if note:
        slots["note"] = note
    return None


_LONG_NOTE = re.compile(
    r"^(?:更新|汇报|反馈|报告|说明|报送?|上报)?(?:一下)?(?:进展|进度|情况)?(?:一下)?[:,]*"
)
_SO_FAR = re.compile(r"^(?:已经?|目前|现在)?完成(?= |$)")
_AFTER_VERB = re.compile(r"^ *[,:!。了]+")
_SUBJECT = re.compile(r"(?:我局|我们|我科|我|本局|已经?|都|全部)+")


def complete(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    if slots.pop("_full", False) and slots.get("percent") != 100:
        return NOT_THIS
    if "percent" in slots and slots["percent"] != 100:
        return NOT_THIS
    evidence(reading, slots)
    drop = reading.of("T", "N")
    note = tidy(_AFTER_VERB.sub("", reading.without(drop, cut=[hit.cue])))
    if _SUBJECT.fullmatch(note):
        note = ""
    if note:
        slots["note"] = note
    return None


_TITLE_REF = re.compile(r"^(?:那个|这个|关于)|(?:的)?(?:那项|那个|那件|这项|那块|那事|的事|的活|任务)$")


def title_ref(title: str) -> str:
    return _TITLE_REF.sub("", title).strip(" 的")


#: Before 修好了, 写完了 these are no matter of the office.
_NO_WORK = re.compile(
    "(?:老板|领导|奖金|工资|年假|礼物|蛋糕|恤|论文|疫苗|体检|球赛|电脑|手机|投影|投影仪|作业|衣服|头发|行李|票|房子|车子|灯泡|水|娃|药|针|"
    "考试|电影|游戏|比赛|事情|东西|天气|心情|身体|关系|感觉|[球牌钱花字病伤觉嘴车货])$|"
    "^(?:终于|总算|刚|马上|基本|差不|已经|全|都|这|那|可算|可以|大家|一下|赶紧|早|怎么|还|快|即将|一切|什么|真|准备|[昨今明]天|[上下]午|"
    "晚上|自己|随便|慢慢|好不)"
)


def complete_by_title(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    said = title_ref(str(slots.get("title", "")))
    if len(said) < 2 or reading.first("P", "U", "X") or said.startswith(("我", "他", "她", "你", "今", "这")):
        return NOT_THIS
    verb = re.match(r"(?:已经?|全部|都)*([一-鿿]{1,2}?)(?:好|完|$)", reading.said(*hit.group("cut")))
    if len(said) == 2 and verb is None:
        return NOT_THIS
    if said in ("行李", "一切", "东西", "房间") or (
        len(said) < 4 and verb and len(verb[1]) < 2 and _NO_WORK.search(said)
    ):
        return NOT_THIS
    slots["title_ref"] = said
    slots["title"] = (verb[1] if verb and len(verb[1]) == 2 else "") + said
    evidence(reading, slots)
    return None


#: 搞完4个，一共8个; 120/200 户; 8个里完成了6个.
_DONE_OF = re.compile(
    r"(?P<done>\d{1,5})(?P<unit>[一-鿿]{0,4}?),?(?:一共|总共|共|总数|合计|全部)(?:有|是|为|要)?(?P<all>\d{1,5})(?:(?P=unit)|(?=$|[,。;]))|"
    r"(?P<done2>\d{1,5})/(?P<all2>\d{1,5})(?!\d|/)|"
    r"(?:一共|总共|共|总数)(?:有|是)?(?P<all3>\d{1,5})[一-鿿]{0,4},?(?:里|中)?(?:已经?|现)?(?:完成|做完|搞完|办完|弄完|做了|办了|搞了|完成了)了?(?P<done3>\d{1,5})"
)


def _work_out(reading: Reading, slots: dict[str, object]) -> None:
    """The percentage, when so many of so many are done."""
    said = _DONE_OF.search(reading.flat)
    if said is None:
        return
    done = int(said["done"] or said["done2"] or said["done3"])
    whole = int(said["all"] or said["all2"] or said["all3"])
    if 0 < whole >= done:
        slots["percent"] = round(100 * done / whole)


def progress(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    first = slots.pop("_first", False)
    if slots.get("percent") == 100:
        if first:
            return NOT_THIS
        slots["complete"] = True
    if slots.get("unblock"):
        return None
    note = tidy(reading.without(reading.of("T", "N")))
    for lead in (_LONG_NOTE, _SO_FAR):
        rest = lead.sub("", note)
        note = note if rest == note else tidy(rest)
    if note:
        slots["note"] = note
    if "percent" not in slots:
        _work_out(reading, slots)
    if len({token.percent for token in reading.of("N")}) > 1 and "还是" in reading.flat:
        slots.pop("percent", None)
    if "percent" not in slots and (not note or _VAGUE.search(reading.flat) or reading.has("N")):
        return "percent"
    return None if reading.has("T") else "task_id"


def progress_by_title(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    said = title_ref(str(slots.get("title", "")))
    if len(said) < 2:
        return NOT_THIS
    slots["title"] = slots["title_ref"] = said
    return None if "percent" in slots else "percent"


def _ask_for_the_later_day(reading: Reading, hit: Hit, slots: dict[str, object]) -> None:
    """12月8日前弄不完，申请延到12月20日: the day behind the verb is meant."""
    said = [t for t in reading.tokens_in(*hit.group("cut")) if t.kind == "W" and t.when and t.when.due]
    if len(reading.of("W")) > 1 and said:
        slots.pop("past", None)
        due_slots(said[-1].when, slots)


#: 晚两天交，行不行: asked politely, and no reason yet.
_MAY_I = re.compile(
    r"(?:行|好|成|中|可)不(?:行|好|成|中|可)|(?:可以|行|好|成)(?:吗|不|么)?|您?看?(?:可以|行)吗|怎么样"
)


def extend(reading: Reading, hit: Hit, slots: dict[str, object]) -> str | None:
    ask = None
    _ask_for_the_later_day(reading, hit, slots)
    if slots.get("past"):
        ask = "deadline"
    if not {"deadline", "delta", "delta_workdays"} & slots.keys():
        ask = "deadline"
    if {"delta", "delta_workdays"} & slots.keys() and "deadline" in slots and not reading.has("W"):
        slots.pop("deadline")
    if not slots.get("reason") or _MAY_I.fullmatch(str(slots["reason"])):
        slots.pop("reason", None)
        ask = ask or "reason"
    return ask if reading.has("T") else "task_id"
