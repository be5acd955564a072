"""The log's tree is that of RFC 9162, and a checkpoint that is not its root is named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from annotate.exports.verify_alone import root_by
from annotate.log.chain import canonical
from annotate.log.checkpoints import add_checkpoint
from annotate.log.entries import Sighting, Verdict
from annotate.log.identity import make_identity
from annotate.log.leaves import Trees, leaf_in_parts, parts_of
from annotate.log.merkle import Frontier, MerkleTree, leaf_hash
from annotate.log.store import open_log
from imagery.errors import UsageError

# Inputs and roots of the tests of Certificate Transparency, by the authors of RFC 6962
# (https://github.com/google/certificate-transparency/blob/master/cpp/merkletree/merkle_tree_test.cc).
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# https://github.com/google/certificate-transparency/blob/master/cpp/merkletree/merkle_tree_test.cc: paths
# of leaf 0 and leaf 2 (their 1 and 3) in trees of eight and three leaves.
PATHS = {
    (0, 8): ("96a296d2", "5f083f0a", "6b47aaf2"),
    (2, 3): ("fac54203",),
}


@pytest.mark.parametrize("size", range(1, 9))
def test_its_roots_are_the_published_ones(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]]
    growing = Frontier()
    for leaf in leaves:
        growing.append(leaf)
    assert MerkleTree(leaves).root.hex() == growing.root.hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert MerkleTree([]).root == Frontier().root == hashlib.sha256().digest()


@pytest.mark.parametrize(("where", "path"), PATHS.items())
def test_its_paths_are_the_published_ones(where: tuple[int, int], path: tuple[str, ...]) -> None:
    index, size = where
    tree = MerkleTree([leaf_hash(bytes.fromhex(data)) for data in INPUTS[:size]])
    assert tuple(sibling.hex()[:8] for sibling in tree.path(index)) == path


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 33])
def test_a_path_leads_to_the_root_from_its_own_leaf_alone(size: int) -> None:
    data = [bytes([number]) for number in range(size)]
    tree = MerkleTree(map(leaf_hash, data))
    for index in range(size):
        path = tree.path(index)
        for other in range(size):
            assert (root_by(data[other], index, size, path) == tree.root) is (other == index)
            assert (root_by(data[index], other, size, path) == tree.root) is (other == index)
        assert root_by(data[index], index, size, [*path, data[index]]) is None
        assert root_by(data[index], size, size, path) is None


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ((3, "0" * 64, None), "its root is not that of the 3 entries before it"),
        ((3, None, "0" * 64), "its root of parts is not that of the 3 entries before it"),
        ((2, None, None), "it is of 2 entries, and 3 are before it"),
    ],
)
def test_a_checkpoint_that_is_not_the_root_is_named(
    forged: tuple[int, str | None, str | None],
    told: str,
    tmp_path: Path,
    reported: Callable[..., Sighting],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ana = make_identity(tmp_path / "ana.json", "ana", None)
    with open_log(tmp_path / "log.db", create=True, identity=ana) as log:
        log.add(reported())
        with log.writing_by_hand() as writer:
            assert add_checkpoint(writer).size == 2
        verified = log.verify()
        assert (verified.problem, verified.checkpoint) == (None, 3)
        roots = Trees.roots

        def forge(trees: Trees) -> tuple[int, ...]:
            true = cast(property, roots).fget
            assert true
            return tuple(
                lie if lie is not None else root for lie, root in zip(forged, true(trees), strict=True)
            )

        with monkeypatch.context() as patch, log.writing_by_hand() as writer:
            patch.setattr(Trees, "roots", property(forge))
            add_checkpoint(writer)
        problem = log.verify().problem
        assert problem
        assert "entry 4 " in problem
        assert told in problem


def test_an_empty_log_has_nothing_to_prove(tmp_path: Path) -> None:
    with (
        open_log(tmp_path / "log.db", create=True) as log,
        log.writing_by_hand() as writer,
        pytest.raises(UsageError, match="no entries"),
    ):
        add_checkpoint(writer)


def test_what_nobody_signed_has_no_parts(tmp_path: Path, reported: Callable[..., Sighting]) -> None:
    with open_log(tmp_path / "log.db", create=True) as log:
        log.add(reported())
        (entry,) = log.entries()
    assert parts_of(entry.kind, entry.payload) is None
    assert leaf_in_parts(entry) == leaf_hash(bytes.fromhex(entry.hash))


def test_the_parts_of_an_entry_are_all_of_it(tmp_path: Path, verdict: Callable[..., Verdict]) -> None:
    ana = make_identity(tmp_path / "ana.json", "ana", None)
    with open_log(tmp_path / "log.db", create=True, identity=ana) as log:
        log.record([verdict(1, note='a "quoted", {odd} [note] \\ \u2028 Ил-76 \U0001f6e9')])
        (sighting,) = log.sightings()
        log.amend(sighting.id, {"type": "A400", "note": 'x,"y":1'}, because="it has {props}", analyst="ana")
        entries = [entry for entry in log.entries() if entry.kind == "sighting"]
    for entry in entries:
        parts = parts_of(entry.kind, entry.payload)
        assert parts
        members: dict[str, object] = {}
        for part in parts.values():
            members |= json.loads(part.text)
        assert canonical(members) == entry.payload
        assert all(canonical(json.loads(part.text)) == part.text for part in parts.values())
        # The same salt nowhere else: equal texts of two entries have different commitments.
        assert len({part.salt for part in parts.values()}) == len(parts)
