"""``fleet query`` and ``fleet report``: a dataset is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sipdiag.cli.options import rules_option
from sipdiag.cli.status import FAILED
from sipdiag.cli.streams import complain, say

if TYPE_CHECKING:
    from sipdiag.fleet.alerts import Alert, Rule
    from sipdiag.fleet.query import Answer, Store

F = TypeVar("F", bound=Callable[..., Any])


class DatasetFolder(click.Path):
    """The folder of a dataset, which is on this machine."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder; a URL is none, and its user is told what to do instead."""
        if isinstance(value, str) and "://" in value:
            self.fail(
                f"'{value}' is a URL, and a dataset is a folder: name one on this machine or on storage that is mounted, "
                f"and copy it afterwards (aws s3 sync, gsutil rsync, rclone); DuckDB and Spark read the copy where it lies",
                param,
                ctx,
            )
        return super().convert(value, param, ctx)


def _dataset(function: F) -> F:
    return click.argument("dataset", type=DatasetFolder())(function)


@click.command()
@_dataset
@click.argument("question", metavar="SQL|NAME", required=False)
@click.option(
    "-f", "--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
def query(dataset: Path, question: str | None, form: str) -> int:
    """Ask DATASET in SQL, or by the name of a query; without either, list the queries there are."""
    from sipdiag.fleet.query import QueryError, named, sql_of

    if question is None:
        for one in named().values():
            say(f"{one.name:<16} {one.meaning}")
        return 0
    try:
        answer = _store(dataset).ask(sql_of(question))
    except QueryError as error:
        raise click.ClickException(str(error)) from None
    _print(answer, form)
    return 0


def _store(dataset: Path) -> Store:
    from sipdiag.fleet import journal
    from sipdiag.fleet.manifest import DatasetError
    from sipdiag.fleet.query import Store

    try:
        store = Store(dataset)
    except DatasetError as error:
        raise click.ClickException(str(error)) from None
    left = len(journal.newest(dataset))
    if left:
        complain(
            f"Warning: the rows of {left} inputs are not in Parquet yet: sipdiag fleet compact {dataset}"
        )
    return store


def _print(answer: Answer, form: str) -> None:
    if form == "json":
        from sipdiag.report.text import json_text

        click.echo(
            json_text([dict(zip(answer.columns, map(_plain, row), strict=True)) for row in answer.rows])
        )
    elif form == "csv":
        import csv
        import io

        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows([["" if value is None else _plain(value) for value in row] for row in answer.rows])
        click.echo(text.getvalue(), nl=False)
    else:
        _print_table(answer)


def _print_table(answer: Answer) -> None:
    rows = [["–" if value is None else str(_plain(value)) for value in row] for row in answer.rows]
    widths = [max(map(len, column)) for column in zip(answer.columns, *rows, strict=True)]
    for row in (answer.columns, *rows):
        say("  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip())
    say(f"({len(rows)} rows)")


def _plain(value: Any) -> Any:
    """As JSON and CSV can say it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str | int | float | bool | dict | None) else str(value)


@click.command()
@_dataset
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The page; the reports of example calls go into a folder FILE.calls beside it.",
)
@click.option("--no-examples", is_flag=True, help="Write no reports of example calls.")
@click.option("--title", help="Heading of the page (default: the dataset's name).")
@click.option(
    "--baseline",
    type=DatasetFolder(),
    metavar="DATASET",
    help="Raise an alert for each fault that this dataset does not have.",
)
@click.option(
    "--alert",
    "alerts",
    multiple=True,
    metavar="RULE",
    help="Raise an alert, such as 'ser < 0.4 by carrier min 30' (repeatable).",
)
@click.option(
    "--prometheus",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the measures for Prometheus' node exporter.",
)
@rules_option
def report(
    dataset: Path,
    output: Path | None,
    no_examples: bool,
    title: str | None,
    baseline: Path | None,
    alerts: tuple[str, ...],
    prometheus: Path | None,
    rule_dirs: tuple[Path, ...],
) -> int:
    """Report on DATASET as one page, raise alerts, write measures.

    Each alert is a line of JSON on standard output, and any makes the exit status 1.
    """
    from sipdiag.files import write_file

    if output is None and prometheus is None and not alerts and baseline is None:
        raise click.UsageError("nothing to do: give -o FILE, --alert, --baseline or --prometheus")
    rules = _rules(alerts)
    store = _store(dataset)
    before = _store(baseline) if baseline is not None else None
    found = _raised(store, before, rules)
    if prometheus is not None:
        from sipdiag.fleet.prometheus import render as measures

        write_file(prometheus, [measures(store)])
    if output is not None:
        from sipdiag.fleet.examples import Examples
        from sipdiag.fleet.report import render

        linked = (
            {}
            if no_examples
            else {"linked": Examples(dataset, output.with_suffix(".calls"), tuple(map(str, rule_dirs))).link}
        )
        write_file(
            output, [render(store, title=title or dataset.name, baseline=before, alerts=found, **linked)]
        )
    for alert in found:
        click.echo(
            json.dumps(
                {
                    "alert": alert.alert,
                    "group": alert.group,
                    "value": alert.value,
                    "attempts": alert.attempts,
                    "text": alert.text,
                }
            )
        )
    if output is not None and not found:
        say(f"Report: {output}")
    return FAILED if found else 0


def _rules(texts: tuple[str, ...]) -> list[Rule]:
    from sipdiag.fleet.alerts import AlertError, parse

    try:
        return [parse(text) for text in texts]
    except AlertError as error:
        raise click.BadParameter(str(error)) from None


def _raised(store: Store, baseline: Store | None, rules: list[Rule]) -> list[Alert]:
    from sipdiag.fleet.alerts import new_faults, raised

    return [*raised(store, rules), *(new_faults(store, baseline) if baseline is not None else ())]
