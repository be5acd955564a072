"""Our labelling interface: what the analyst sees and can say."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from defusedxml import ElementTree as DefusedET

from imagery.aircraft import aircraft_types

IMAGE = "image"
BOXES = "aircraft"
TYPE = "type"
LABEL = "Aircraft"


def labelling_interface() -> str:
    """The project's configuration, Label Studio's XML.

    One box label; for each box a type out of the aircraft table, which may stay unsaid.
    """
    view = ET.Element("View")
    ET.SubElement(view, "Header", value="$title", size="5")
    columns = ET.SubElement(view, "View", style="display: flex; gap: 1em")
    picture = ET.SubElement(columns, "View", style="flex: 1 1 auto; min-width: 0")
    ET.SubElement(picture, "Image", name=IMAGE, value="$image", zoom="true", zoomControl="true")
    # Beside the picture, not below it, so that both are in sight at once.
    controls = ET.SubElement(columns, "View", style="flex: 0 0 15em")
    boxes = ET.SubElement(
        controls, "RectangleLabels", name=BOXES, toName=IMAGE, canRotate="true", fillOpacity="0.1"
    )
    ET.SubElement(boxes, "Label", value=LABEL, background="#00e5ff")
    types = ET.SubElement(
        controls,
        "Taxonomy",
        name=TYPE,
        toName=IMAGE,
        perRegion="true",
        leafsOnly="true",
        maxUsages="1",
        placeholder="Type, if the pixels carry it",
    )
    branches: dict[str, ET.Element] = {}
    for aircraft in aircraft_types().values():
        if aircraft.category not in branches:
            branches[aircraft.category] = ET.SubElement(types, "Choice", value=aircraft.category)
        ET.SubElement(
            branches[aircraft.category],
            "Choice",
            value=f"{aircraft.icao} {aircraft.name}",
            alias=aircraft.icao,
        )
    ET.indent(view)
    return ET.tostring(view, encoding="unicode")


def is_ours(config: str) -> bool:
    """Whether a project's configuration has what push and pull rely on.

    A project owner may add to the interface, so it is not compared word by word: our image, our box label and
    our type tag must be there.
    """
    try:
        view = DefusedET.fromstring(config)
    except (ET.ParseError, ValueError):  # what defusedxml refuses is a ValueError
        return False
    wanted = [("Image", IMAGE), ("RectangleLabels", BOXES), ("Taxonomy", TYPE)]
    named = {(tag.tag, tag.get("name")) for tag in view.iter()}
    labels = {label.get("value") for label in view.iter("Label")}
    return named.issuperset(wanted) and LABEL in labels
