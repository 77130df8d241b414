"""The `turncoat` command."""

from __future__ import annotations

import click

from turncoat.cli._common import TurncoatGroup

__all__ = ["main"]


class _Main(TurncoatGroup):
    """The commands, and where the pages lie that their notes cite."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Names the folder in full, on a line of its own: it is elsewhere in each installation."""
        from turncoat._util.places import data_folder

        with formatter.section("Docs (what notes cite as docs/...)"):
            formatter.write(f"  {data_folder('docs')}\n")


@click.group(cls=_Main)
@click.version_option(package_name="turncoat")
def main() -> None:
    """Agentic-misalignment evaluations: scenarios, grading, rates and comparisons."""


main.add_lazy("grade", "turncoat.cli.grade:grade", "Grade stored replies.")
main.add_lazy(
    "validate", "turncoat.cli.validate:validate", "Hold a judge against labels given by people."
)
main.add_lazy(
    "scenario", "turncoat.cli.scenario:scenario", "Make, show, compare, check and try scenarios."
)
main.add_lazy("plan", "turncoat.cli.plan:plan", "What an eval takes and shows, before any call.")
main.add_lazy("rates", "turncoat.cli.rates:rates", "Rates of logs, with intervals.")
main.add_lazy("compare", "turncoat.cli.compare:compare", "Rates of logs beside published ones.")
main.add_lazy("report", "turncoat.cli.report:report", "One page on some logs, with charts.")
main.add_lazy(
    "status", "turncoat.cli.status:status", "What logs still lack, and what completes it."
)
main.add_lazy("effects", "turncoat.cli.effects:effects", "What each factor does to the rate.")
main.add_lazy("sweep", "turncoat.cli.sweep:sweep", "Many evals as one, under one budget.")
main.add_lazy("local", "turncoat.cli.local:local", "Serve a very small model on this machine.")
