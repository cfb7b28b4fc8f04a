"""What an intent is: the words that trigger it, the slots it wants, sentences that say it.

An intent is data. To add one, add an entry with its examples to a file of ``intents``; every example is
a test. ``<T>`` and the like in a pattern stand for what was found (kinds: ``reading.KINDS``), ``<A>`` for an
assignee, ``<F>`` for any number of ours, ``{c}`` for a character of the same clause.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from commands.understanding.reading import Reading

#: Asked, told or wondered about among people. Broad rules, which need little more than a number and a word,
#: leave such sentences alone.
TALK = (
    "[?]|[吗呢]$|[吗呢][,。!]|听说|据说|听人|听讲|说是|有人说|谁|怎么|为什么|为啥|是不是|有没有|要不要|什么时候|啥时|多少|哪|好像|"
    "似乎|会不会|可能|估计|应该是?(?:差不多|可以|能)|要是|如果|谢谢|感谢|辛苦|厉害|不错|恭喜|模板|表格|文件|链接|格式|别忘|记得|大家|各位|提醒"
)
#: Work given to somebody named, and no number of ours: 请水务局月底前整理申诉材料 is no objection.
ORDER = (
    "^(?!.*<F>)(?:@?<A>[,: ]?(?:请|要)?(?:尽快|抓紧|赶紧|赶快|马上|立即)|"
    "(?:请|安排|交办|派单|派给|责成|通知|麻烦|辛苦|让|叫)@?<A>|@?<A>[,: ]?<W>|<W>[,:]?@?<A>|"
    "<W>[^,]{2,},@?<A>(?:来)?负责)"
)
#: What the own unit is called behind 我们, 我 and 本.
OWN = (
    "(?:局|科室|科|处室?|办|委|单位|部门|部|中心|社区|街道|公司|厂|学校|校|医院|院|站|队|支队|镇|乡|村|室|"
    "车间|班组|企业)"
)


@dataclass(frozen=True)
class Rule:
    """One way to say an intent. It fits when one of ``says`` is in the sentence, ``like`` is found and
    ``unless`` is not, and a token of every kind in ``needs`` is there. The highest
    ``priority`` that fits wins.
    """

    says: str = ""  #: words separated by ``|``; empty → tried on every sentence
    like: str = ""
    priority: int = 50
    needs: str = ""
    unless: str = ""
    slots: Mapping[str, object] = field(default_factory=dict)
    replying: bool = False  #: only in answer to a card or message


@dataclass(frozen=True)
class Hit:
    """A rule that fits: what it matched in ``flat``."""

    rule: Rule
    cue: tuple[int, int]  #: where one of ``says`` stands; (0, 0) for a rule without
    match: re.Match[str] | None

    def group(self, name: str) -> tuple[int, int]:
        """The place of a named group of ``like``; an empty place when the rule has none."""
        return self.match.span(name) if self.match else (0, 0)

    def cuts(self) -> list[tuple[int, int]]:
        """The places of ``flat`` the rule used up: its groups named ``cut…``, else all it matched."""
        if self.match is None:
            return [self.cue]
        named = [self.match.span(name) for name in self.match.groupdict() if name.startswith("cut")]
        return [span for span in named if span[0] >= 0] or [self.match.span()]


#: Fills slots beyond the generic ones; returns the slot to ask for, or ``NOT_THIS`` to let other rules try.
SlotReader = Callable[[Reading, Hit, dict[str, object]], str | None]
NOT_THIS = "not this"


@dataclass(frozen=True)
class Intent:
    name: str
    means: str  #: Chinese, for help and --explain
    rules: tuple[Rule, ...]
    wants: tuple[str, ...] = ()  #: names of slots, see ``slots``
    examples: tuple[str, ...] = ()
    read: SlotReader | None = None
