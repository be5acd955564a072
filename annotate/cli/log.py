"""``hardstand log``: the commands that read the sighting log, add to it, check it and hand it on."""

from __future__ import annotations

import click

from imagery.cli.group import HardstandGroup

COMMANDS = {
    "list": ("annotate.cli.log_list:list_sightings", "List the current sightings."),
    "show": ("annotate.cli.log_show:show", "Tell in words what is known about one aircraft, route or scene."),
    "changes": (
        "annotate.cli.log_changes:changes",
        "Compare each scene of an airfield with the next, stand by stand.",
    ),
    "timeline": (
        "annotate.cli.log_timeline:timeline",
        "List what is known about an airfield, in order of time.",
    ),
    "add": ("annotate.cli.log_add:add", "Log a sighting that another source reports."),
    "movement": (
        "annotate.cli.log_movement:movement",
        "Log and list routes: reported or inferred, never seen.",
    ),
    "amend": ("annotate.cli.log_amend:amend", "Amend a sighting or movement."),
    "withdraw": ("annotate.cli.log_amend:withdraw", "Withdraw a sighting or movement."),
    "export": (
        "annotate.cli.log_export:export",
        "Write the current sightings and movements to a file.",
    ),
    "bundle": ("annotate.cli.log_bundle:bundle", "Write entries with all that proves them."),
    "check": ("annotate.cli.log_verify:check", "Check a bundle of this or another log."),
    "import": ("annotate.cli.log_import:import_file", "Import an export from another log."),
    "verify": ("annotate.cli.log_verify:verify", "Recompute the chain, and name the first entry that fails."),
    "checkpoint": ("annotate.cli.log_checkpoint:checkpoint", "Log what single entries can be proved by."),
    "stamp": ("annotate.cli.log_stamp:stamp", "Have authorities state when all entries were there."),
    "head": ("annotate.cli.log_verify:head", "Print the hash of the latest entry."),
}


@click.group(cls=HardstandGroup, table=COMMANDS)
def log() -> None:
    """Read the sighting log, add to it, check it, and export it."""
