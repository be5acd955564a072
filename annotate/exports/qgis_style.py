"""Styles in which QGIS opens an export (QML): markers by evidence, labelled with the type, turned by heading.

The rules exclude each other, as QGIS draws every rule that matches.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from annotate.exports.coverage_areas import KIND_WORDS, CoverageKind
from annotate.exports.drawing import (
    COLOURS,
    COVERAGE_COLOURS,
    DISPUTED_COLOUR,
    RENDERED,
    RENDERED_COLOUR,
)

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
BEGINS, ENDS = "begins", "ends"  # fields with the first and the last moment of an entry
_HOLLOW = "255,255,255,0"
_FROM_EXPRESSION = "3"  # QgsProperty::ExpressionBasedProperty
_NOT_SEEN = "CASE WHEN \"evidence\" <> 'seen' THEN ' (' || \"evidence\" || ')' ELSE '' END"
_MARKER_LABEL = (
    "coalesce(\"type\", 'unknown type') || "
    f"CASE WHEN \"rendered\" THEN ' {RENDERED}' ELSE '' END || {_NOT_SEEN}"
)
_LINE_LABEL = f"coalesce(\"type\", 'unknown type') || {_NOT_SEEN}"
# An arrow points to the nose; where nose and tail could be swapped a bar has no point; a dot says neither.
_SHAPE = "CASE WHEN \"heading_deg\" IS NULL THEN 'circle' WHEN \"heading_sure\" THEN 'arrow' ELSE 'line' END"
_UNSURE = '"heading_deg" IS NOT NULL AND NOT "heading_sure"'  # whose bar is all outline


class _Rule(NamedTuple):
    """Which entries, their name in the legend, and the layer of the symbol that draws them."""

    filter: str
    label: str
    layer: ET.Element


def sighting_style() -> str:
    """Return the style of markers: filled where seen, hollow where reported or rendered."""
    rules = [
        _Rule(
            '"evidence" = \'seen\' AND NOT "rendered"',
            "seen in an image",
            _turned(COLOURS["seen"], "#ffffff"),
        ),
        _Rule(
            '"evidence" = \'seen\' AND "rendered"',
            f"{RENDERED} scene, not a photograph",
            _turned(_HOLLOW, RENDERED_COLOUR),
        ),
        _Rule("\"evidence\" = 'reported'", "reported", _hollow("diamond", COLOURS["reported"])),
        _Rule("\"evidence\" = 'inferred'", "inferred", _hollow("pentagon", COLOURS["inferred"])),
    ]
    return _style("marker", rules, _MARKER_LABEL)


def box_style() -> str:
    """Return the style of boxes: an outline in the colour of their evidence."""
    rules = [
        _Rule('NOT "rendered"', "seen in an image", _outline(COLOURS["seen"])),
        _Rule('"rendered"', f"{RENDERED} scene, not a photograph", _outline(RENDERED_COLOUR)),
    ]
    return _style("fill", rules, None)


def coverage_style() -> str:
    """Return the style of areas: outlined where searched, tinted where seen, hatched where nothing shows."""
    patterns: dict[CoverageKind, str] = {
        "searched": "no",
        "seen": "solid",
        "hidden": "b_diagonal",
        "cloud": "f_diagonal",
    }
    rules = [
        _Rule(f"\"kind\" = '{kind}'", KIND_WORDS[kind], _fill(pattern, COVERAGE_COLOURS[kind]))
        for kind, pattern in patterns.items()
    ]
    return _style("fill", rules, None)


def movement_style() -> str:
    """Return the style of lines between airfields: dashed where reported, dotted where inferred."""
    rules = [
        _Rule("\"evidence\" = 'reported'", "reported", _line(COLOURS["reported"], "dash")),
        _Rule("\"evidence\" = 'inferred'", "inferred", _line(COLOURS["inferred"], "dot")),
    ]
    return _style("line", rules, _LINE_LABEL)


def _style(kind: str, rules: list[_Rule], label: str | None) -> str:
    root = ET.Element("qgis", version="3.22.0", styleCategories="Symbology|Labeling|Temporal")
    root.append(_temporal())
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", enableorderby="0")
    tree = ET.SubElement(renderer, "rules", key="all")
    symbols = ET.SubElement(renderer, "symbols")
    for number, rule in enumerate(rules):
        name = str(number)
        ET.SubElement(tree, "rule", key=f"rule-{name}", symbol=name, filter=rule.filter, label=rule.label)
        symbol = ET.SubElement(symbols, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1")
        symbol.append(rule.layer)
    if label is not None:
        root.append(_labels(label, placement="6" if kind == "marker" else "2"))
    ET.SubElement(root, "layerGeometryType").text = {"marker": "0", "line": "1", "fill": "2"}[kind]
    return _DOCTYPE + ET.tostring(root, encoding="unicode")


def _temporal() -> ET.Element:
    """Return what tells QGIS' temporal controller which fields hold the times of a feature."""
    # Qgis::VectorTemporalMode 2: two fields. Qgis::VectorTemporalLimitMode 0: the last moment is no longer
    # part of it, as a day ends where the next begins.
    settings = {"enabled": "1", "mode": "2", "startField": BEGINS, "endField": ENDS, "limitMode": "0"}
    settings |= {"accumulate": "0", "fixedDuration": "0", "durationUnit": "min", "durationField": ""}
    temporal = ET.Element("temporal", settings | {"startExpression": "", "endExpression": ""})
    fixed = ET.SubElement(temporal, "fixedRange")
    ET.SubElement(fixed, "start")
    ET.SubElement(fixed, "end")
    return temporal


def _outline(colour: str) -> ET.Element:
    options = {"color": _HOLLOW, "style": "no", "outline_color": colour, "outline_width": "0.4"}
    return _layer("SimpleFill", options, {})


def _fill(style: str, colour: str) -> ET.Element:
    """Return a fill that what lies on it shows through, by the name of its pattern."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    options = {"color": f"{red},{green},{blue},60", "style": style}
    return _layer("SimpleFill", options | {"outline_color": colour, "outline_width": "0.3"}, {})


def _turned(fill: str, outline: str) -> ET.Element:
    """Return an arrow, a bar or a dot, turned by the heading; its outline shows what is disputed."""
    bar = outline if fill == _HOLLOW else fill
    unless_disputed = f"WHEN {_UNSURE} THEN '{bar}' ELSE '{outline}' END"
    expressions = {
        "name": _SHAPE,
        "angle": 'coalesce("heading_deg", 0)',
        "outlineColor": f"CASE WHEN \"status\" = 'disputed' THEN '{DISPUTED_COLOUR}' {unless_disputed}",
        "outlineWidth": f"CASE WHEN {_UNSURE} THEN 1.4 ELSE 0.3 END",
    }
    return _layer("SimpleMarker", {"color": fill, "size": "7"}, expressions)


def _hollow(shape: str, colour: str) -> ET.Element:
    """Return a shape without direction, for an aircraft that nobody here has seen."""
    options = {"name": shape, "color": _HOLLOW, "outline_color": colour, "outline_width": "0.6", "size": "5"}
    return _layer("SimpleMarker", options, {})


def _line(colour: str, dashes: str) -> ET.Element:
    return _layer("SimpleLine", {"line_color": colour, "line_style": dashes, "line_width": "0.8"}, {})


def _layer(kind: str, options: Mapping[str, str], expressions: Mapping[str, str]) -> ET.Element:
    layer = ET.Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    described = ET.SubElement(layer, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(layer, "prop", k=name, v=value)  # what QGIS before 3.22 reads
        ET.SubElement(described, "Option", type="QString", name=name, value=value)
    _add_properties(layer, "data_defined_properties", expressions)
    return layer


def _add_properties(parent: ET.Element, tag: str, expressions: Mapping[str, str]) -> None:
    """Add a collection of properties set by expressions (QgsPropertyCollection)."""
    collection = ET.SubElement(ET.SubElement(parent, tag), "Option", type="Map")
    ET.SubElement(collection, "Option", type="QString", name="name", value="")
    properties = ET.SubElement(collection, "Option", type="Map", name="properties")
    for name, expression in expressions.items():
        option = ET.SubElement(properties, "Option", type="Map", name=name)
        ET.SubElement(option, "Option", type="bool", name="active", value="true")
        ET.SubElement(option, "Option", type="QString", name="expression", value=expression)
        ET.SubElement(option, "Option", type="int", name="type", value=_FROM_EXPRESSION)
    ET.SubElement(collection, "Option", type="QString", name="type", value="collection")


def _labels(expression: str, placement: str) -> ET.Element:
    # QgsPalLayerSettings::Placement: 6 is around a point, 2 along a line.
    labeling = ET.Element("labeling", type="simple")
    settings = ET.SubElement(labeling, "settings", calloutType="simple")
    text = ET.SubElement(
        settings,
        "text-style",
        fieldName=expression,
        isExpression="1",
        fontFamily="Sans Serif",
        fontSize="8",
        fontSizeUnit="Point",
        textColor="0,0,0,255",
        textOpacity="1",
    )
    ET.SubElement(text, "text-buffer", bufferDraw="1", bufferSize="1", bufferColor="255,255,255,255")
    ET.SubElement(settings, "placement", placement=placement, dist="2", priority="5")
    return labeling
