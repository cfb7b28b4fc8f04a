"""写日报: today's record of a person put into a log, shown first."""

from commands.errors import NotFound
from commands.logs import rules
from commands.logs.operations.keeping import Kept, keep, said_of
from commands.logs.rules import Said
from commands.tasks.operations.acting import Acting
from commands.tasks.operations.drafting import open_draft
from storage.models import Draft, LogKind
from storage.queries import logs as queries

DAY = "logs.day"  #: the kind of draft


def draft(act: Acting) -> tuple[Draft, Said]:
    """What the person reported, handed in and signed for today and has not logged yet.

    Raises:
        NotFound: there is nothing of the kind.
    """
    today = rules.today(act.now)
    row = queries.standing(act.session, act.actor.id, LogKind.DAY, today)
    logged = set(row.progress_ids) if row is not None else set()
    said = Said(LogKind.DAY, today, done=tuple(dict.fromkeys(_events(act, logged))))
    if row is not None:
        said = said.without(said_of(row))
    if said.empty:
        raise NotFound("今天没有还没写进日报的办理记录。直接说“日报：做了什么；明天做什么”就行。")
    made = open_draft(act, DAY, 0, {"day": today, "done": list(said.done)})
    return made, said


def _events(act: Acting, logged: set[int]) -> list[str]:
    today, unit_id = rules.today(act.now), act.actor.unit_id
    found = [
        f"T{task.number}{entry.note or f'完成 {entry.percent}%'}"
        for task, _, entry in queries.progress_on(act.session, act.actor.id, today)
        if entry.id not in logged
    ]
    if unit_id is None:
        return found
    handed_in = queries.handed_in_on(act.session, act.actor.id, unit_id, today)
    signed = queries.signed_on(act.session, act.actor.id, unit_id, today)
    return [
        *found,
        *(f"T{task.number}报结" for task, _ in handed_in),
        *(f"T{task.number}签收" for task, _ in signed),
    ]


def keep_draft(act: Acting, made: Draft) -> Kept:
    """［记下］: the progress is there already and is not written twice."""
    day = rules.today(act.now).fromisoformat(str(made.payload["day"]))
    done = tuple(str(text) for text in made.payload["done"])
    return keep(act, Said(LogKind.DAY, day, done=done), report=False)
