"""The labelling interface takes what we send, and is known again when its owner has added to it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from label_studio_sdk.label_interface import LabelInterface

from annotate.labelstudio.division import review_tasks
from annotate.labelstudio.interface import (
    HELP,
    KEYS,
    SIZE_CLASSES,
    labelling_interface,
    missing_tags,
)
from annotate.log.entries import LIKELIHOOD
from detect.candidate import CandidatesFile
from imagery.aircraft.types import aircraft_types

BOMB = (
    '<!DOCTYPE v [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>'
    "<View>&c;</View>"
)


@pytest.fixture(scope="module")
def interface() -> LabelInterface:
    return LabelInterface(labelling_interface())


def test_label_studios_own_check_finds_no_fault(interface: LabelInterface) -> None:
    assert interface.validate() is None
    assert {"aircraft", "usual", "type", "nose", "likelihood", "reason", "note"} <= set(interface._controls)


def test_the_predictions_of_our_tasks_are_what_the_interface_takes(
    interface: LabelInterface, candidates_of: Callable[..., CandidatesFile]
) -> None:
    """The server checks nothing on import: an unknown label would be shown as a box without one."""
    for task in review_tasks(candidates_of()):
        sent = task.to_json("/data/upload/1/a.jpg")
        (prediction,) = sent["predictions"]
        assert interface.validate_prediction(prediction, return_errors=True) == []
        for region in prediction["result"]:
            assert 0 < region["value"]["width"] <= 100
            assert 0 < region["value"]["height"] <= 100
        asked = set(re.findall(r'[vV]alue="\$(\w+)"', labelling_interface()))
        assert asked == {"image", "facts", "place", "boxes", "around", "others", "usual"}
        assert asked <= sent["data"].keys()


def test_the_check_above_would_find_a_label_the_interface_lacks(
    interface: LabelInterface, candidates_of: Callable[..., CandidatesFile]
) -> None:
    (prediction,) = review_tasks(candidates_of())[0].to_json("a.jpg")["predictions"]
    prediction["result"][0]["value"]["rectanglelabels"] = ["Ship"]
    assert interface.validate_prediction(prediction, return_errors=True)


def test_every_type_of_the_table_can_be_chosen_by_its_icao_designator() -> None:
    config = labelling_interface()
    for icao in aircraft_types():
        assert config.count(f'alias="{icao}"') == 1


def test_our_interface_is_ours_also_with_a_tag_its_owner_added() -> None:
    ours = labelling_interface()
    assert not missing_tags(ours)
    assert not missing_tags(ours.replace("</View>", '<TextArea name="note" toName="image"/></View>', 1))
    assert not missing_tags(f"<!-- mine -->{ours}")


def test_an_interface_of_one_data_key_takes_images_by_upload() -> None:
    """Label Studio refuses to take files into a project whose named tags read two members of a task."""
    named = re.findall(r'<\w+ name="[^>]*? value="\$(\w+)"', labelling_interface())
    assert named == ["image"]


def test_every_word_of_likelihood_and_every_class_of_size_can_be_chosen() -> None:
    config = labelling_interface()
    for word in (*LIKELIHOOD, *SIZE_CLASSES):
        assert config.count(f'alias="{word}"') == 1


def test_no_two_choices_share_a_hot_key() -> None:
    keys = re.findall(r'hotkey="([^"]+)"', labelling_interface())
    assert len(keys) == len(set(keys))
    assert not set(keys) & set("123456789"), "which are those of the types that a task brings"


def test_the_keys_that_the_page_tells_of_are_set() -> None:
    told = {key.lower() for key, _ in HELP}
    assert {key for key, _ in KEYS.values()} <= told
    of_the_interface = {key for key in told if len(key) == 1}
    of_the_script = {"e", "s", "z"}
    assert of_the_interface == {"a", "f", "x", "y"} | of_the_script
    assert of_the_interface - of_the_script <= set(re.findall(r'hotkey="(\w)"', labelling_interface()))
    assert not of_the_script & set(re.findall(r'hotkey="(\w)"', labelling_interface()))


def test_what_is_missing_is_named_as_it_would_have_to_be_written() -> None:
    assert missing_tags(labelling_interface()) == []
    broken = labelling_interface().replace('name="type"', 'name="kind"').replace('"Aircraft"', '"Ship"')
    assert missing_tags(broken) == ['<Taxonomy name="type">', '<Label value="Aircraft">']
    assert missing_tags("no XML") == ["an interface that can be read as XML"]


def test_an_owner_may_take_away_what_is_not_relied_on() -> None:
    """The note, for example: what nobody can say is not said."""
    assert not missing_tags(re.sub(r'<TextArea name="note".*?/>', "", labelling_interface(), flags=re.S))


@pytest.mark.parametrize(
    "other",
    [
        '<View><Image name="image" value="$image"/></View>',
        labelling_interface().replace('name="aircraft"', 'name="ships"'),
        labelling_interface().replace('value="Aircraft"', 'value="Ship"'),
        labelling_interface().replace("Taxonomy", "Choices"),
        labelling_interface().replace("<Image", "<HyperText"),
    ],
    ids=["a bare picture", "boxes of another name", "another label", "no taxonomy", "no picture"],
)
def test_an_interface_that_lacks_what_we_rely_on_is_not_ours(other: str) -> None:
    assert missing_tags(other)


@pytest.mark.parametrize("garbage", ["", "no XML", "<View>", "<View/>", "\x00", "\ud800", "<a>&b;</a>", BOMB])
def test_what_is_no_interface_is_not_ours_and_costs_nothing(garbage: str) -> None:
    """A project's interface comes from the server: an XML bomb in it may not blow up in here."""
    assert missing_tags(garbage)


def test_a_bomb_around_our_own_tags_is_refused_too() -> None:
    assert missing_tags(BOMB.replace("<View>&c;</View>", labelling_interface()))
