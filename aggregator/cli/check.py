"""check: what is wrong with the config, before it is in force."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import ConfigError


@click.command()
@command
def check(surroundings: Surroundings) -> None:
    """Say what is wrong with the config, all of it, or that nothing is.

    \b
    Example:  aggregator check --config /etc/aggregator/aggregator.toml
    """
    from aggregator.config import reach
    from aggregator.model.categories import with_wholes

    config = surroundings.read()
    doubled = len(config.source) - len(config.sources)
    outputs = ", ".join(output.name for output in config.outputs)
    say(f"{surroundings.config_path()}: good. {len(config.sources)} sources; outputs: {outputs}.")
    if doubled:
        say(f"{doubled} sources have an address that another one has; each address is visited once.")
    categories = {"", *with_wholes(source.category for source in config.sources)}
    names = {name for source in config.sources for name in (source.key, source.name)}
    for output in config.outputs:
        for unknown in (*(set(output.categories) - categories), *(set(output.sources) - names)):
            say(f'Output {output.name}: no source has the category, name or address "{unknown}".')
    try:
        surroundings.read_whole()
    except ConfigError as error:
        for problem in error.problems:
            say(f"{problem} (here: the service may have it).")
    missing = [source.key for source in config.sources if source.path and not source.path.exists()]
    for key in missing:
        say(f"Source {key}: there is no such file or folder yet.")
    if why := reach.misled(config):
        say(why)
