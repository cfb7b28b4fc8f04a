"""Every subject and every job, one line each."""

from commands.command import Catalogue, World
from commands.concerns.handlers import SUBJECT as CONCERNS
from commands.cooperation.handlers import SUBJECT as COOPERATION
from commands.decisions.handlers import SUBJECT as DECISIONS
from commands.directory import jobs as directory
from commands.directory.handlers import SUBJECT as DIRECTORY
from commands.drafts.handlers import SUBJECT as DRAFTS
from commands.extensions.handlers import SUBJECT as EXTENSIONS
from commands.help.handlers import SUBJECT as HELP
from commands.initiatives.handlers import SUBJECT as INITIATIVES
from commands.joining.handlers import SUBJECT as JOINING
from commands.leave.handlers import SUBJECT as LEAVE
from commands.ledger.handlers import SUBJECT as LEDGER
from commands.logs import jobs as logs
from commands.logs.handlers import SUBJECT as LOGS
from commands.ranking import jobs as ranking
from commands.ranking.handlers import SUBJECT as RANKING
from commands.reminders import jobs as reminders
from commands.reminders.handlers import SUBJECT as REMINDERS
from commands.requests import jobs as requests
from commands.requests.handlers import SUBJECT as REQUESTS
from commands.summaries import jobs as summaries
from commands.summaries.handlers import SUBJECT as SUMMARIES
from commands.tasks.handlers import SUBJECT as TASKS
from commands.undo.handlers import SUBJECT as UNDO
from commands.urgency.handlers import SUBJECT as URGENCY
from commands.workdays import jobs as workdays
from commands.workdays.handlers import SUBJECT as WORKDAYS
from storage.job_runs import Job

CATALOGUE = Catalogue(
    (
        TASKS,
        EXTENSIONS,
        CONCERNS,
        COOPERATION,
        REQUESTS,
        DECISIONS,
        INITIATIVES,
        RANKING,
        REMINDERS,
        URGENCY,
        LEAVE,
        LOGS,
        WORKDAYS,
        DRAFTS,
        UNDO,
        HELP,
        DIRECTORY,
        JOINING,
        LEDGER,
        SUMMARIES,
    )
)


def jobs(world: World) -> tuple[Job, ...]:
    """What the calendar triggers."""
    return tuple(
        job
        for subject in (directory, workdays, reminders, logs, requests, ranking, summaries)
        for job in subject.jobs(world)
    )
