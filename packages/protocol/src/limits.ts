/**
 * How much of each thing a cluster has at most. Schemas, checks, help and messages derive their numbers
 * from here. A limit that is smaller than it could be says why.
 */

/** Nodes of a cluster. */
export const nodesMax = 500;

/** Nodes for which `vector: auto` keeps vector clocks: a stamp grows with every node. */
export const vectorNodesMax = 16;

/** The last of the names that a client may have, c1 to c9999. */
export const clientNumberMax = 9999;

/**
 * Clients that have called in one run. Fewer than there are names: each keeps a link, with a buffer of
 * 256 KiB at the supervisor and another one at the router.
 */
export const clientsMax = 1000;

/**
 * Clients of one load. Fewer than may call: one is left for the calls of the plan or test itself, and
 * one for commands that are given meanwhile.
 */
export const loadClientsMax = clientsMax - 2;

/** How long a node that starts may take to be ready, unless something else is said. */
export const readyMsDefault = 10_000;

/** Names in one range, such as n1-n500: enough for all nodes or all clients. */
export const rangeNamesMax = Math.max(nodesMax, clientsMax);
