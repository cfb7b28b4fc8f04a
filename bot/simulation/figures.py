"""What was published of 部门协作情况: the index from the tables, the bands as the groups read them."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from bot.sandbox.sandbox import Sandbox
from bot.simulation.checks import Standing
from connectors.chat import ConversationKind
from connectors.sandbox.journal import BOT
from storage.models import Ranking, RankingLine, RankingState, Unit


async def all_published(sandbox: Sandbox, wanted: int) -> bool:
    """Whether so many periods are out."""

    def look(session: Session) -> bool:
        found = session.exec(select(Ranking.id).where(Ranking.state == RankingState.PUBLISHED)).all()
        return len(found) >= wanted

    return await sandbox.service.database.read(look)


async def published(sandbox: Sandbox) -> dict[int, Sequence[Standing]]:
    """By number of the period; the worst band's first row is the last."""
    shown = _bands_shown(sandbox)

    def look(session: Session) -> dict[int, list[tuple[str, str]]]:
        rows = session.exec(
            select(Ranking.number, Unit.name, RankingLine.index)
            .join(RankingLine, col(RankingLine.ranking_id) == col(Ranking.id))
            .join(Unit, col(Unit.id) == col(RankingLine.unit_id))
            .where(Ranking.state == RankingState.PUBLISHED)
            .order_by(col(Ranking.number), col(RankingLine.position))
        )
        found: dict[int, list[tuple[str, str]]] = {}
        for number, unit, index in rows:
            found.setdefault(number, []).append((unit, index))
        return found

    lines = await sandbox.service.database.read(look)
    return {
        number: [Standing(unit, float(index or 0), bands.get(unit, "")) for unit, index in of]
        for (number, of), bands in zip(sorted(lines.items()), shown, strict=True)
    }


def _bands_shown(sandbox: Sandbox) -> list[dict[str, str]]:
    """Unit → band of each publication, oldest first, from the first platform's group."""
    platform = next(iter(sandbox.world.stand_ins))
    found = []
    for entry in sandbox.journal.since():
        card = entry.card
        if entry.platform != platform or entry.author != BOT or card is None:
            continue
        if entry.conversation_kind is ConversationKind.GROUP and "部门协作情况" in card["title"]:
            found.append(
                {
                    unit: key[0]
                    for key, value in card["rows"]
                    if key.endswith("档")
                    for unit in value.split("、")
                }
            )
    return found
