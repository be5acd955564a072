"""Merkle trees as RFC 9162 (2.1) hashes them: one short path shows that an entry is in a tree of many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node above two others, 32 bytes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows leaf by leaf, in memory that grows with the logarithm of its size.

    Attributes:
        size: Number of leaves.
    """

    def __init__(self) -> None:
        self.size = 0
        self._whole: list[bytes] = []  # roots of whole trees, the largest first

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf, see `leaf_hash`."""
        self._whole.append(leaf)
        self.size += 1
        size = self.size
        while not size & 1:
            right = self._whole.pop()
            self._whole[-1] = node_hash(self._whole[-1], right)
            size >>= 1

    @property
    def root(self) -> bytes:
        """The hash of the tree; SHA-256 of nothing where there are no leaves."""
        if not self._whole:
            return hashlib.sha256().digest()
        root = self._whole[-1]
        for left in reversed(self._whole[:-1]):
            root = node_hash(left, root)
        return root


class MerkleTree:
    """A tree over a number of leaves.

    Attributes:
        root: Its hash; SHA-256 of nothing where there are no leaves.
        size: Number of leaves.
    """

    def __init__(self, leaves: Iterable[bytes]) -> None:
        """Take the hashes of the leaves, see `leaf_hash`."""
        self._levels = [list(leaves)]
        self.size = len(self._levels[0])
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            # A last one without a partner stands for itself one level up.
            self._levels.append([node_hash(*pair) for pair in pairs] + below[len(below) & ~1 :])
        self.root = self._levels[-1][0] if self.size else hashlib.sha256().digest()

    def path(self, index: int) -> list[bytes]:
        """Return the inclusion proof (RFC 9162, 2.1.3) of a leaf: the siblings on the way to the root.

        Args:
            index: Of the leaf, from 0.
        """
        siblings = []
        for level in self._levels[:-1]:
            if (index ^ 1) < len(level):
                siblings.append(level[index ^ 1])
            index >>= 1
        return siblings


def root_by_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which an inclusion proof leads (RFC 9162, 2.1.3.2); None where it is none.

    Args:
        leaf: The hash of the leaf, see `leaf_hash`.
        index: Of the leaf, from 0.
        size: Number of leaves.
        path: As `MerkleTree.path` returns it.
    """
    if not 0 <= index < size:
        return None
    at, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            root = node_hash(sibling, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None
