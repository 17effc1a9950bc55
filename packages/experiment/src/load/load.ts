/**
 * Runs a workload: its clients call nodes through the router, like all clients, and their requests and
 * replies become a history. The recording has the same lines.
 *
 * A client sends one request at a time. After "not now" (Maelstrom's error 11) it waits a moment; if it
 * falls behind its rate, it does not catch up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { deriveKey, uniform } from '@faultline/faults';
import { type History, historyOfEntries } from '@faultline/history';
import {
  asFaultlineError,
  FaultlineError,
  type HistoryEntry,
  maelstromErrors,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { Cluster } from '@faultline/supervisor';
import { abortable } from '../abortable.ts';
import { shapedBy } from '../workloads/shaped.ts';
import {
  type Answer,
  type Draw,
  pick,
  type Request,
  type Workload,
} from '../workloads/workload.ts';
import { type Reached, reachedBy } from './reached.ts';

export interface LoadParts {
  readonly cluster: Cluster;
  readonly seed: string;
  /** One for each client of the workload. */
  readonly clients: readonly string[];
  /** Calls back with each line of the cluster's history, until the returned function is called. */
  readonly listen: (listener: (entry: HistoryEntry) => void) => () => void;
  /** Aborted when the cluster is closed. */
  readonly signal: AbortSignal;
  /** Heals everything, and resolves when no message is in flight. Null: not requested. */
  readonly converge: ((reached: Reached) => Promise<void>) | null;
  readonly convergeMs: number;
}

export interface Loaded {
  readonly operations: History['operations'];
  /** True times of the first and last request, apart from final reads. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether all nodes gave the same answers in the end; null if there were no final reads. */
  readonly agreed: boolean | null;
  readonly reached: Reached;
}

const refusedPauseMs = 20;
const rereadPauseMs = 20;

/** After this many replies it is clear that the program does not support the load. */
const strangeMax = 10;

/** Whether the program supports this load, as far as its replies show. */
class Fit {
  /** Requests that it does not support, or not in this form (Maelstrom's errors 10 and 12). */
  readonly #strange = new Set<string>();
  #refusals = 0;
  #isKnown = false;

  hear({ request, type }: Answer, code: unknown): void {
    if (code === maelstromErrors.notSupported || code === maelstromErrors.malformedRequest) {
      this.#strange.add(request.type);
      this.#refusals++;
    } else if (type !== 'info') this.#isKnown = true;
  }

  get isHopeless(): boolean {
    return !this.#isKnown && this.#refusals >= strangeMax;
  }

  /** Throws BAD_REQUEST if it supported no request, however few there were. */
  require({ name }: Workload): void {
    if (this.#isKnown || this.#refusals === 0) return;
    const types = [...this.#strange].join(', ');
    throw new FaultlineError(
      'BAD_REQUEST',
      `the program supports no request of the ${name} load: it does not know ${types}, or not in this form (errors 10 and 12)`,
      { workload: name, types: [...this.#strange] },
    );
  }
}

/** Throws CLUSTER_STOPPING if the cluster is closed meanwhile, and BAD_REQUEST if its program does not support the load. */
export async function runLoad(workload: Workload, parts: LoadParts): Promise<Loaded> {
  const { listen, clients, signal, converge } = parts;
  const own = new Set(clients);
  const entries: HistoryEntry[] = [];
  const stop = listen((entry) => {
    if (own.has(entry.process)) entries.push(entry);
  });
  let fromMs = trueNowMs();
  let agreed: boolean | null = null;
  let toMs = fromMs;
  let reached: Reached;
  try {
    await joinAll(parts);
    fromMs = trueNowMs();
    const fit = new Fit();
    await Promise.all(clients.map((name, i) => runClient(workload, name, i + 1, parts, fit)));
    fit.require(workload);
    toMs = trueNowMs();
    const asked = entries.filter(({ type }) => type === 'invoke').length;
    reached = reachedBy(workload.pace, asked, toMs - fromMs);
    if (converge !== null) {
      await converge(reached);
      agreed = await readFinally(workload, parts);
    }
  } catch (thrown) {
    throw signal.aborted ? closedMeanwhile(workload) : thrown;
  } finally {
    stop();
  }
  const { operations } = historyOfEntries(entries);
  return { operations: shapedBy(workload, operations), fromMs, toMs, agreed, reached };
}

const joinMsMax = 10_000;

interface Joining extends Pick<LoadParts, 'clients' | 'signal'> {
  readonly cluster: Pick<Cluster, 'join'>;
}

/** Joins first, so that the time limit of a call does not include joining. Throws ROUTER_DOWN, and the reason of an aborted signal. */
export const joinAll = ({ cluster, clients, signal }: Joining): Promise<void> =>
  abortable(cluster.join(clients, joinMsMax), signal);

async function runClient(
  workload: Workload,
  name: string,
  client: number,
  parts: LoadParts,
  fit: Fit,
): Promise<void> {
  const { cluster, seed, signal } = parts;
  const { clients, forMs, operations, everyMs, timeout, ask, seed: own } = workload.pace;
  const key = deriveKey(seed, own, workload.name, String(client));
  const script = workload.script(client);
  const startMs = performance.now();
  /** If operations do not divide evenly, the first clients have one more. */
  const last = Math.ceil((operations - client + 1) / clients);
  let dueMs = startMs + (everyMs * (client - 1)) / clients;
  let its: string | undefined;
  for (let n = 1; n <= last; n++) {
    const waitMs = dueMs - performance.now();
    if (Math.max(dueMs, performance.now()) - startMs >= forMs) return;
    if (waitMs > 1) await sleep(waitMs, undefined, { signal });
    signal.throwIfAborted();
    dueMs = Math.max(dueMs, performance.now()) + everyMs;
    // Draw 0 selects the node; the script's draws follow it.
    const draw: Draw = (which) => uniform(key, n, which + 1);
    const nodes = await meant(cluster, ask);
    if (nodes === null) {
      await sleep(refusedPauseMs, undefined, { signal });
      continue;
    }
    const request = script.next(n, draw);
    if (request === null) continue;
    // The same node as long as it exists, even if others are added and removed.
    if (its === undefined || !nodes.includes(its)) its = nodes[(client - 1) % nodes.length]!;
    const node = ask === 'any' ? pick(nodes, uniform(key, n, 0)) : its;
    const { answer, code } = await askNode(cluster, name, node, request, timeout);
    script.hear?.(answer);
    fit.hear(answer, code);
    if (fit.isHopeless) return;
    if (code === maelstromErrors.temporarilyUnavailable) {
      await sleep(refusedPauseMs, undefined, { signal });
    }
  }
}

/** The nodes that clients may call now; null while a selector such as `leader` matches none. */
async function meant(cluster: Cluster, ask: string): Promise<readonly string[] | null> {
  if (ask === 'own' || ask === 'any') {
    if (cluster.nodes.length > 0) return cluster.nodes.map(({ id }) => id);
    throw new FaultlineError('BAD_REQUEST', 'there is no node to call');
  }
  try {
    return (await cluster.select(ask)).map(({ id }) => id);
  } catch (thrown) {
    if (asFaultlineError(thrown).code === 'BAD_SELECTOR') return null;
    throw thrown;
  }
}

interface Asked {
  readonly answer: Answer;
  /** Maelstrom's error code of a request that was rejected. */
  readonly code?: unknown;
}

async function askNode(
  cluster: Cluster,
  client: string,
  node: string,
  request: Request,
  timeout: string,
): Promise<Asked> {
  try {
    const { body } = await cluster.call(node, { ...request }, timeout, client);
    return { answer: { request, type: 'ok', body } };
  } catch (thrown) {
    const { code, facts } = asFaultlineError(thrown);
    const isRefused = code === 'CALL_REFUSED';
    const isDefinite = code === 'ROUTER_DOWN' || (isRefused && facts.isDefinite === true);
    if (!isRefused && code !== 'CALL_UNKNOWN' && code !== 'ROUTER_DOWN') throw thrown;
    const answer: Answer = { request, type: isDefinite ? 'fail' : 'info', body: {} };
    return { answer, code: facts.errorCode };
  }
}

/**
 * Reads everything from every node until all agree or the time is over; in that case the last answers
 * differ, which a check judges. Returns whether they agreed; null if there is nothing to read.
 */
async function readFinally(workload: Workload, parts: LoadParts): Promise<boolean | null> {
  const { cluster, clients, signal, convergeMs } = parts;
  const { finalReads, pace } = workload;
  if (finalReads.length === 0) return null;
  const endMs = performance.now() + convergeMs;
  for (;;) {
    const nodes = cluster.nodes.filter(({ state }) => state === 'ready').map(({ id }) => id);
    const questions = finalReads.flatMap((request) => nodes.map((node) => ({ node, request })));
    /** Null: no answer. */
    const answers = new Map<Request, Set<string | null>>();
    // Each client sends its share, one request at a time.
    await Promise.all(
      clients.map(async (client, i) => {
        const share = questions.filter((_, at) => at % clients.length === i);
        for (const { node, request } of share) {
          const asked = await askNode(cluster, client, node, request, pace.timeout);
          answers.set(request, (answers.get(request) ?? new Set()).add(finalAnswer(asked)));
        }
      }),
    );
    const disagree = [...answers.values()].some((given) => given.size > 1 || given.has(null));
    if (!disagree || performance.now() >= endMs) return !disagree;
    await sleep(rereadPauseMs, undefined, { signal });
  }
}

/** "There is no such key" is an answer too; "not now" is not. */
function finalAnswer({ answer, code }: Asked): string | null {
  if (answer.type === 'ok') return canonical(answer.body);
  const isSaid = answer.type === 'fail' && typeof code === 'number';
  return isSaid && code !== maelstromErrors.temporarilyUnavailable ? `error ${code}` : null;
}

/** Ignores the order of lists, and fields that belong to the message only. */
function canonical(body: Readonly<Record<string, unknown>>): string {
  const { type: _type, msg_id: _id, in_reply_to: _reply, ...rest } = body;
  return JSON.stringify(rest, (_, value) =>
    Array.isArray(value) ? value.map((each) => JSON.stringify(each)).sort() : value,
  );
}

function closedMeanwhile({ name }: Workload): FaultlineError {
  return new FaultlineError(
    'CLUSTER_STOPPING',
    `the cluster was closed while the ${name} load ran: await \`cluster.load\` before the end of the test`,
  );
}
