"""Where messages have gone before."""

from sqlmodel import Session, col, select

from storage.models import Address


def apps(session: Session) -> dict[str, str]:
    """Binding → the app that its messages go out through, for programs that are connected to none."""
    query = select(Address.binding, Address.app).where(col(Address.app) != "").distinct()
    return dict(session.exec(query.order_by(Address.binding)).all())
