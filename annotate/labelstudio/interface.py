"""The labelling interface: what the analyst sees and can say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from defusedxml import ElementTree as DefusedET

from annotate.log.entries import LIKELIHOOD
from detect.measuring.suggested_types import COARSEST_NAMED_M
from imagery.aircraft.types import aircraft_types

# Names of tags, which an annotation's regions refer to.
IMAGE = "image"
BOXES = "aircraft"
USUAL = "usual"
TYPE = "type"
NOSE = "nose"
LIKELY = "likelihood"
REASON = "reason"
OPERATOR = "operator"
TAIL_NUMBER = "tail"
NOTE = "note"
GONE = "gone"

LABEL, HIDDEN, GHOST = "Aircraft", "Cannot see here", "Gone?"
NOSE_RIGHT, NOSE_SWAPPED = "right", "swapped"
NOTHING_THERE = "nothing there"

# Picture and words stand side by side, so that all is in sight at once on a small screen. Another picture of
# the task, such as the surroundings, lies over the tile while it is open: it is no choice of Label Studio's,
# which would be part of the annotation and which undo would remember. The toolbar has a place of its own:
# where it takes it from the picture, Label Studio fits the picture first and then cuts it off at both sides.
STYLE = """
.hs-page { display: flex; gap: 10px; align-items: flex-start; position: relative; }
.hs-picture { flex: 1 1 auto; min-width: 0; position: relative; padding-right: 42px; }
.hs-picture .lsf-toolbar { position: absolute; left: calc(100% + 2px); top: 0; }
.hs-words { flex: 0 0 clamp(250px, 19vw, 360px); max-height: calc(100vh - 122px); overflow-y: auto; }
.hs-words, .hs-words td { font-size: clamp(12px, 0.72vw, 14px); line-height: 1.35; }
.hs-view summary { cursor: pointer; }
.hs-view[open] .hs-sheet { position: absolute; z-index: 5; background: #2c2c2c; overflow: hidden;
  inset: 0 calc(clamp(250px, 19vw, 360px) + 10px) auto 0; height: calc(100vh - 122px); }
.hs-sheet img { max-width: 100%; max-height: calc(100vh - 122px); }
.hs-row { display: flex; align-items: center; gap: 10px; }
.hs-boxes { width: 100%; border-collapse: collapse; }
.hs-words .hs-boxes td { padding: 2px 4px 2px 0; vertical-align: top; border: 0; }
.hs-words .hs-boxes tr { border-top: 1px solid #8884; }
.hs-help { opacity: 0.75; margin-top: 10px; }
.hs-words .lsf-choices, .hs-words .lsf-labels { margin: 4px 0; padding: 0; }
.hs-words .lsf-labels { display: flex; flex-wrap: nowrap; gap: 4px; }
.hs-words .lsf-label { margin: 0; }
.hs-words .lsf-label:nth-child(3) { display: none; } /* what asks whether one is gone: nobody draws that */
.hs-words .lsf-choices_layout_inline { display: flex; gap: 12px; }
.hs-words .lsf-choice, .hs-words .lsf-choice__item { margin: 0; padding: 0; min-height: 0; }
.hs-words .lsf-choice__checkbox { margin: 0; font-size: inherit; line-height: 19px; font-weight: 500; }
.hs-words .lsf-choice__checkbox > span { padding-right: 0; }
.hs-words .lsf-text-area { margin: 3px 0 0 !important; }
.hs-words .lsf-text-area .ant-form-item { margin: 0; }
.hs-words .lsf-text-area form { padding: 0; }
.hs-row > .lsf-text-area, .hs-row > div:has(> .lsf-text-area) { flex: 1 1 0; min-width: 0; }
.hs-words .htx-taxonomy, .hs-words .lsf-taxonomy { width: 100%; }
"""

# Shown while no box is chosen. A drawn box is not chosen by itself: a key meant for it would say nothing.
HELP = (
    ("Space", "submit: all boxes are right as they are (on another server: Ctrl+Enter)"),
    ("Ctrl+Space", "skip"),
    ("Tab", "next box (on another server: Alt+.)"),
    ("1 to 9", "its type, as listed beside the box; 0: none"),
    ("f", "nose and tail are swapped"),
    ("Backspace", "it is not an aircraft"),
    ("Ctrl+A", "all boxes, to give them one type (or Ctrl+click some)"),
    ("z", "zoom to the box, and back"),
    ("e", "stretch the contrast of what is in sight"),
    ("s", "the surroundings"),
    ("Esc", "from a list or text back to the picture"),
    ("a", "draw an aircraft that was missed; click on it to describe it"),
    ("x", "draw where nothing can be seen: cloud, shadow, blur"),
    ("y", "of a box that asks Gone?: yes, nothing stands there"),
    ("b, n", "the same ground in the scene before, and in the next"),
)

_PAGE = """<View className="hs-page">
  <Style>{style}</Style>
  <View className="hs-picture">
    <Image name="{image}" value="$image" zoom="true" zoomControl="true" maxHeight="calc(100vh - 122px)"/>
  </View>
  <View className="hs-words">
    <Markdown value="$facts"/>
    <Markdown value="$place"/>
    <RectangleLabels name="{boxes}" toName="{image}" canRotate="true" fillOpacity="0.05" strokeWidth="2">
      <Label value="{label}" background="#00e5ff" hotkey="a"/>
      <Label value="{hidden}" background="#ff9100" hotkey="x"/>
      <Label value="{ghost}" background="#ff5a50"/>
    </RectangleLabels>
    <Markdown value="$around"/>
    <Markdown value="$others"/>
    <View visibleWhen="region-selected" whenLabelValue="{ghost}">
      <Choices name="{gone}" toName="{image}" perRegion="true" choice="single" showInline="true">
        <Choice value="Gone: nothing stands there" alias="{nothing_there}" hotkey="y"/>
      </Choices>
    </View>
    <View visibleWhen="region-selected">
      <Choices name="{nose}" toName="{image}" perRegion="true" choice="single" showInline="true">
        <Choice value="Nose right" alias="{right}" hotkey="g"/>
        <Choice value="Nose at tail end" alias="{swapped}" hotkey="f"/>
      </Choices>
      <View className="hs-usual">
        <Choices name="{usual}" toName="{image}" perRegion="true" choice="single" Value="$usual">
          <Choice value="{unknown_name}" alias="{unknown}" hotkey="0"/>
        </Choices>
      </View>
      <Taxonomy name="{type}" toName="{image}" perRegion="true" leafsOnly="true"
                dropdownWidth="340px"
                placeholder="Its type, if you can see it">{taxonomy}</Taxonomy>
      <TextArea name="{reason}" toName="{image}" perRegion="true" maxSubmissions="1" editable="true"
                placeholder="Why this type (where it is marked *)"/>
      <Markdown value="&lt;div&gt;How likely is the type? Alt+1 to Alt+7&lt;/div&gt;"/>
      <Choices name="{likely}" toName="{image}" perRegion="true" choice="single"
               layout="select">{likelihood}</Choices>
      <View className="hs-row">
        <TextArea name="{operator}" toName="{image}" perRegion="true" maxSubmissions="1" editable="true"
                  placeholder="Operator"/>
        <TextArea name="{tail}" toName="{image}" perRegion="true" maxSubmissions="1" editable="true"
                  placeholder="Tail number"/>
      </View>
      <TextArea name="{note}" toName="{image}" perRegion="true" maxSubmissions="1" editable="true"
                placeholder="Note"/>
    </View>
    <View visibleWhen="no-region-selected"><Markdown value="$boxes"/><Markdown value={help}/></View>
  </View>
</View>"""


def labelling_interface() -> str:
    """Return a project's configuration, Label Studio's XML.

    There is one box label and, for each box, the optional facts about the aircraft. The types with
    a hot key come from each task, since a project may hold several airfields.
    """
    return _PAGE.format(
        style=STYLE,
        image=IMAGE,
        boxes=BOXES,
        label=LABEL,
        hidden=HIDDEN,
        ghost=GHOST,
        gone=GONE,
        nothing_there=NOTHING_THERE,
        nose=NOSE,
        right=NOSE_RIGHT,
        swapped=NOSE_SWAPPED,
        usual=USUAL,
        unknown=UNKNOWN,
        unknown_name=UNKNOWN_NAME,
        type=TYPE,
        taxonomy=_taxonomy(),
        reason=REASON,
        likely=LIKELY,
        likelihood="".join(
            _choice(f"{word} ({low}-{high} %)", word, hotkey=f"alt+{key}")
            for key, (word, (low, high)) in enumerate(LIKELIHOOD.items(), 1)
        ),
        operator=OPERATOR,
        tail=TAIL_NUMBER,
        note=NOTE,
        help=quoteattr(_help()),
    )


def _help() -> str:
    lines = (f"<b>{key}</b> {does}" for key, does in HELP)
    return f'<div class="hs-help">{"<br>".join(lines)}</div>'


def _taxonomy() -> str:
    """Return the choices of types: the size classes of unknown ones, then the table's by category."""
    branches: dict[str, list[str]] = {}
    for aircraft in aircraft_types().values():
        leaf = _choice(f"{aircraft.icao} {aircraft.name}", aircraft.icao)
        branches.setdefault(aircraft.category, []).append(leaf)
    sizes = [_choice(f"{name}: {span}", name) for name, span in SIZE_CLASSES.items()]
    return _choice(UNKNOWN_NAME, UNKNOWN, children=sizes) + "".join(
        _choice(category, category, children=leaves) for category, leaves in branches.items()
    )


def _choice(value: str, alias: str, *, hotkey: str | None = None, children: list[str] | None = None) -> str:
    key = f" hotkey={quoteattr(hotkey)}" if hotkey else ""
    start = f"<Choice value={quoteattr(value)} alias={quoteattr(alias)}{key}"
    return f"{start}>{''.join(children)}</Choice>" if children else f"{start}/>"


def missing_tags(config: str) -> list[str]:
    """Return the tags that push and pull rely on and a project's configuration lacks.

    A project owner may add to the interface and take away from it, so it is not compared word by word: our
    image, our box label and our type tag must be there.
    """
    try:
        view = DefusedET.fromstring(config)
    except (ET.ParseError, ValueError):  # what defusedxml refuses is a ValueError
        return ["an interface that can be read as XML"]
    named = {(tag.tag, tag.get("name")) for tag in view.iter()}
    wanted = [("Image", IMAGE), ("RectangleLabels", BOXES), ("Taxonomy", TYPE)]
    missing = [f'<{tag} name="{name}">' for tag, name in wanted if (tag, name) not in named]
    if LABEL not in {label.get("value") for label in view.iter("Label")}:
        missing.append(f'<Label value="{LABEL}">')
    return missing


MOST_KEYS = 9  # the digits 1 to 9
# Where nothing was seen yet: at an airport with scheduled flights, and elsewhere.
AIRPORT_TYPES = ("A320", "B738", "A321", "A333", "B77W", "E190", "CRJ9", "AT72", "C25A")
DEFAULT_TYPES = ("C130", "IL76", "A400", "AN12", "A320", "B738", "AT72", "CN35", "MI8")
UNKNOWN, UNKNOWN_NAME = "unknown", "Unknown type"
# By wingspan, as the code letters A to F of ICAO Annex 14, volume I (8th edition, 2018), table 1-1. A limit
# belongs to the class above it. F ends at 80 m; "giant" does not, as the An-225 had 88 m.
SIZE_CLASSES = {
    "light": "span under 15 m",
    "small": "span 15 to 24 m",
    "medium": "span 24 to 36 m",
    "large": "span 36 to 52 m",
    "very large": "span 52 to 65 m",
    "giant": "span 65 m or more",
}
# An airliner of 36 m at the coarsest GSD that types are suggested at, see `detect.measuring.suggested_types`.
FEWEST_PX = 36.0 / COARSEST_NAMED_M
REASON_MARK = "*"  # after a type that takes a reason


def needs_reason(icao: str, gsd_m: float) -> bool:
    """Check whether a type is a finer claim than the pixels of a scene support by themselves.

    That is so where the aircraft's larger side has fewer than 18 pixels, which show little but its size.

    Args:
        icao: Designator; for one that is not in the table only the GSD counts.
        gsd_m: Of the scene, in metres.
    """
    aircraft = aircraft_types().get(icao)
    side_m = max(aircraft.length_m, aircraft.wingspan_m) if aircraft else FEWEST_PX * COARSEST_NAMED_M
    return side_m / gsd_m < FEWEST_PX


def usual_choices(types: Sequence[str], gsd_m: float) -> list[dict[str, Any]]:
    """Return the types with a hot key, as Label Studio takes choices out of a task.

    Args:
        types: ICAO designators; those after the ninth are left out.
        gsd_m: Of the scene, in metres.
    """
    table = aircraft_types()
    choices = []
    for key, icao in enumerate(types[:MOST_KEYS], 1):
        name = f"{icao} {table[icao].name}" if icao in table else icao
        mark = f" {REASON_MARK}" if needs_reason(icao, gsd_m) else ""
        choices.append({"value": name + mark, "alias": icao, "hotkey": str(key)})
    return choices


# Names are Label Studio's. It keeps its own keys for all the rest: Backspace deletes a box, U leaves it.
KEYS = {
    "annotation:submit": ("space", "Submit: all boxes are right as they are"),
    "region:cycle": ("tab", "Next box"),
}


def editor_keymap() -> str:
    """Return our keys as Label Studio's setting ``EDITOR_KEYMAP``, JSON.

    A server that we start gets it by the environment variable of that name. On another server a tile in
    which all is right costs Ctrl+Enter, as long as the analyst does not set the key in their account.
    """
    return json.dumps(
        {name: {"key": key, "mac": key, "description": says} for name, (key, says) in KEYS.items()}
    )
