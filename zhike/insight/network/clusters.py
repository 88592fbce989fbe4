"""The graph side of the payment network: which names and accounts are one counterparty, who hangs together, through whom much passes.

Each works on arrays of whole numbers at once. Communities are Leiden's (Traag, Waltman, van Eck 2019), influence is PageRank along the money.
"""

from __future__ import annotations

import graspologic_native
import numpy as np
import rustworkx as rx
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SEED = 7  # the same payments give the same communities
RESOLUTION = 1.0


def joined(left: Ints, right: Ints, count: int) -> Ints:
    """The component of each of `count` things, where `left[i]` and `right[i]` are one; components are numbered from 0."""
    links = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    return connected_components(links, directed=False)[1].astype(np.int64)  # type: ignore[no-any-return]


def circled(left: Ints, right: Ints, count: int) -> NDArray[np.bool_]:
    """Of each of `count` things whether a way along the links from `left[i]` to `right[i]` leads from it back to it."""
    if not count:
        return np.zeros(0, dtype=bool)
    links = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    part = connected_components(links, directed=True, connection="strong")[1]
    return np.asarray(np.bincount(part)[part] > 1)


def communities(payer: Ints, payee: Ints, weight: Floats, count: int) -> Ints:
    """The community of each of `count` parties (R: modularity), whatever way the money went; who deals with nobody is -1."""
    found = np.full(count, -1, dtype=np.int64)
    if not len(payer):
        return found
    one_way = coo_array((weight, (payer, payee)), shape=(count, count)).tocsr()
    both = (one_way + one_way.T).tocsr()
    both.sum_duplicates()
    _quality, members = graspologic_native.leiden_csr(
        both.indptr.astype(np.int64), both.indices.astype(np.int32), both.data.astype(np.float64), count, resolution=RESOLUTION, seed=SEED
    )
    at, community = (np.fromiter(values, dtype=np.int64, count=len(members)) for values in (members.keys(), members.values()))
    found[at] = community
    found[np.diff(both.indptr) == 0] = -1
    return found


def influence(payer: Ints, payee: Ints, weight: Floats, count: int) -> Floats:
    """PageRank: the share of money that would be with each of `count` parties if all went on as it goes. Adds up to 1."""
    graph: rx.PyDiGraph[None, float] = rx.PyDiGraph(multigraph=False)
    graph.add_nodes_from([None] * count)
    graph.add_edges_from(list(zip(payer.tolist(), payee.tolist(), weight.tolist(), strict=True)))
    ranks = rx.pagerank(graph, weight_fn=float) if count else {}
    return np.array([ranks[node] for node in range(count)], dtype=np.float64)
