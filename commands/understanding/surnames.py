"""People the directory does not know, said behind their unit or 请: 设备部唐悦, 住建局 沈洁, 安排刘大壮.

Only surnames that begin few other words are listed; a name with another one is read behind a dash
(设备部-方圆) or an @.
"""

import re

_SURNAMES = (
    "王李张刘陈杨赵黄吴徐孙胡朱郭何罗郑梁谢宋唐许韩冯邓曹彭曾肖蔡潘袁董苏叶吕魏蒋杜丁沈姜范傅钟卢汪戴崔陆"
    "廖姚夏谭韦贾邹熊孟秦阎薛侯雷龙段郝孔邵毛邱龚尹黎赖武莫孙翁倪阮殷俞葛聂焦柯梅童鲁裴岳庞骆宁舒周马林"
)
#: Words that begin like a name.
_WORDS = (
    "马上|马路|周[一二三四五六日天末边围期报内]|谢谢|曾经|杜绝|夏季|夏天|范围|何时|何地|胡同|张贴|张罗|许可|林[业木地区]|雷雨|雷电|"
    "毛坯|龙头|汪洋|黄[牌线灯色金]|马[拉路桶力]|梁柱|董事|钟[头点]|侯车|童车|罗列|段落|苏打|姜汤|宋体|杨[树柳絮]|叶片|梅雨|武[装术]|"
    "孔[雀洞]|彭博|丁字|潘多|曹操|陈[述列旧设年]|孟夏|秦岭|郭外|朱红|孙辈|宁可|舒缓|赖账|焦[化点]|柯桥|童装|莫要|沈阳|韩国|徐州|郑州|苏州|唐山|吴江"
)
_BEHIND = (
    r"(?=$|[ ,:;。@]|把|将|于|在|同志|尽快|抓紧|赶紧|提?交|完成|搞|弄|写|来|去|报送|上报|整理|"
    r"负责|牵头|主办|[本这下上]{1,2}个?(?:周|星期|礼拜|月)|周|星期|礼拜|"
    r"[今明后昨][天日儿早晚]|大后天|当天|\d|[一二三四五六七八九十廿两半]{1,3}[个天月号日周小点分]|月底|年底|年前|元旦|春节)"
)
_NAME = re.compile(rf" ?(?P<name>(?!{_WORDS})[{_SURNAMES}][一-鿿]{{1,2}}?){_BEHIND}")
_NICKNAME = re.compile(rf"(?P<name>[小老][{_SURNAMES}]){_BEHIND}")
_AFTER_DASH = re.compile(r"[-·/_](?P<name>[㐀-鿿]{2,4})(?![㐀-鿿])")


def asked(text: str, at: int) -> re.Match[str] | None:
    """The name of somebody asked or ordered: 安排刘大壮周五前…"""
    return _NAME.match(text, at) or _NICKNAME.match(text, at)


def behind(text: str, at: int) -> re.Match[str] | None:
    """The name that stands at ``at``, right behind a unit."""
    return _AFTER_DASH.match(text, at) or _NAME.match(text, at)
