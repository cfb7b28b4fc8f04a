"""A title without the words that only lead up to it."""

import re

_TITLE_HEAD = re.compile(
    r"^(?:把|将|分别|各自|分头|要|请|需要?|务必|必须|负责|完成|报一?下|报送|上报|提交|上交|交一?份?|报(?= )|"
    r"弄|拿出|给出|出具?(?=一?份)|你|你们|您|任务|事项|内容|前|之前|内|于|在|来|去|的|"
    r"做好(?=<)|: ?|-) ?"
)
_TITLE_TAIL = re.compile(
    r"(?: ?(?:一下|一遍|出来|上来|给我|过来|到位(?=$)|完(?=$)|好(?=$)|前|的任务|要|交|弄|搞))$"
)


def trim_title(text: str) -> str:
    while True:
        bare = _TITLE_TAIL.sub("", _TITLE_HEAD.sub("", text)).strip(" ,:、-")
        if bare == text:
            return bare
        text = bare
