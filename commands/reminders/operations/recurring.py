"""The next periods of matters that recur, for a chunk of them."""

from sqlmodel import Session

from commands.calendar import Workdays
from commands.tasks.operations.continuing import continue_task
from storage.job_runs import ChunkResult, JobRunState, for_each
from storage.queries import periods
from storage.queries.tasks import obligations_of


def open_periods(session: Session, run: JobRunState, calendar: Workdays) -> ChunkResult:
    """Those whose last period was due before the planned day, or is over."""

    def work(task_id: int) -> None:
        task = periods.locked(session, task_id)
        if task is not None:
            obligations = obligations_of(session, [task.id])[task.id]
            continue_task(session, task, obligations, calendar, run.planned)

    return for_each(session, periods.recurring(session, int(run.cursor or 0)), work, cursor=str).chunk
