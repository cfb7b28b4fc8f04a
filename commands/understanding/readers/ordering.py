"""Whether a sentence gives work: an order, not a question, a story or an announcement."""

import re

from commands.understanding.moments import When
from commands.understanding.readers.casting import Cast, means_same
from commands.understanding.readers.telegrams import asks_for_work, side_by_side
from commands.understanding.reading import CODE, Reading, Token, compiled
from commands.understanding.verbs import TWO

#: Openings that can mean nothing else: what is missing is asked for.
EXPLICIT = compiled(
    r"^(?:请|我要|我想|现|现在|需要|再)?(?:交办|派单|布置|加个任务|加一?条任务|新任务|新增任务|新建任务|建个任务|加任务|"
    r"下任务|派任务|派个活|派活:|指派|分派|责成|派给|安排给|交给|督办[: ]?(?!一下|助手|室|单|件)|立个?项|"
    r"(?:帮我)?记个任务|记一?[个条]任务|\+)"
    r"|^(?:任务单?|督办单|事项|工作|内容|干啥|办什么)[:].*(?:谁|责任|负责|承办|牵头|时限|期限|时间|时候)[一-鿿]{0,3}:(?:<A>|<W>)"
    r"|^(?:安排|布置|落实)一下[,:]<A>|安排<A>|<A>(?:来)?(?:牵头|主办)|由<A>(?:来)?(?:负责|承办)|责成<A>|转请<A>|^转<A>(?:办理|处理|阅处|阅办|承办|办)|^通知<A>"
)
#: Polite openings and handing over: need an assignee beside them.
_POLITE = compiled(
    r"^督促<A>|^<A>的.*<W>(?:必须|务必|一定要?)(?:交|报|给|出|完成|拿)|^限令?<A>|^(?:要|叫)<A>(?!的|你|我|是|不)|(?:请|辛苦|麻烦|让|叫|由|通知|要求|劳烦|烦请|劳驾|拜托|让|安排|给)(?:一下)?<A>|"
    r"<A>(?:来)?(?:负责|承办|落实)|^安排|^<W>(?:前|之前)?要(?:看|收|拿|见)到<A>|^[给跟]<A>(?:再|也)?(?:派|布置|安排|加|交代)(?:一?个|一?项|一?条|点)?(?:任务|活|事)"
)
_URGENT = compiled(r"尽快|抓紧|赶紧|赶快|尽早|马上|立即|立刻|越快越好|(?<=[,。])急(?=$|[。!])|速办|asap|ASAP")
_DO_IT = compiled(
    r"<A>(?:同志)?[,:]?你?(?:去|来|们)?(?:尽快|抓紧|赶紧|赶快|马上|立即|立刻)?把{c}{2,}(?:弄|做|办|写|改|整理|落实|搞|查|报|交|完成|补|理|核|清|拟|排|摸|印|换|修|送|发|定|编|填|录|装|拆|捋|试|调|备|腾|画|测|算|验|给我|处理|解决)"
)
#: 保卫处把东门岗亭挪一下: what is to become of it, whatever the verb.
_DISPOSES = compiled(
    r"^@?<A>(?:同志)?[,:]?(?:你们?|您)?(?:那边|这边)?(?:去|来)?(?:尽快|抓紧|赶紧|赶快|马上|立即|立刻)?把[^,;。了]{3,}(?:一下|一遍|掉|[一-鿿]好|"
    r"[一-鿿][走完上齐清净妥]|下来|出来|过来|上来|到位|[列写弄做拉编出拟]一?[个份张][一-鿿]{1,4}|(?P<v>[一-鿿])一?(?P=v))(?=[,!。]|越快|尽快|抓紧|马上|急)"
)
_BEGGED = compiled(
    r"^(?:请|烦请|麻烦|辛苦|责成|要求|安排|通知)@?<A>(?:同志)?[^,;?!<了]{4,},?(?:尽快|抓紧|赶紧|赶快|尽早|马上|立即|速办|越快越好)[。!]?$"
)
#: 孙浩采购防寒物资，尽快
_WHO_DOES = compiled(
    rf"^@?<A>(?:同志)?(?:{TWO})[^,;?!<了没不]{{2,}},(?:请|要)?(?:尽快|抓紧|赶紧|赶快|尽早|马上|立即|速办|越快越好)(?:办|报|交|给)?[。!]?$"
)
_AT_ONCE = compiled(
    r"^@?<A>(?:同志)?[,:]?(?:请|要|得|务必)?(?:尽快|抓紧|赶紧|赶快|尽早|马上|立即|立刻)[^,;。的了]{3,}|^(?:请)?(?:尽快|抓紧|赶紧|赶快|马上|立即|立刻|尽早)(?:时间)?(?:去|给)?(?:把|将)"
)
_QUESTION = compiled(
    r"[?]|吗[。!]*$|呢$|谁|怎么|为什么|为啥|是否|有没有|要不要|能不能|可不可以|是不是|多少|几[点号楼时路](?!前|之前|以前)|哪[个些天里儿]|(?P<x>[一-鿿])不(?P=x)"
)
_FIRST_PERSON = compiled(
    r"我(?:让|叫|请|安排|通知|催|问)|(?:借|捎|陪|等|找|接|让|叫)我|^转发|^(?:<W>|[,:])*(?:我(?!市|县|区|省|国|们?<A>)|咱(?!们?<A>)|本人|本局)|"
    r"<A>[,:]?(?:<W>)?[,]?我(?:们)?(?!市|县|区|省|国|局|们局)"
)
_STATEMENT = compiled(
    r"听说|说(?:是|他|她|过)|<A>(?:那边|刚才|刚刚|昨天|跟我|和我|都)*(?:说(?!明)|讲(?!话)|(?:回复|"
    r"答复|反映)(?:说|了|我|他|你|[,:。]|$))|已经|生日|(?<!统计)(?<!核对)请假(?!人数|情况|名单|制度)|出差|休假|请客|吃饭|聚餐|去不了|来不了|参加不了|没空|有空|有个会|"
    r"有会|不在|"
    r"可能|应该|估计|大概|好像|谢谢|感谢|恭喜|了(?:[,。!]|$)|会来|要来|到岗(?!情况|人|率)|报到(?!岗|场|位)|上班|发言|的消息|(?:要|该|得)(?:交|报|办|做)的[一-鿿]{1,6}$|"
    r"(?:真|太|好|很|挺|蛮)(?:好|好看|漂亮|棒|不错|厉害|帅|香|赞|给力|细|精彩|用心)[的呀了啊!。]*$|"
    r"请(?:提前|尽快|及时)?(?:离开|绕行|避让|错峰|储水|注意|谅解|知悉|带好|关闭门窗|关好)|发(?:电影票|福利|奖金|工资|补贴|月饼|粽子|水果|过节费)|新增\d|"
    r"(?<![报送发交递传拿])过来|回来|过去|到了|来人|在不在"
)
#: 马超：周二上午把演练做了: called first, so it is ordered, though it ends like a report.
_CALLED_TO = compiled(r"^@?<A>[,:]<W>[,]?(?:把|将)")
_ORDER_TO = compiled(r"<W>[, ]?<A>把|<A>[,: ]?<W>把")
#: 年底了,统计局…: why it is urgent.
_REMARK = compiled(r"^(?:<W>|[一-鿿]{1,6})了,(?=.*<W>)")
#: 把短信通道切了: ordered, when it is for a time to come.
_TO_BE_DONE = compiled(r"(?:把|将)[^,;。我]{2,}了(?=[,。!]|$|<W>)")
#: 通知财政局周五下午有个会: passed on, not ordered.
_ANNOUNCED = compiled(
    r"^(?:通知|安排|派)?<A>.*(?:有个?会(?!议|务|计)|不用|不必|取消|放假|停电(?!通知|公告|方案)|停水(?!通知|公告|方案)|停课|休息|改期)"
)
_WORK = compiled(
    r"回收|设立|设置|盘活|公示|移栽|升级(?=[一-鿿]{2})(?!了|版)|喷涂|翻译|调解|调处|消杀|疏浚|扩容|压减|压降|投放|封存|铺|召回|召集|督导|帮扶|慰问|救助|抢险|排涝|排水|除雪|清雪|铲雪|采样|取样|"
    r"送检|抽检|抽查|检验|化验|鉴定|稽查|普查|布防|布控|收缴|征收|征缴|报销|核销|支付|划拨|兑付|洽谈|磋商|招标|招聘|选定|切换|重启|打通|关闭|拓宽|硬化|绿化|亮化|接入|接通|架设|栽种|铺设|粉刷|整治|规范|治理|查处|关停|取缔|修缮|疏导|劝导|劝阻|督办|约谈|清退|回访|走访|完成|交|报|提交|汇总|更新|落实|整理|弄|做|写|拿出|准备|清理|摸清|摸排|校准|搬|联调|改|制定|"
    r"编|印|核|查|排查|修|测|梳理|反馈|发|送|推进|复核|统计|确认|确定|对接|组织|安装|盘点|填|起草|"
    r"印发|提供|给出|出具|清运|整改|维修|调试|部署|上线|签订|验收|公示|发布|收集|调研|评估|审核|拟|"
    r"布置|张贴|采购|更换|建|划|打印|研究|疏通|巡查|检测|处置|处理|办结|办理|解决|回复|答复|要|把|"
    r"将|负责|开展|启动|协调|监测|"
    r"捋|理|试|腾|算|验|搞|催|清|拆|装|补|签|录|备|导|备份|迁|标|画|设|配|换|加固|消毒|演练|宣传|培训|走访|核算|测算|"
    r"登记|公开|归档|移交|疏散|值守|保障|腾|腾退|跟进|拍|审|校|定稿|定下|安排|做好|抓好|弄好|办好|"
    r"通过"
)
_WORKS = re.compile(f"{_WORK.pattern}|{TWO}")
#: Events are announced more often than ordered: they need a limit or a polite word to be an assignment.
_EVENT = compiled(
    r"开会|值班|放假|培训|活动|搬家|停电|停水|检修(?![一-鿿])|来检查|去(?!年|向)|(?<![外往未历])来(?!源|访|电|件|文|函)|(?<![国所公私现共])有(?!关|限|效|害|机)|"
    r"(?<![存潜现])在(?!编|建|线|册|岗|职|校|库|网|办)|(?<![社协工机灯庙展博])会(?!计|议|务|展|签|审|商)|参加|演习|福利|备勤|加班|警报|新楼|办公地点|搬(?:到|办公|新|走|<U>)|仪式|轮休|闭馆|开馆|营业|例会|报名|上线|休息|聚|接待"
)
_NEGATIVE = compiled(
    r"(?:回|来|去|到|赶|做|办|修|弄|搞|出|交)不(?:来|了|完|到|上|成|出)|都(?:在|加班|忙|是|有|放假|封)|已(?!签|建|有)|很|太|忙|不(?:开|在|能|会|准|行|知|够)|没(?!收|整改|落实|签|交|办|备案|验收)|要去|会有"
)
#: What is handed in, at the end of a sentence that has no verb.
_DELIVERABLE = compiled(
    r"(?:方案|名单|清单|台账|报告|报表|材料|(?<![换抄电水])表|总结|计划|预案|数据|分析|说明|要点|意见|办法|细则|图纸?|手册|通报|简报|"
    r"周报|月报|季报|脚本|稿|底数|点位|测算|清册|名册|汇报|纪要|制度|标准|规划|照片|资料|凭证|余位|人数|情况)"
    r"(?=$|[,。;]|<A>|<W>)"
)
#: 按市长批示, 为迎接检查: why, in front of who and when.
_BASIS = r"(?:(?:按照?|根据|依据|遵照|落实|为了?|鉴于|结合)[^,;。:<]{2,20},?)?"
_TELEGRAM = compiled(
    rf"^{_BASIS}(?:<A>(?:[、和与及,]?<A>)*[,:]?<W>|<W>[,:]?<A>|@?<A>[^,;。<]{{2,16}},<W>[。!]*$)"
)
#: Somebody is called, and a day and at least four words of a matter follow.
_ADDRESSED = compiled(
    r"^@?<A>(?:[,:]<W>[,]?[^,;。<]{4,}|:[^,;。]{4,}[,]<W>)$|"
    r"^(?:请|麻烦|劳烦|烦请|辛苦|拜托|安排|让|叫|通知|责成)<A>[,:]?<W>[,]?[^,;。]{4,}$|^<W>[^,;。]{4,},@?<A>$"
)
_TALKED = compiled(
    r"[我你您他她咱]|[吗呢吧啊呀哈么嘛哦]$|见面?$|聊|碰头|加油|注意|记得|别|一?趟$|帮忙|带|聚|喝|玩|看看"
)
#: The one who is to do it stands first or last, or is called by @.
_FRAMED = compiled(rf"^{_BASIS}@?<A>|<A>[。!]?$|@<A>")
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


def gives_work(reading: Reading, cast: Cast, when: When | None, explicit: bool) -> bool:
    flat = reading.flat
    if any(CODE[kind] in flat for kind in "TRCVMD") or _QUESTION.search(
        flat.replace("谁:", "").replace("什么时候:", "")
    ):
        return False
    if explicit and (cast.lead or when):
        mine = _FIRST_PERSON.search(flat) and not EXPLICIT.match(flat)
        return not mine and not _ANNOUNCED.search(flat)
    if _TOLD_APART.match(reading.marked):
        return not _STATEMENT.search(flat)
    if cast.lead is None:
        return reading.to_bot and _is_left_open(reading, when)
    if _FIRST_PERSON.search(flat) or _is_told_of(reading, cast.lead, when):
        return False
    if side_by_side(reading):
        return True
    if when is not None and when.due is None:
        return _is_ordered_for_no_day(reading, cast.lead, when)
    urgent = _URGENT.search(flat) is not None
    if when is None:
        return asks_for_work(reading) or bool(
            urgent
            and (
                _DISPOSES.search(flat)
                or _BEGGED.search(flat)
                or _WHO_DOES.search(flat)
                or (_WORKS.search(flat) and any(p.search(flat) for p in (_POLITE, _DO_IT, _AT_ONCE)))
            )
        )
    if (when.after and not when.length) or (f"{CODE['W']}的" in flat and not _POLITE.search(flat)):
        return False
    return _is_ordered_for_a_day(reading, cast.lead, when)


_TO_ALL = re.compile("大家|各位|同志们|同事们")


#: 交办 把投影换掉: work is given, and neither to whom nor until when.
_TOLD_APART = re.compile("(?:交办|派单|加个任务|新任务|新建任务|派任务|布置任务|新增任务)[: ,]{1,2}[^,;]{3,}")


def _is_left_open(reading: Reading, when: When | None) -> bool:
    """@督办助手 周五前把南门闸机修好: told to the bot, and who is to do it is asked for."""
    flat = reading.flat
    if (
        when is None
        or when.due is None
        or not when.limit
        or _TO_ALL.search(flat)
        or _FIRST_PERSON.search(flat)
    ):
        return False
    ordered = _IMPERATIVE.search(flat) or any(
        reading.token(m.start()).kind == "W" for m in _ORDER.finditer(flat)
    )
    return bool(ordered) and not _STATEMENT.search(flat) and not _NEGATIVE.search(flat)


def _is_ordered_for_a_day(reading: Reading, lead: Token, when: When) -> bool:
    """Somebody and a day are said: whether the rest orders or tells."""
    flat, polite = reading.flat, _POLITE.search(reading.flat) is not None
    stated = _REMARK.sub("", flat)
    told = when.limit or flat.startswith(("把", "将")) or _CALLED_TO.search(flat) is not None
    told = told or (when.day is not None and when.day > reading.today)
    told = told or (
        when.text.startswith(("今晚", "晚上", "下班")) and when.due is not None and not when.due.past
    )
    if told and not (when.due and when.due.past):
        stated = _TO_BE_DONE.sub("", stated)
    if _STATEMENT.search(stated):
        left = re.search("已经|听说|说(?!明)|^[^把]*了$", flat) is None
        return bool(polite and _WORK.search(flat) and when.limit and left)
    wanted = bool(_WORK.search(flat) or _DELIVERABLE.search(flat))
    if polite and (when.limit or wanted):
        return True
    event, negative = _EVENT.search(flat) is not None, _NEGATIVE.search(flat) is not None
    if when.limit:
        framed = bool(_TELEGRAM.search(flat)) or (_FRAMED.search(flat) is not None and not event)
        return (wanted or framed) and not negative
    if not event and not negative and _ADDRESSED.search(flat) and not _TALKED.search(flat):
        return True
    if polite or re.search("(?<![为除])了(?!解)", stated):
        return False
    if _orders(reading, lead) or _IMPERATIVE.search(flat):
        return True
    if _TELEGRAM.search(flat) and _DELIVERABLE.search(flat) and not negative:
        return True
    called = lead.mentioned and not _TALKED.search(flat)
    return not event and (called or _WORK.search(flat) is not None)


def _is_told_of(reading: Reading, lead: Token, when: When | None) -> bool:
    """消防支队昨晚出警三次: told, not ordered."""
    before = when is not None and not when.limit and when.text.startswith(("昨", "前天", "前日", "上周"))
    return before and not _orders(reading, lead)


def _is_ordered_for_no_day(reading: Reading, lead: Token, when: When) -> bool:
    """Asked of somebody for a time that names no day (节后, 12月32日前): the bot asks for one."""
    flat = reading.flat
    if _POLITE.search(flat):
        return True
    impossible = when.day is None and re.search(r"\d", when.text) is not None
    told = when.limit or _ORDER_TO.search(flat) is not None or (impossible and not _STATEMENT.search(flat))
    wanted = _orders(reading, lead) or bool(_WORK.search(flat) or _DELIVERABLE.search(flat))
    return told and wanted and not _NEGATIVE.search(flat)


def _orders(reading: Reading, lead: Token) -> bool:
    """Whether a verb of work stands right behind the time or the one who is to do it."""
    behind = (reading.token(match.start()) for match in _ORDER.finditer(reading.flat))
    return any(token.kind == "W" or means_same(token, lead) for token in behind)
