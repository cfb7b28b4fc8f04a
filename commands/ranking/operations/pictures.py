"""A picture is kept as its specification; whoever sends it first has it drawn (``bot/charts.py``)."""

import hashlib
import json
from collections.abc import Mapping

from sqlmodel import Session

from storage.dialects import insert_into, system_time, table

CHART = "chart:"  #: the key of a drawn picture: this and the hash of its specification
SPEC = "spec:"
_BLOB = table("blob")


def keep_spec(session: Session, spec: Mapping[str, object]) -> str:
    """The key under which the drawn picture will be found; the same picture has the same key."""
    text = json.dumps(spec, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    digest = hashlib.sha256(text).hexdigest()
    new = insert_into(session, _BLOB).values(
        key=f"{SPEC}{digest}",
        name="chart.json",
        content_type="application/vnd.vegalite+json",
        size=len(text),
        sha256=digest,
        data=text,
        created_at=system_time(session),
    )
    session.execute(new.on_conflict_do_nothing())
    return f"{CHART}{digest}"
