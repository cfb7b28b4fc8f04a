"""交办 without a verb of giving: who, when and what side by side, or a plain request without a date."""

import re

from commands.understanding.reading import CODE, Reading, compiled
from commands.understanding.verbs import TWO

_WHO = compiled(r"@?<A>(?:<A>)?(?:牵头|负责)?")
_WHEN = compiled(r"(?:于|在)?<W>(?:前|之前|内|就|要|交|截止)*")
_SOON = compiled(r"(?:请)?(?:尽快|抓紧|赶紧|赶快|尽早|立即|速办|越快越好|马上要|急)(?:办|报|交|给|要|弄|做)?")
_MATTER = compiled(
    r"(?![我你他她咱有没不在都还已好是收谢辛听可会])[^,;。?!]{3,}(?<![了吗呢吧啊呀哈的不么没嘛见去来])"
)
_NO_MATTER = compiled(
    r"<F>|请假|休假|出差|生日|放假|停电|停水|开会|例会|会议(?!材料|纪要|方案|通知|场地|室)|值班(?!表|安排)|"
    r"聚餐|吃饭|谢谢|辛苦|收到|知道|明白|没|不在|不来|来不|有事|有空|没空|路上|回来|过来|报名|加油"
)
#: 请水务局焊补管道: any verb of the work of an office, with what it is done to.
_ASKED = compiled(
    rf"^(?:请|烦请|劳烦|麻烦|辛苦|责成|要求|让|安排|通知)@?<A>(?:同志|老师)?(?:负责|牵头|认真|及时|再|尽快|抓紧|抓紧时间)*(?:{TWO})"
    r"(?!一下.{0,2}$|了|过(?!期)|完[了吗]|好[了吗]|情况)[^,;?!]{2,}$"
)
#: 请城管局报占道点位: a verb with what it is to yield, right behind the one who is asked.
_PLAIN_REQUEST = compiled(
    r"^(?:请|烦请|劳烦|麻烦|辛苦|责成|要求|让|安排|通知)<A>(?:同志)?(?:(?:负责|认真|及时|再|牵头)*(?:上报|报送|报(?!名|到|警|销|道)|"
    r"提交|报来|填报|制定|起草|拟定|编制|汇总|梳理|摸排|排查|整理|清理|清查|核查|统计|更新|整改|修缮|修复|落实|"
    r"开展|组织|完善|修订|印制|拿出|给出|做出|写|弄|交(?!流|接)|核实|核对|核定|复核|测算|盘点|登记|准备|"
    r"出(?!席|去|来|差|发|门)|查处|整治|取缔|治理|督办|约谈|清运|疏导|关停|劝导|帮扶|收回|回收|撤销|恢复|通知|调整|签收|清退|拆除|关闭|发布|公布|查一?查|理一?理|核一?核|测一?测|补一?补|捋一?捋|摸一?摸|拟一?[个份]|查清|摸清|理清|弄清|(?:拿|搞|弄|做|写|编|列|给|交)(?:一?[个份套]|一?下)(?=[^,;]{2,}(?:出来|来|过来)?)|(?:修|换|搬|拆|装|寄|送|买|订|刷|挪|清|扫|擦|查|测|补|调|试|印|打印|复印|打扫|收拾)一下(?=[^,;]{2})|检查|调研|走访|加强|解决|处理|处置|办理|推进|安装|更换|检修|补齐)(?!一下.{0,2}$|下$|了|过)|把)[^,;?!]{2,}|"
    r"^@?<A>(?:同志)?[,:]?把{c}{2,12}(?:补|理|核|清|拟|排|印|修|编|填|录|测|改|捋|弄|搭|腾|布置|准备|安排|收拾|打扫|整理|更新|核对|落实|完善|汇总|梳理)"
    r"(?:上|齐|好|完|全|出来|一遍)$"
)
_NOT_PLAIN = compiled(
    r"一下$|[?吗呢]|谁|哪|什么|怎么|不(?![良足符锈明实均稳]|动产|合格|满意|规范|达标|文明)|没|说|我|你|来一?趟|过来|明天见|^(?!(?:请|麻烦|安排|让|责成|通知)<A>.*把).*了[。!]?$|<T>|自己|的时候"
)


def side_by_side(reading: Reading) -> bool:
    """Whether the sentence is who, what and when (or 尽快), each in a clause of its own, in any order."""
    clauses = [clause for clause in re.split("[,;。: ]+", reading.marked.strip("。! ")) if clause]
    if len(clauses) == 2:
        clauses = _split_two(clauses)
    if len(clauses) != 3 or _NO_MATTER.search(reading.flat):
        return False
    who = [clause for clause in clauses if _WHO.fullmatch(clause)]
    when = [clause for clause in clauses if _WHEN.fullmatch(clause) or _SOON.fullmatch(clause)]
    what = [clause for clause in clauses if _MATTER.fullmatch(clause) and clause not in who + when]
    return len(who) == len(when) == len(what) == 1


_BEHIND = compiled(
    r"(?P<what>.{3,})(?P<when>(?:尽快|抓紧|赶紧|赶快|尽早|速办|<W>)(?:办|报|交|给|要|前|内)?)$"
)


def _split_two(clauses: list[str]) -> list[str]:
    """冯媛，接待方案尽快: the time is said in the clause of the matter."""
    for n, clause in enumerate(clauses):
        if not _WHO.fullmatch(clauses[1 - n]):
            continue
        if found := _BEHIND.fullmatch(clause):
            return [clauses[1 - n], found["what"], found["when"]]
    return clauses


#: 孙浩，汛期排涝泵房检修: who, and what is to come of it; nothing else.
_WHO_AND_WHAT = compiled(
    r"@?<A>[,: ]{1,2}(?![我你他她咱有没不在都还已好是收谢辛听可会这那])"
    r"[^<,;。:?!]{2,}(?:方案|名单|清单|台账|报告|报表|总结|计划|预案|要点|办法|细则|"
    r"通报|简报|脚本|清册|名册|纪要|通稿|底数|检修|排查|摸排|核查|复核|整改|清运|联调|盘点|年检|归档|巡检|摸底|采购|修缮|加固|校准)"
)


def asks_for_work(reading: Reading) -> bool:
    """Whether somebody is plainly asked for work, though no date is said."""
    flat = reading.flat
    if CODE["W"] in flat or CODE["L"] in flat or _NOT_PLAIN.search(flat):
        return False
    return bool(_PLAIN_REQUEST.search(flat) or _ASKED.search(flat)) or bool(
        _WHO_AND_WHAT.fullmatch(reading.marked.strip("。! "))
    )
