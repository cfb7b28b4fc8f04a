"""更正日报: the new words count for the log and for the progress it wrote; the old ones stay on record."""

from commands.logs.operations.keeping import (
    Kept,
    Written,
    check_day,
    own_log,
    record,
    report_all,
    said_of,
    undoable,
    withdraw_entries,
)
from commands.logs.rules import PARTS, Said
from commands.tasks.operations.acting import Acting
from commands.tasks.operations.changing import values_of
from storage.models import LogKind
from storage.queries import logs as queries


def correct(act: Acting, said: Said) -> Kept:
    """The whole log of that day is said anew.

    Raises:
        NotFound: there is no log of that day.
        BadInput: a day to come.
    """
    check_day(said, act.now)
    queries.lock_person(act.session, act.actor.id)
    row = own_log(act.session, act.actor.id, said)
    was = values_of(row)
    written = Written()
    if said.kind is LogKind.DAY:
        withdraw_entries(act, queries.entries(act.session, row.progress_ids), written)
    anew = report_all(act, said)
    anew.steps = [*written.steps, *anew.steps]
    for name in PARTS:
        setattr(row, name, list(getattr(said, name)))
    row.progress_ids = anew.ids
    row.changed_at = act.now
    act.session.flush()
    record(act, row, "log_corrected", was)
    return Kept(said_of(row), row.late, anew, undoable(act, row, was, anew))
