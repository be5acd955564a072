"""``hardstand log timeline``: what the log knows of one airfield, in the order of time."""

from __future__ import annotations

import click

from annotate.cli.options import log_option


@click.command()
@click.argument("icao", metavar="ICAO")
@log_option
@click.option("--json", "as_json", is_flag=True, help="A JSON array, one object for each event.")
def timeline(icao: str, location: str, as_json: bool) -> None:
    """Tell what is known of an airfield in the order of time.

    Scenes with what was seen in them, and scenes without aircraft; apart from these, what others report and
    what is inferred.
    """
    from annotate.cli.json_output import echo_array
    from annotate.cli.printed.timeline import print_timeline
    from annotate.log.store import open_log
    from annotate.query.filters import Filter
    from annotate.query.searched_scenes import searched_scenes
    from annotate.query.timeline import timeline as events_of
    from imagery.airfields import airfield_of

    airfield = airfield_of(icao, "ICAO")
    wanted = Filter(airfields=frozenset({airfield.icao}))
    with open_log(location) as log:
        events = events_of(searched_scenes(log, airfield.icao), wanted.sightings(log), wanted.movements(log))
        name = log.name
    if as_json:
        echo_array(event.to_json() for event in events)
    elif events:
        print_timeline(events)
    else:
        click.echo(f"{name}: nothing is known of {airfield.icao} ({airfield.name})", err=True)
