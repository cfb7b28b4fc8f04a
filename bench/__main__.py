"""``make bench``: what the design promises, measured on this machine, as ratios where machines differ.

Each line: what, the figure, what must hold, what we aim for. Ends with 1 when a *must* does not hold.
"""

import sys
from collections.abc import Callable, Iterator

from bench import fanout, ingest, outbox, ranking, reminders, serving, understanding


class Report:
    def __init__(self) -> None:
        self.broken = 0

    def line(
        self, what: str, figure: str, *, holds: bool | None = None, must: str = "", aim: str = ""
    ) -> None:
        mark = {True: "ok", False: "NO", None: "--"}[holds]
        self.broken += holds is False
        bounds = f"{'must ' + must if must else '':<18} {'aim ' + aim if aim else ''}".rstrip()
        print(f"{mark}  {what:<62} {figure:>12}   {bounds}")


def _ingest(report: Report) -> None:
    found = ingest.measure()
    report.line("bare handler, requests a second", f"{found.bare.per_second:,.0f}")
    report.line("signed Feishu message to its committed answer, a second", f"{found.ours.per_second:,.0f}")
    report.line(
        "  ÷ the bare handler", f"{found.ratio:.3f}", holds=found.ratio >= 0.03, must="≥ 0.03", aim="≥ 0.07"
    )
    late = found.at_half_load.p99_ms
    report.line(
        "  time to 200 at half that load, p99",
        f"{late:.1f} ms",
        holds=late < 100,
        must="< 100 ms",
        aim="< 20 ms",
    )
    failed = found.ours.failed + found.at_half_load.failed
    report.line("  answers other than 200", f"{failed}", holds=failed == 0, must="0")


def _understanding(report: Report) -> None:
    large, small = understanding.reading(), understanding.reading(people=500, units=30)
    median = large.median_us
    report.line(
        "one sentence, 5,000 people, median",
        f"{median:.0f} µs",
        holds=median < 500,
        must="< 500 µs",
        aim="< 100 µs",
    )
    report.line("  p99", f"{large.p99_us:.0f} µs")
    report.line("  ÷ with 500 people", f"{median / small.median_us:.2f}")
    slow = large.longest_ms
    report.line("  the slowest of 2,000 characters", f"{slow:.1f} ms", holds=slow < 50, must="< 50 ms")


def _outgoing(report: Report) -> None:
    report.line("heads of a lane, 100,000 due", f"{outbox.heads().median_ms:.1f} ms")
    report.line("messages sent a second, no rate", f"{outbox.throughput().per_second:,.0f}")
    wait = outbox.answer_wait()
    report.line(
        "an answer under 10,000 reminders, p99",
        f"{wait.p99_ms:.0f} ms",
        holds=wait.p99_ms < 1000,
        must="< 1000 ms",
    )
    report.line(
        "  reminders sent meanwhile", f"{wait.reminders_sent}", holds=wait.reminders_sent > 0, must="> 0"
    )
    fan = fanout.reminders()
    report.line(
        "reminders for 100,000 people into the outbox",
        f"{fan.seconds:.1f} s",
        holds=fan.seconds < 60,
        must="< 60 s",
        aim="< 10 s",
    )
    chunk = fan.longest_chunk_ms
    report.line("  the longest a job holds the writer", f"{chunk:.0f} ms", holds=chunk < 50, must="< 50 ms")
    report.line(
        "  events meanwhile, p99", f"{fan.event_p99_ms:.0f} ms", holds=fan.event_p99_ms < 100, must="< 100 ms"
    )


def _reminders(report: Report) -> None:
    found = reminders.morning()
    took, chunk = found.seconds, found.longest_chunk_ms
    report.line(
        "the morning cards of 100,000 people, read and made",
        f"{took:.1f} s",
        holds=took < 60,
        must="< 60 s",
        aim="< 10 s",
    )
    report.line("  the longest a job holds the writer", f"{chunk:.0f} ms", holds=chunk < 50, must="< 50 ms")
    late = found.event_p99_ms
    report.line("  events meanwhile, p99", f"{late:.0f} ms", holds=late < 100, must="< 100 ms")
    report.line("  memory grown", f"{found.grown_mb:.0f} MB", holds=found.grown_mb < 50, must="flat")


def _ranking(report: Report) -> None:
    for found in ranking.curve():
        last = found.obligations == 1_000_000
        report.line(
            f"ranking of 1,000 units, {found.obligations:,} obligations, PostgreSQL",
            f"{found.seconds:.1f} s",
            holds=found.seconds < 30 if last else None,
            must="< 30 s" if last else "",
            aim="< 3 s" if last else "",
        )


def _serving(report: Report) -> None:
    found = serving.measure()
    start, rss = found.start_seconds, found.rss_mb
    report.line("serve to the first 200", f"{start:.2f} s", holds=start < 3, must="< 3 s", aim="< 1 s")
    report.line("  resident memory, idle", f"{rss:.0f} MB", holds=rss < 150, must="< 150 MB", aim="< 90 MB")


PARTS: dict[str, Callable[[Report], None]] = {
    "ingest": _ingest,
    "understanding": _understanding,
    "outgoing": _outgoing,
    "reminders": _reminders,
    "ranking": _ranking,
    "serving": _serving,
}


def _chosen(names: list[str]) -> Iterator[Callable[[Report], None]]:
    for name in names or PARTS:
        yield PARTS[name]


def main() -> int:
    """Named parts only, or all of them."""
    report = Report()
    for part in _chosen(sys.argv[1:]):
        part(report)
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
