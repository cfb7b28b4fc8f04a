"""Every subject and every job, one line each."""

from commands.command import Catalogue, World
from commands.cooperation.handlers import SUBJECT as COOPERATION
from commands.decisions.handlers import SUBJECT as DECISIONS
from commands.directory.handlers import SUBJECT as DIRECTORY
from commands.drafts.handlers import SUBJECT as DRAFTS
from commands.extensions.handlers import SUBJECT as EXTENSIONS
from commands.help.handlers import SUBJECT as HELP
from commands.initiatives.handlers import SUBJECT as INITIATIVES
from commands.requests.handlers import SUBJECT as REQUESTS
from commands.requests.jobs import jobs as request_jobs
from commands.tasks.handlers import SUBJECT as TASKS
from commands.undo.handlers import SUBJECT as UNDO
from storage.job_runs import Job

CATALOGUE = Catalogue(
    (TASKS, EXTENSIONS, COOPERATION, REQUESTS, DECISIONS, INITIATIVES, DRAFTS, UNDO, HELP, DIRECTORY)
)


def jobs(world: World) -> tuple[Job, ...]:
    """What the calendar triggers."""
    return (*request_jobs(world),)
