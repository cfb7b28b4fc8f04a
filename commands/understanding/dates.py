"""The grammar of dates and spans of time: where they stand in a text. What they mean is in ``moments``.

All patterns are linear: no repetition inside a repetition, every number bounded. The text is normalised
(see ``normalise``), so there is one spelling of digits, colons, brackets and blanks.
"""

import re
from collections.abc import Iterator

from commands.understanding.numbers import INTEGER as N

_DAY_WORDS = {
    "大后天": 3, "后天": 2, "后日": 2, "后儿": 2, "明天": 1, "明日": 1, "明儿": 1, "今天": 0, "今日": 0,
    "今儿": 0, "当天": 0, "即日": 0, "当日": 0, "本日": 0, "昨天": -1, "昨日": -1, "昨儿": -1, "大前天": -3,
    "前天": -2, "前日": -2,
}  # fmt: skip
_NOT_A_DAY = (
    "[楼线路机门院井厅馆泵岗仓库桥令文地柜店房栋车位球商机厂站池炉]|公(?=[交路寓馆司])|"
    "行车|标段|地块|片区|窗口|[闸塔罐桩坝]|任务|事项|文件|的?任务"
)
BEFORE = r"(?:之前|以前|前(?![期面后段台往景沿提者端置哨线些]|一(?![起道并遍同块])))"
_WITHIN = r"(?:之内|以内|内(?![容部网置外存涝河蒙业]|设(?!立|置|点|卡))|里(?![面程]))"
_AFTER = r"(?:之后|以后|过后|后(?![续台期面勤方]))"

_YEAR = r"(?:(?P<y>\d{4}|[二][〇零][〇零一二三四五六七八九]{2}|今|明|后|去)年 ?)?"
_CALENDAR = (
    rf"{_YEAR}(?P<mo>\d{{1,2}}|十[一二]?|[一二三四五六七八九])月(?:份)? ?(?P<d>{N})(?:日|"
    rf"号(?!{_NOT_A_DAY})|(?![日号个年月度\d.%人家万项]))"
)
_ISO = r"(?P<iso>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?![\d.])"
_SHORT = (
    r"(?<![\d.\-/A-Za-z第])(?!\d/\d ?(?:完成(?!时)|做完|办完|搞完))"
    r"(?P<md>(?:0?[1-9]|1[0-2])[./-](?:[12]\d|3[01]|0?[1-9]))(?![\d.%/-]|:\d|"
    r"[万亿千百元个天年时点小台份件项户处米吨倍版岁周月倍倍度折寸楼次成]|公[里斤顷分吨])"
)
_MONTH_DAY = (
    rf"(?P<mrel>本月|这个?月|当月|下下个?月|下个?月|次月|上个?月) ?(?:的 ?)?初?(?P<d2>{N})[日号]"
    rf"(?!{_NOT_A_DAY})"
)
_DAY_RANGE = (
    rf"(?:(?P<rm>\d{{1,2}})月)?(?P<r1>\d{{1,2}})(?:[号日]?[-~至到]|"
    rf"[-~])(?P<r2>\d{{1,2}})[日号](?!{_NOT_A_DAY})"
)
_DAY = (
    rf"(?<![第\d.月])(?<!延)(?<!缓)(?<!推迟)(?<!宽限)(?P<d3>\d{{1,2}}|[一二三]?十[一二三四五六七八九]?|廿[一二三四五六七八九]|"
    rf"[一二三四五六七八九](?=[号日][之以前]))[日号](?!{_NOT_A_DAY}|(?<=日)报(?![送出来一上])|[子历常用期]|内|之内|以内)"
)
_WORD = rf"(?P<word>{'|'.join(_DAY_WORDS)}|[今明昨](?=[晚早]))"
_WEEKDAY = (
    r"(?P<wrel>本|这个?|当|下下个?|(?<!一)下个?|次|上上个?|上个?)?(?:周|星期|"
    r"礼拜)(?P<wd>[一二三四五六日天]|末(?:这?[两2二]天)?|[1-7](?!\d))"
    r"(?!回(?![收访复报填款购迁看])|[次遍个直文小])"
)
#: 上半年完成…: by its end; 上半年完成情况 and 上半年完成了 look back.
_FINISH = "(?:要|须|必须|务必|得)?(?:完成|建成|办结|完工|竣工)(?![了的率度情多几数])"
_PART = (
    rf"{_YEAR}(?:(?P<pm>\d{{1,2}}|十[一二]?|[一二三四五六七八九])月(?:份)?|(?P<prel>本月|这个?月|"
    rf"当月|下下个?月|下个?月|次月|上个?月|上个?周|"
    r"本季度|这个?季度|下个?季度|(?:本|这个?|下下?个?)(?:周|星期|礼拜)|今年|本年|全年|明年|"
    r"月|季度?|年|周)"
    r"|第?(?P<quarter>[一二三四1-4])季度|[Qq](?P<quarter2>[1-4])|(?P<half_year>[上下])半年)"
    r"(?P<part>底|末(?![月])|最后一个?工作日|最后一天|结束|上旬|中旬|下旬|中(?=前|之前|以前|[ ,。;]|$)|"
    rf"初(?![步稿审])|{_WITHIN}"
    r"|(?:(?<=这个月|下个月)|(?<=本月|下月|这月|本周|这周|下周|今年))(?=(?:要|得|必须|务必|先)?把)"
    rf"|(?<=半年|季度)(?={_FINISH}))"
)
_HOLIDAY = (
    r"(?P<holiday>国庆|十一(?=前|之前|以前|黄金)|元旦|春节|过年|除夕|年(?=前(?!后))|五一|劳动|端午|"
    r"中秋|清明|元宵|六一|儿童|七一|八一|教师|腊八|冬至|重阳|圣诞|三八|妇女|五四|青年|植树|双十一|双11|双十二)"
    r"(?:节|假期|长假|黄金周|放假)*(?:(?:那[一天日]+|当[天日])?(?:之前|以前|前(?!夕))|(?P<onday>那一?[天日]|当[天日]))"
)
_RELATIVE = (
    rf"(?P<through>(?<![经通超度])过(?=[^ ,;。]{{1,3}}(?:小时|钟头|分钟|刻钟)))?"
    rf"(?P<lasting>(?<=[延缓迟限])(?=.))?(?<!第)(?P<n>\d{{1,4}}(?:\.5)?|半|{N})(?:个)?(?P<hf2>半)?"
    rf"(?P<unit>工作日|小时|钟头|分钟|刻钟|天|日|周|星期|礼拜|(?<=[个半])月|(?<=个)季度|年)(?P<hf3>半)?"
    rf"(?P<dir>{_WITHIN}|{_AFTER}|{BEFORE})?"
)
#: Said as a time, but naming no day we could know: the bot asks.
_UNKNOWN = (
    r"(?P<unknown>腊月|冬月|正月|小年|年后|节后|节前|开春|入冬|入夏|汛期|近期|近日|这[两几]天|过几天|过两天|"
    r"改天|两会|期末|供暖[季期]|供暖(?=前|之前|以前))"
    r"(?:之前|以前|前|之后|以后|后|内|之内)?"
)
_EVERY = (
    r"(?P<every>每|(?=工作日[早上下晚\d]))(?:个)?(?:(?P<e_workday>工作日)|(?P<e_day>[天日]|晚(?:上)?|早(?:上|晨)?)"
    r"|(?:周|星期|礼拜)(?P<e_wd>(?:一三五|二四六|[一二三四]四|[一二三四]五)(?=[上下早晚前,. 的]|$)|"
    r"[一二三四五六日天1-7](?![次回遍个])(?:[、和及,](?:周|星期|"
    r"礼拜)?[一二三四五六日天](?![次回遍个]))*)"
    rf"|季度?(?:度)?(?P<e_qm>首月|第一个月|中间月|第二个月|末月|最后一个月|"
    rf"第三个月)(?:的)?(?P<e_qd>{N})[日号]"
    rf"|季度?(?P<e_qend>末|底)|年(?P<e_ym>{N})月(?:份)?(?P<e_yd>{N}(?=[日号前])[日号]?|底|末)|月(?:的)?(?P<e_md>{N})[日号]"
    rf"(?![、和及]\d)|月(?:的)?(?P<e_many>{N}[日号]?(?:[、和及]{N}[日号]?){{1,4}}(?<=[日号]))|"
    rf"(?P<e_odd>隔?(?:[两二三四五六2-9]|半|(?<=隔)一)个?(?:周|星期|月|季度|年)|隔[周月天日])"
    r"(?:的?(?:周|星期|礼拜)[一二三四五六日天])?|"
    rf"月(?:的)?(?P<e_mend>底|末|最后一天)"
    r"|(?P<e_plain>周|星期|月|季度?|年)(?!报))"
)
_HALF = (
    "凌晨|清晨|清早|一早|早上上班|早上班(?=前|之前)|早上(?!班)|早晨|上午|中午|正午|午间|午后|下午|傍晚|晚上|晚间|夜里|深夜|午夜|"
    "下班|一上班(?=[就 ,前把交])|上班(?=前|之前|时|后)|收工(?=前|之前|以前|后)|"
    "天黑(?=前|之前|以前)|天亮(?=前|之前|以前)"
)
_CLOCK = (
    r"(?P<h>\d{1,2}|十[一二三四五六七八九]?|二十[一二三四]?|[一二两三四五六七八九])"
    r"(?::(?P<mi>\d{2})(?!\d)|(?:点|时(?!间|候|效|长|段|限|代))(?:(?P<mi2>\d{1,2}|"
    r"[一二三四五]?十[一二三四五六七八九]?|零[一二三四五六七八九])分?|(?P<hf>半)|"
    r"(?P<qk>[一三])刻)?(?:钟|整)?)"
)
_TIME = (
    rf"(?: ?(?:的 ?)?(?P<half>{_HALF}|(?<=[今明昨])[早晚]|[早晚](?=$|"
    rf"[ ,。;:前之以\d一二三四五六七八九十]))?(?: ?{_CLOCK})?)"
)
_BRACKET = r"(?: ?\(? ?(?:周|星期|礼拜)(?P<check>[一二三四五六日天])(?: ?\))?)"
_SUFFIX = rf"(?: ?(?P<suf>{BEFORE}|截止|为止|止|{_AFTER}|{_WITHIN}|起(?![草步码到来点源因诉初])))?"


_DATED = re.compile(
    rf"(?:(?:{_ISO}|{_CALENDAR}|{_MONTH_DAY}|{_DAY_RANGE}|{_SHORT}|{_DAY}|{_WORD}){_BRACKET}?|{_EVERY}|{_WEEKDAY})"
    rf"{_TIME}{_SUFFIX}"
)
_VAGUE = re.compile(rf"(?:{_HOLIDAY}|{_PART}{_SUFFIX}|{_RELATIVE})")
#: A time of today, without a day: it needs a half of the day, or digits, or a suffix.
_CLOCK_ONLY = re.compile(
    rf"(?:(?P<half>{_HALF}|[早晚](?=\d{{1,2}}[点:])) ?|(?<![\dA-Za-z.:第]))(?:{_CLOCK})?{_SUFFIX}"
)
_PERIOD = re.compile(
    r"(?P<period>[上下]半年|上上个?月|上个?月|本月|这个月|当月|上个?季度|本季度|这个季度|今年|去年|本年度?|"
    r"上年度|上个?周(?![一二三四五六日天末])|本周(?![一二三四五六日天末])"
    r"|这周(?![一二三四五六日天末])|下周(?![一二三四五六日天末])|下个?月(?!\d)|明年|第?[一二三四1-4]季度|"
    r"(?<![\d.])(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?(?![\d一二三四五六七八九十廿底末初前内中下上饼亮度以之后起]))"
)
#: Characters a span can begin with; everything else is passed over at once.
_HEAD = re.compile(
    r"[\d工过节双圣三重植妇腊冬正小开入汛近改两期供零一二两三四五六七八九十半廿每今明后昨前大当即本这下次上月季年周星礼全第Qq国元春过除劳端中清儿教去早晚凌正午傍夜深收]"
)
#: A number behind which nothing stands that makes a time of it: 45%, 六条巷.
_NO_TIME = re.compile(
    r"[\d零〇一二两三四五六七八九十廿半百千万亿俩仨]+(?![\d零〇一二两三四五六七八九十廿半百千万亿俩仨"
    r"年月日号点时:个工小钟分刻天周星礼季旬上早会前之以后内里过那当节假长黄放\-~到至/. ])"
)
_GRAMMAR = (_DATED, _VAGUE, _CLOCK_ONLY, _PERIOD, re.compile(_UNKNOWN))


def find(text: str) -> Iterator[re.Match[str]]:
    """Spans that read as a date, a time or a length of time, leftmost first, never overlapping."""
    at = 0
    while head := _HEAD.search(text, at):
        if passed := _NO_TIME.match(text, head.start()):
            at = passed.end()
            continue
        match = _match_at(text, head.start())
        if match is None:
            at = head.start() + 1
        else:
            yield match
            at = match.end()


def _match_at(text: str, at: int) -> re.Match[str] | None:
    for grammar in _GRAMMAR:
        match = grammar.match(text, at)
        if match and not (match.re is _CLOCK_ONLY and _is_speech(match)):
            return match
    return None


def _is_speech(match: re.Match[str]) -> bool:
    """``一点`` and ``两点`` are words unless a time of day or a limit is plainly meant."""
    if match["half"] or (match["h"] and match["suf"]):
        return False
    said = match[0]
    return not match["h"] or not (said[0].isdigit() or said.endswith(("钟", "整", "半", "刻", "分")))


def day_offset(word: str) -> int:
    """How many days from today ``明天`` is."""
    return _DAY_WORDS[word] if word in _DAY_WORDS else {"今": 0, "明": 1, "昨": -1}[word]
