"""How people are called, and what a row of the directory may hold: pure, no session."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from storage.models import NumberKind, Role

ROLES: Mapping[str, Role] = {
    "管理员": Role.ADMIN,
    "督查室": Role.OFFICE,
    "领导": Role.LEADER,
    "分管负责人": Role.VICE_HEAD,
    "主要负责人": Role.HEAD,
    "联络员": Role.LIAISON,
    "经办人": Role.HANDLER,
}
ROLE_WORDS: Mapping[Role, str] = {role: word for word, role in ROLES.items()}

#: Roles that hold everywhere; the others hold for the person's unit.
EVERYWHERE = frozenset({Role.ADMIN, Role.OFFICE, Role.LEADER})

#: What people write for the default bindings. Another binding is written by its own name.
PLATFORMS: Mapping[str, str] = {
    "钉钉": "dingtalk",
    "dingtalk": "dingtalk",
    "企业微信": "wecom",
    "企微": "wecom",
    "wecom": "wecom",
    "飞书": "feishu",
    "feishu": "feishu",
}
PLATFORM_WORDS: Mapping[str, str] = {"dingtalk": "钉钉", "wecom": "企业微信", "feishu": "飞书"}

KINDS: Mapping[str, tuple[str, ...]] = {
    "dingtalk": ("staff_id", "union_id", "dingtalk_id"),
    "wecom": ("userid", "open_userid", "encrypted_userid"),
    "feishu": ("open_id", "union_id", "user_id"),
}
_FEISHU_HEADS = {"ou_": "open_id", "on_": "union_id"}

_TWO_CHARACTER_SURNAMES = frozenset(
    ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "令狐", "东方", "慕容", "司徒", "端木")
)
_POSTS = ("市长", "县长", "区长", "镇长", "乡长", "秘书长", "主席", "会长", "局长", "主任", "书记")
_SPLIT = re.compile(r"[、,，;；/\s]+")


def surname(name: str) -> str:
    return name[:2] if name[:2] in _TWO_CHARACTER_SURNAMES and len(name) > 2 else name[:1]


def called(name: str, title: str) -> tuple[str, ...]:
    """How a person is addressed: 周副市长 and 周市长, 方秘书长, 罗局 beside 罗副局长.

    A deputy is addressed without the 副 as well; 分管 and the like are never said.
    """
    post = next((post for post in _POSTS if title.endswith(post)), None)
    if post is None or not name:
        return ()
    of, deputy = surname(name), title[: -len(post)].endswith("副")
    said = [of + post, *([f"{of}副{post}"] if deputy else [])]
    if post == "局长":
        said.append(of + "局")
    return tuple(said)


def parts(cell: str) -> list[str]:
    """A cell that holds several values."""
    return [part for part in _SPLIT.split(cell) if part]


def mobile_of(cell: str) -> str:
    """Eleven digits, however they were written; empty for an empty cell.

    Raises:
        ValueError: not a mobile number of the mainland. The number is not in the message.
    """
    digits = re.sub(r"[\s\-—()（）]", "", unicodedata.normalize("NFKC", cell))
    digits = re.sub(r"^(\+?86)(?=1\d{10}$)", "", digits)
    if digits and not re.fullmatch(r"1[3-9]\d{9}", digits, re.ASCII):
        raise ValueError("不是 11 位手机号码")
    return digits


def binding_of(cell: str) -> str:
    """The binding's name for 钉钉, 企业微信, 飞书 or a binding's own name; empty for an empty cell.

    Raises:
        ValueError: none of them.
    """
    word = unicodedata.normalize("NFKC", cell).casefold()
    if word and word not in PLATFORMS and not re.fullmatch(r"[a-z][a-z0-9_-]{1,39}", word, re.ASCII):
        raise ValueError(f"写的是“{cell}”，可以写：钉钉、企业微信、飞书")
    return PLATFORMS.get(word, word)


def keys_of(binding: str, cell: str) -> tuple[tuple[str, str], ...]:
    """``ou_1`` or ``open_id:ou_1、union_id:on_1`` → kinds and values, each kind once.

    Raises:
        ValueError: a kind that the platform does not have, or twice the same.
    """
    found: dict[str, str] = {}
    for part in parts(cell):
        kind, colon, value = part.replace("：", ":").partition(":")
        if not colon:
            kind, value = _default_kind(binding, part), part
        known = KINDS.get(binding, tuple(k for kinds in KINDS.values() for k in kinds))
        if kind not in known or not value:
            raise ValueError(f"写的是“{part}”，可以写：{'、'.join(f'{k}:…' for k in known)}")
        if kind in found:
            raise ValueError(f"写了两个 {kind}")
        found[kind] = value
    return tuple(found.items())


def _default_kind(binding: str, value: str) -> str:
    if binding == "feishu":
        return _FEISHU_HEADS.get(value[:3], "user_id")
    return KINDS[binding][0] if binding in KINDS else ""


def roles_of(cell: str) -> tuple[Role, ...]:
    """Raises:
    ValueError: a word that is no role.
    """
    words = parts(cell)
    strange = [word for word in words if word not in ROLES]
    if strange:
        raise ValueError(f"写的是“{strange[0]}”，可以写：{'、'.join(ROLES)}")
    return tuple(dict.fromkeys(ROLES[word] for word in words))


def platform_word(binding: str) -> str:
    return PLATFORM_WORDS.get(binding, binding)


def tail(mobile: str) -> str:
    """All that is ever shown of a mobile number."""
    return f"尾号 {mobile[-4:]}"


def number_words(kind: NumberKind, number: str) -> str:
    return tail(number) if kind is NumberKind.MOBILE else f"工号 {number}"


def joined(names: Sequence[str], *, most: int = 5) -> str:
    """Names in a row; more than ``most`` are counted."""
    shown = "、".join(names[:most])
    return shown if len(names) <= most else f"{shown}等 {len(names)} 个"
