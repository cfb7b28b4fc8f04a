"""What a directory file would change, before anything is changed."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from commands.directory.disputes import Dispute, disputes, place
from commands.directory.known import Known
from commands.directory.rows import Row, Sheet
from commands.directory.rules import joined, platform_word
from storage.models import Account, NumberKind, Person, Role

MAX_ERRORS = 20  #: that are shown; ``Plan.errors`` has them all
_UNIT_ROLES = frozenset({Role.VICE_HEAD, Role.HEAD, Role.LIAISON})
_NUMBERS = {NumberKind.MOBILE: "手机号", NumberKind.EMPLOYEE_NO: "工号"}
_PERSON_FIELDS = {"title": "职务", "mobile": "手机号", "employee_no": "工号", "aliases": "称呼"}


@dataclass(frozen=True, slots=True)
class Step:
    """One row and what becomes of it. ``person`` None: somebody new."""

    row: Row
    person: Person | None
    account: Account | None  #: the person's open account in the row's binding
    changes: Mapping[str, object] = field(default_factory=dict)
    new_keys: tuple[tuple[str, str], ...] = ()
    moved: bool = False  #: to another unit
    regranted: bool = False  #: the row's roles differ from those on record
    deputy: tuple[str, int] | None = None  #: ("row", line) or ("person", id)
    disputes: tuple[Dispute, ...] = ()  #: numbers that are not written but asked about

    def disputed(self, kind: NumberKind) -> bool:
        return any(one.kind is kind for one in self.disputes)

    @property
    def words(self) -> list[str]:
        """What changes of a known person, in the columns' words."""
        said = [_PERSON_FIELDS[name] for name in self.changes]
        said += ["单位"] * self.moved + ["账号"] * bool(self.new_keys) + ["角色"] * self.regranted
        return said + ["B角"] * (self.deputy is not None)


@dataclass(frozen=True, slots=True)
class Plan:
    """``errors`` empty: it can be applied. Nothing has been written either way."""

    sheet: Sheet
    errors: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    no_deputy: tuple[str, ...] = ()  #: units with a head or liaison and no B角
    units_with_roles: int = 0

    def summary(self) -> str:
        """What will be written, or what is wrong, in a few lines."""
        if self.errors:
            more = [f"另有 {len(self.errors) - MAX_ERRORS} 处"] if len(self.errors) > MAX_ERRORS else []
            return "；".join([*self.errors[:MAX_ERRORS], *more, "一条也没有写入。"])
        lines = [" · ".join([*self._counts(), *self._accounts()])]
        lines += [said for said in (self._changed(), self._disputes()) if said]
        return "\n".join([*lines, f"{self._deputies()}表中没有的人不动。"])

    def _counts(self) -> Iterator[str]:
        yield f"单位 {len({step.row.unit for step in self.steps})}"
        yield f"人员 {len(self.steps)}"

    def _accounts(self) -> Iterator[str]:
        joined_up = Counter(s.row.binding for s in self.steps if s.row.keys or s.account)
        waiting = Counter(s.row.binding for s in self.steps if not (s.row.keys or s.account))
        yield f"对上账号 {joined_up.total()}" + _by_platform(joined_up)
        if waiting:
            why = "（平台不提供手机号）" if set(waiting) == {"wecom"} else ""
            names = "、".join(platform_word(b) if b else "未写平台" for b in waiting)
            yield f"待绑定 {waiting.total()}：{names}{why}"

    def _changed(self) -> str:
        known = [step for step in self.steps if step.person is not None]
        if not known:
            return ""
        changed = [f"{s.row.name}（{'、'.join(s.words)}）" for s in known if s.words]
        parts = [f"新增 {len(self.steps) - len(known)}"]
        parts.append(f"变更 {len(changed)}" + (f"：{joined(changed)}" if changed else ""))
        return " · ".join([*parts, f"不变 {len(known) - len(changed)}"])

    def _disputes(self) -> str:
        said = [f"{step.row.name}（{one.words}）" for step in self.steps for one in step.disputes]
        return f"号码没有写入 {len(said)}：{joined(said)}。写入后请管理员核实" if said else ""

    def _deputies(self) -> str:
        if not self.no_deputy:
            return ""
        if len(self.no_deputy) == self.units_with_roles:
            return f"{self.units_with_roles} 家都没填 B 角。"
        return f"{len(self.no_deputy)} 家没填 B 角：{joined(self.no_deputy)}。"


def _by_platform(counted: Counter[str]) -> str:
    if not counted:
        return ""
    return "：" + "、".join(f"{platform_word(binding)} {n}" for binding, n in counted.most_common())


def make_plan(sheet: Sheet, known: Known) -> Plan:
    """Compare the file with what is known. All errors at once, in the order of the lines."""
    planning = _Planning(sheet, known)
    steps = planning.steps()
    errors = sorted([*sheet.errors, *planning.errors], key=_line_of)
    if not errors and not _keeps_administrator(steps, known):
        errors = ["还没有管理员：请在“角色”列给一人写上“管理员”"]
    if errors:
        return Plan(sheet, tuple(errors))
    with_roles = dict.fromkeys(step.row.unit for step in steps if _UNIT_ROLES & set(step.row.roles))
    with_deputy = {step.row.unit for step in steps if _has_deputy(step)}
    return Plan(
        sheet,
        (),
        tuple(steps),
        tuple(unit for unit in with_roles if unit not in with_deputy),
        len(with_roles),
    )


def _line_of(error: str) -> int:
    number = error.removeprefix("第 ").partition(" ")[0]
    return int(number) if number.isdigit() else 0


def _has_deputy(step: Step) -> bool:
    return bool(step.row.deputy) or (step.person is not None and step.person.deputy_id is not None)


def _keeps_administrator(steps: list[Step], known: Known) -> bool:
    taken = {s.person.id for s in steps if s.person and s.row.roles and Role.ADMIN not in s.row.roles}
    return bool(known.administrators - taken) or any(Role.ADMIN in s.row.roles for s in steps)


class _Planning:
    def __init__(self, sheet: Sheet, known: Known) -> None:
        self._rows = sheet.rows
        self._known = known
        self._matches: dict[int, Person | None] = {}
        self._disputes: dict[int, tuple[Dispute, ...]] = {}
        self._named: dict[tuple[str, str], list[Row]] = {}
        for row in sheet.rows:
            self._named.setdefault((row.unit, row.name), []).append(row)
        self.errors: list[str] = []

    def steps(self) -> list[Step]:
        self._compare_rows()
        matched = [(row, self._match(row)) for row in self._rows]
        self._compare_people(matched)
        self._disputes = disputes(matched, self._known)
        self._compare_units()
        self._matches = {row.no: person for row, person in matched}
        return [self._step(row, person) for row, person in matched]

    def _say(self, row: Row, column: str, what: str) -> None:
        self.errors.append(f"第 {row.no} 行“{column}”{what}")

    # -- within the file -------------------------------------------------------------------------

    def _compare_rows(self) -> None:
        numbers: dict[tuple[NumberKind, tuple[str, str]], Row] = {}
        keys: dict[tuple[str, str, str], Row] = {}
        names: dict[tuple[str, str, str], Row] = {}
        for row in self._rows:
            for numbered, column in _NUMBERS.items():
                at = place(row, numbered)
                first = numbers.setdefault((numbered, at), row) if at is not None else row
                same = numbered is NumberKind.EMPLOYEE_NO and first.name == row.name  # said of the name
                if first is not row and not same:
                    self._say(row, column, f"与第 {first.no} 行相同（{row.name}、{first.name}）")
            for kind, value in self._known.folded(row):
                if (first := keys.setdefault((row.binding, kind, value), row)) is not row:
                    self._say(row, "账号", f"与第 {first.no} 行相同（{row.name}、{first.name}）")
                    break
            if (first := names.setdefault((row.unit, row.name, row.employee_no), row)) is not row:
                self._say(row, "姓名", f"与第 {first.no} 行相同；同名的两人请用“工号”分开")

    def _compare_units(self) -> None:
        positions: dict[str, Row] = {}
        names = {name: unit.name for unit in self._known.units.values() for name in unit.short_names}
        for row in self._rows:
            if row.position is not None:
                first = positions.setdefault(row.unit, row)
                if first.position != row.position:
                    self._say(row, "机构序", f"与第 {first.no} 行不同（{row.unit}）")
            for short in row.short_names:
                if names.setdefault(short, row.unit) != row.unit:
                    self._say(row, "单位简称", f"“{short}”已经是{names[short]}的简称")

    # -- with what is known ----------------------------------------------------------------------

    def _match(self, row: Row) -> Person | None:
        holders = self._known.by_keys(row)
        if len(holders) > 1:
            self._say(row, "账号", f"分属两人（{'、'.join(p.name for p in holders)}）")
            return None
        if holders:
            if holders[0].name != row.name:
                self._say(row, "账号", f"已登记给{self._known.where(holders[0])}")
            return holders[0]
        holder = self._known.by_mobile.get(row.mobile) if row.mobile else None
        if holder is None or holder.name != row.name:
            return self._by_name(row)
        if self._known.unit_name(holder) == row.unit:
            return holder
        return self._by_name(row) if (row.unit, row.name) in self._known.by_name else self._moved(row, holder)

    def _moved(self, row: Row, holder: Person) -> Person:
        """From another unit, by name and mobile number: enough for a first account, not for another one."""
        if row.keys and self._known.account(holder, row.binding) is not None:
            where = self._known.where(holder)
            self._say(row, "账号", f"与在册的{where}不同，只有姓名和手机号相同，没有改绑，请核对")
        return holder

    def _by_name(self, row: Row) -> Person | None:
        same = self._known.by_name.get((row.unit, row.name), [])
        if row.employee_no:
            same = [p for p in same if p.employee_no in ("", row.employee_no)]
        if len(same) > 1:
            self._say(row, "姓名", f"{row.unit}有 {len(same)} 位{row.name}，请写“工号”")
        if len(same) != 1:
            return None
        account = self._known.account(same[0], row.binding)
        other_mobile = row.mobile and same[0].mobile and row.mobile != same[0].mobile
        if row.keys and account is not None and other_mobile:
            self._say(row, "姓名", f"与在册的{row.name}同名，手机号和账号都不同，请核对")
        return same[0]

    def _compare_people(self, matched: list[tuple[Row, Person | None]]) -> None:
        lines: dict[int, Row] = {}
        for row, person in matched:
            if person is not None and (first := lines.setdefault(person.id, row)) is not row:
                self._say(row, "姓名", f"与第 {first.no} 行是同一个人")

    def _step(self, row: Row, person: Person | None) -> Step:
        account = self._known.account(person, row.binding) if person else None
        deputy, disputed = self._deputy(row, person), self._disputes.get(row.no, ())
        if person is None:
            keys = self._known.folded(row)
            return Step(row, None, None, new_keys=keys, deputy=deputy, disputes=disputed)
        wanted = {
            "title": row.title,
            "mobile": row.mobile,
            "employee_no": row.employee_no,
            "aliases": list(row.aliases),
        }
        for one in disputed:
            del wanted[one.kind.value]
        changes = {name: value for name, value in wanted.items() if value and getattr(person, name) != value}
        held = self._known.keys_of(account)
        return Step(
            row,
            person,
            account,
            changes,
            tuple(key for key in self._known.folded(row) if key not in held),
            moved=self._known.unit_name(person) != row.unit,
            regranted=bool(row.roles) and self._known.roles(person) != frozenset(row.roles) - {Role.HANDLER},
            deputy=deputy,
            disputes=disputed,
        )

    def _deputy(self, row: Row, person: Person | None) -> tuple[str, int] | None:
        if not row.deputy:
            return None
        in_file = self._named.get((row.unit, row.deputy), [])
        on_record = self._known.by_name.get((row.unit, row.deputy), [])
        if row in in_file or (person is not None and person in on_record):
            self._say(row, "B角", "不能是本人")
        elif len(in_file) > 1 or (not in_file and len(on_record) > 1):
            self._say(row, "B角", f"{row.unit}有两位{row.deputy}")
        elif in_file:
            named = self._matches[in_file[0].no]
            if person is None or named is None or person.deputy_id != named.id:
                return ("row", in_file[0].no)
        elif not on_record:
            self._say(row, "B角", f"{row.unit}没有“{row.deputy}”")
        elif person is None or person.deputy_id != on_record[0].id:
            return ("person", on_record[0].id)
        return None
