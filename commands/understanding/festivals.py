"""Festivals people set limits by: 国庆前 is the day before. Lunar ones from the published almanac."""

from datetime import date, timedelta

_FIXED = {
    "国庆": (10, 1), "十一": (10, 1), "元旦": (1, 1), "五一": (5, 1), "劳动": (5, 1), "六一": (6, 1),
    "儿童": (6, 1), "七一": (7, 1), "八一": (8, 1), "教师": (9, 10), "三八": (3, 8), "妇女": (3, 8),
    "植树": (3, 12), "五四": (5, 4), "青年": (5, 4), "双十一": (11, 11), "双11": (11, 11), "双十二": (12, 12),
    "圣诞": (12, 25),
}  # fmt: skip
#: First day of the first lunar month.
_SPRING = {
    2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3), 2031: (1, 23),
    2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8), 2036: (1, 28), 2037: (2, 15), 2038: (2, 4),
    2039: (1, 24), 2040: (2, 12),
}  # fmt: skip
_DRAGON_BOAT = {2026: (6, 19), 2027: (6, 9), 2028: (5, 28), 2029: (6, 16), 2030: (6, 5)}
_MID_AUTUMN = {2026: (9, 25), 2027: (9, 15), 2028: (10, 3), 2029: (9, 22), 2030: (9, 12)}
_QINGMING = {2026: (4, 5), 2027: (4, 5), 2028: (4, 4), 2029: (4, 4), 2030: (4, 5)}
_DOUBLE_NINTH = {2026: (10, 18), 2027: (10, 8), 2028: (10, 26), 2029: (10, 16), 2030: (10, 5)}
_LABA = {2026: (1, 26), 2027: (1, 15), 2028: (1, 4), 2029: (1, 22), 2030: (1, 11)}
_WINTER_SOLSTICE = {2026: (12, 22), 2027: (12, 22), 2028: (12, 21), 2029: (12, 21), 2030: (12, 22)}
_LUNAR = {
    "春节": _SPRING,
    "过年": _SPRING,
    "年": _SPRING,
    "端午": _DRAGON_BOAT,
    "中秋": _MID_AUTUMN,
    "清明": _QINGMING,
    "重阳": _DOUBLE_NINTH,
    "腊八": _LABA,
    "冬至": _WINTER_SOLSTICE,
}


def day_of(name: str, year: int) -> date | None:
    """The day of the festival in that year; None beyond the almanac."""
    if name == "除夕":
        spring = day_of("春节", year)
        return spring and spring - timedelta(days=1)
    if name == "元宵":
        spring = day_of("春节", year)
        return spring and spring + timedelta(days=14)
    month_day = _FIXED.get(name) or _LUNAR.get(name, {}).get(year)
    return date(year, *month_day) if month_day else None


def eve(name: str, today: date) -> date | None:
    """The day before the next such festival whose eve is not over."""
    day = coming(name, today)
    return day and day - timedelta(days=1)


def coming(name: str, today: date) -> date | None:
    """The next such festival."""
    days = (day_of(name, year) for year in (today.year, today.year + 1))
    return next((day for day in days if day and day > today), None)
