"""``hardstand log``: what the log holds, what is added to it by hand, and whether it is what was written."""

from __future__ import annotations

import click

from imagery.cli.group import HardstandGroup

COMMANDS = {
    "list": ("annotate.cli.log_list:list_sightings", "List the sightings that hold now."),
    "show": ("annotate.cli.log_show:show", "Show all that is known of one aircraft or route."),
    "changes": ("annotate.cli.log_changes:changes", "Compare the scenes of an airfield."),
    "timeline": ("annotate.cli.log_timeline:timeline", "Tell an airfield's history in order of time."),
    "add": ("annotate.cli.log_add:add", "Log a sighting that another source reports."),
    "movement": ("annotate.cli.log_movement:movement", "Log and list routes: reported or inferred."),
    "amend": ("annotate.cli.log_amend:amend", "Change what an entry says, by a new entry."),
    "withdraw": ("annotate.cli.log_amend:withdraw", "Say that an entry does not hold, by a new entry."),
    "export": ("annotate.cli.log_export:export", "Write the log for other programs."),
    "import": ("annotate.cli.log_import:import_file", "Take over an export of another log."),
    "verify": ("annotate.cli.log_verify:verify", "Check that every entry is as it was written."),
    "head": ("annotate.cli.log_verify:head", "Print the hash of the latest entry, to publish."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def log() -> None:
    """Read the sighting log, add to it, check it, and hand it on."""
