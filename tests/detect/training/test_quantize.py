"""A network in eight bits: nearly the same heat, a third of the bytes, and only where OpenVINO runs it."""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest

from detect import MODELS
from detect.detectors.network_file import check_network_file
from detect.detectors.network_runtime import load_network
from detect.detectors.network_weights import weights_of
from detect.training.crop import random_crop
from detect.training.quantize import LEAST_CROPS, quantized
from detect.training.training_picture import rendered_picture
from imagery.errors import UsageError

SHAPE = (1, 3, -1, -1)


@pytest.fixture(scope="module")
def crops() -> np.ndarray:
    picture, rng = rendered_picture(3), np.random.default_rng(2)
    pixels = np.stack([random_crop(picture, rng).pixels for _ in range(LEAST_CROPS + 1)])
    return (pixels.transpose(0, 3, 1, 2) / 255).astype(np.float32)


@pytest.fixture(scope="module")
def in_eight_bits(crops: np.ndarray) -> bytes:
    pytest.importorskip("nncf", reason="needs NNCF (hardstand[train])")
    return quantized(weights_of(MODELS[0]).network.content, crops[:-1])


@pytest.mark.train
@pytest.mark.slow
def test_a_network_in_eight_bits_sees_nearly_the_same(in_eight_bits: bytes, crops: np.ndarray) -> None:
    """On a crop that it was not calibrated with, and of another size than the crops."""
    whole = weights_of(MODELS[0]).network.content
    assert len(in_eight_bits) < 0.4 * len(whole)
    check_network_file(in_eight_bits)
    wide = np.concatenate([crops[-1:], crops[-1:, :, :, ::-1]], axis=3)
    heats = [load_network(content, "openvino", SHAPE)(wide)[0][0, 0] for content in (whole, in_eight_bits)]
    assert heats[0].shape == (wide.shape[2] // 4, wide.shape[3] // 4)
    assert np.abs(heats[0] - heats[1]).mean() < 0.3
    assert np.corrcoef(heats[0].ravel(), heats[1].ravel())[0, 1] > 0.98


@pytest.mark.train
@pytest.mark.slow
def test_the_number_of_threads_changes_no_bit_in_eight_bits(in_eight_bits: bytes, crops: np.ndarray) -> None:
    outputs, before = set(), cv2.getNumThreads()
    try:
        for threads in (1, 2, 3):
            cv2.setNumThreads(threads)
            outputs.add(load_network(in_eight_bits, "openvino", SHAPE)(crops[-1:])[0].tobytes())
    finally:
        cv2.setNumThreads(before)
    assert len(outputs) == 1


@pytest.mark.train
@pytest.mark.slow
def test_the_same_crops_give_the_same_bytes(in_eight_bits: bytes, crops: np.ndarray) -> None:
    assert quantized(weights_of(MODELS[0]).network.content, crops[:-1]) == in_eight_bits


def test_too_few_crops_are_refused(crops: np.ndarray) -> None:
    with pytest.raises(UsageError, match="`crops` has 31; give at least 32"):
        quantized(b"", crops[:31])


def test_without_nncf_it_says_what_to_install(crops: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nncf", None)
    with pytest.raises(UsageError, match="needs NNCF: pip install"):
        quantized(b"", crops)
