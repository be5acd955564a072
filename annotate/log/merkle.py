"""Merkle trees as RFC 9162 (2.1) hashes them: one short path shows that an entry is in a tree of many."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


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
