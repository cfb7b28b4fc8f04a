"""Every table, imported in one place so that Alembic sees them all."""

from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

from storage.models.audit import AuditEntry, AuditHead, SecurityEntry  # noqa: E402 - names first
from storage.models.calendar import CalendarDay, Leave, WorkCalendar  # noqa: E402
from storage.models.concerns import Concern, ConcernKind, ConcernState  # noqa: E402
from storage.models.conversation import (  # noqa: E402
    Conversation,
    Draft,
    DraftState,
    PendingQuestion,
    SentCard,
    UndoStep,
)
from storage.models.cooperation import (  # noqa: E402
    Answer,
    ClockDecision,
    CooperationDelivery,
    CooperationRequest,
    CooperationState,
    Urge,
)
from storage.models.extensions import ExtensionRequest, ExtensionState  # noqa: E402
from storage.models.inbox import InboxEntry, InboxState  # noqa: E402
from storage.models.initiative import (  # noqa: E402
    GroupState,
    Initiative,
    InitiativeGroup,
    InitiativeMember,
    InitiativeState,
)
from storage.models.installation import Blob, Installation, Lease, NumberCounter, StoredToken  # noqa: E402
from storage.models.job_run import JobRun, JobState  # noqa: E402
from storage.models.joining import (  # noqa: E402
    BindingCode,
    ClaimState,
    CodeTries,
    JoinRequest,
    JoinState,
    NumberClaim,
    NumberKind,
)
from storage.models.ledger import ExportState, LedgerExport  # noqa: E402
from storage.models.logs import LogKind, WorkLog  # noqa: E402
from storage.models.organisation import Account, AccountKey, Person, Role, RoleGrant, Scope, Unit  # noqa: E402
from storage.models.outbox import Address, AppState, OutboxEntry, OutboxState, Rate  # noqa: E402
from storage.models.ranking import (  # noqa: E402
    HelpFact,
    Objection,
    ObjectionState,
    Ranking,
    RankingLine,
    RankingState,
)
from storage.models.reminder import DigestNote, ReminderSetting, Snooze  # noqa: E402
from storage.models.requests import (  # noqa: E402
    RequestState,
    RequestStep,
    ResourceKind,
    ResourceRequest,
    StepState,
)
from storage.models.summaries import LeaderWords  # noqa: E402
from storage.models.task import (  # noqa: E402
    Attachment,
    Grain,
    HandOver,
    HandOverState,
    Obligation,
    ObligationState,
    Part,
    Progress,
    Task,
    TaskState,
)

metadata = SQLModel.metadata

__all__ = [
    "Account",
    "AccountKey",
    "Address",
    "Answer",
    "AppState",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "BindingCode",
    "Blob",
    "CalendarDay",
    "ClaimState",
    "ClockDecision",
    "CodeTries",
    "Concern",
    "ConcernKind",
    "ConcernState",
    "Conversation",
    "CooperationDelivery",
    "CooperationRequest",
    "CooperationState",
    "DigestNote",
    "Draft",
    "DraftState",
    "ExportState",
    "ExtensionRequest",
    "ExtensionState",
    "Grain",
    "GroupState",
    "HandOver",
    "HandOverState",
    "HelpFact",
    "InboxEntry",
    "InboxState",
    "Initiative",
    "InitiativeGroup",
    "InitiativeMember",
    "InitiativeState",
    "Installation",
    "JobRun",
    "JobState",
    "JoinRequest",
    "JoinState",
    "LeaderWords",
    "Lease",
    "Leave",
    "LedgerExport",
    "LogKind",
    "NumberClaim",
    "NumberCounter",
    "NumberKind",
    "Objection",
    "ObjectionState",
    "Obligation",
    "ObligationState",
    "OutboxEntry",
    "OutboxState",
    "Part",
    "PendingQuestion",
    "Person",
    "Progress",
    "Ranking",
    "RankingLine",
    "RankingState",
    "Rate",
    "ReminderSetting",
    "RequestState",
    "RequestStep",
    "ResourceKind",
    "ResourceRequest",
    "Role",
    "RoleGrant",
    "Scope",
    "SecurityEntry",
    "SentCard",
    "Snooze",
    "StepState",
    "StoredToken",
    "Task",
    "TaskState",
    "UndoStep",
    "Unit",
    "Urge",
    "WorkCalendar",
    "WorkLog",
    "metadata",
]
