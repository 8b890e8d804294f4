"""The command of the demonstration."""

import click

from app import demo
from app.cli import answered, engine, settings
from app.errors import BadUsage


@click.command("demo")
@click.option("--people", default=200, show_default=True, type=click.IntRange(1, 450_000))
@click.option("--seed", default=1, show_default=True)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(1, 65_534),
    help="The site's; the sign-in provider takes the next one.",
)
@click.option("--load-only", is_flag=True, help="Make and load the region, then stop.")
@answered
def run(people: int, seed: int, port: int, load_only: bool) -> None:
    """A synthetic region, a sign-in provider and the site, on this machine."""
    if not settings().is_demo:
        raise BadUsage("the demo runs only with ENVIRONMENT=demo")
    demo.prepare(engine(), settings(), people, seed, click.echo)
    if not load_only:
        demo.serve(settings(), port, click.echo)


COMMANDS = (run,)
