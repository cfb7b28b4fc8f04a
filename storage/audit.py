"""办理记录: every change leaves an entry in its own transaction; a sealer links the entries.

Order is the order of sealing, not of ids: ids have gaps and become visible out of order. Entries of
one object keep their order, because its row was locked while they were written. What the chain
proves, and what it does not, is said in ``storage/audit_check.py``.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from storage.audit_chain import ERASED, Root, digest_of, link, plain
from storage.audit_check import Verification as Verification  # what people call is here
from storage.audit_check import verify as verify
from storage.dialects import core, insert_into, table
from storage.prepared import Prepared, given

ANNOUNCED = "audit.root"  #: the action of the entry about a root that was given out

_AUDIT = table("audit")
_HEAD = table("audit_head")
_AS_TEXT = json.JSONEncoder(default=plain, ensure_ascii=False, separators=(",", ":"))
_WRITTEN = ("at", "actor", "action", "object", "body", "salt", "digest")
_INSERT = Prepared(sa.insert(_AUDIT).values(given(_AUDIT, _WRITTEN)))


def record(
    session: Session, *, at: datetime, actor: str, action: str, object: str, body: Mapping[str, object]
) -> None:
    """Write one entry in the caller's transaction.

    ``at`` is business time. ``object`` names table and row id (``task:12``): where ``body`` has
    ``after``, its keys that are columns of that table must be what the row now holds (``None``: the
    row is gone); a check compares them. Values are plain ones, dates, aware datetimes and enums.
    """
    text = _AS_TEXT.encode(body)
    salt = secrets.token_hex(16)
    values = {"at": at, "actor": actor, "action": action, "object": object}
    _INSERT.all(core(session), values | {"body": text, "salt": salt, "digest": digest_of(salt, text)})


def seal(session: Session, limit: int = 500) -> int:
    """Link up to ``limit`` unsealed entries; how many there were. The head's row lock lets one seal.

    Called again at once while it returns ``limit``.
    """
    head = _locked_head(session)
    rows = session.execute(
        sa.select(_AUDIT.c.id, _AUDIT.c.at, _AUDIT.c.actor, _AUDIT.c.action, _AUDIT.c.object, _AUDIT.c.digest)
        .where(_AUDIT.c.seal_no.is_(None))
        .order_by(_AUDIT.c.id)
        .limit(limit)
    ).all()
    if not rows:
        return 0
    count, last = head.count, head.hash
    sealed = []
    for row in rows:
        count += 1
        last = link(last, count, *row)
        sealed.append({"entry": row.id, "no": count, "link": last})
    session.execute(
        sa.update(_AUDIT)
        .where(_AUDIT.c.id == sa.bindparam("entry"))
        .values(seal_no=sa.bindparam("no"), hash=sa.bindparam("link")),
        sealed,
    )
    session.execute(sa.update(_HEAD).where(_HEAD.c.id == 1).values(seal_no=count, hash=last))
    return len(rows)


def root(session: Session) -> Root:
    """The end of the chain as sealed so far."""
    row = session.execute(sa.select(_HEAD.c.seal_no, _HEAD.c.hash).where(_HEAD.c.id == 1)).first()
    return Root(row.seal_no, row.hash) if row else Root(0, "")


def announced(session: Session, root: Root, *, at: datetime) -> None:
    """Write down that ``root`` was given out, and which one before it."""
    body = {"count": root.count, "hash": root.hash, "previous": last_announced(session)}
    record(session, at=at, actor="job:audit_root", action=ANNOUNCED, object="audit:root", body=body)


def last_announced(session: Session) -> str | None:
    """The hash given out last; None before the first day."""
    query = (
        sa.select(_AUDIT.c.body)
        .where(_AUDIT.c.object == "audit:root", _AUDIT.c.action == ANNOUNCED)
        .order_by(_AUDIT.c.id.desc())
        .limit(1)
    )
    text = session.execute(query).scalar()
    return json.loads(text)["hash"] if text else None


def erase(session: Session, entries: Iterable[int], *, at: datetime, actor: str, reason: str) -> int:
    """Remove text and salt of ``entries`` (a person's right), leaving one entry that says so.

    The chain still verifies: it holds the digest. Returns how many had text.
    """
    ids = sorted(
        session.scalars(
            sa.update(_AUDIT)
            .where(_AUDIT.c.id.in_(sorted(set(entries))), _AUDIT.c.body.is_not(None))
            .values(body=None, salt=None)
            .returning(_AUDIT.c.id)
        )
    )
    if ids:
        body = {"entries": ids, "reason": reason}
        record(session, at=at, actor=actor, action=ERASED, object=f"audit:{ids[0]}", body=body)
    return len(ids)


def _locked_head(session: Session) -> Root:
    query = sa.select(_HEAD.c.seal_no, _HEAD.c.hash).where(_HEAD.c.id == 1).with_for_update(key_share=True)
    row = session.execute(query).first()
    if row is None:
        fresh = insert_into(session, _HEAD).values(id=1, seal_no=0, hash="")
        session.execute(fresh.on_conflict_do_nothing())
        row = session.execute(query).one()
    return Root(row.seal_no, row.hash)
