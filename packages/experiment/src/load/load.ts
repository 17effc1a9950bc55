/**
 * Runs a workload: its clients ask nodes through the router, as all clients do, and what they asked and
 * were told becomes a history. The same lines stand in the recording.
 *
 * A client asks one thing at a time. One that is told "not now" (Maelstrom's error 11) waits a moment;
 * one that has fallen behind its rate does not catch up.
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
  /** As many as the workload has clients. */
  readonly clients: readonly string[];
  /** Calls back with each line of the cluster's history, until the returned function is called. */
  readonly listen: (listener: (entry: HistoryEntry) => void) => () => void;
  /** Aborted when the cluster is closed. */
  readonly signal: AbortSignal;
  /** Brings everything together again, and resolves when nothing waits any more. Null: not asked for. */
  readonly converge: ((reached: Reached) => Promise<void>) | null;
  readonly convergeMs: number;
}

export interface Loaded {
  readonly operations: History['operations'];
  /** True time: when clients began and ceased to ask, final reads aside. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whether all nodes answered the same in the end; null where nobody was asked. */
  readonly agreed: boolean | null;
  readonly reached: Reached;
}

const refusedPauseMs = 20;
const rereadPauseMs = 20;

/** After so many answers it is clear that the program knows nothing of what it is asked. */
const strangeMax = 10;

/** Whether the program is one for this load, as far as its answers tell. */
class Fit {
  /** What it said it does not know, or not in this form (Maelstrom's errors 10 and 12). */
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

  /** Throws BAD_REQUEST where nothing was known, however few were asked. */
  require({ name }: Workload): void {
    if (this.#isKnown || this.#refusals === 0) return;
    const types = [...this.#strange].join(', ');
    throw new FaultlineError(
      'BAD_REQUEST',
      `the program answers nothing that the ${name} load asks: it does not know ${types}, or not in this form (errors 10 and 12)`,
      { workload: name, types: [...this.#strange] },
    );
  }
}

/** Throws CLUSTER_STOPPING where the cluster is closed meanwhile, and BAD_REQUEST where the load is not for its program. */
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

/** The time limit of a call must not include joining. Throws ROUTER_DOWN, and the reason of an aborted signal. */
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
  /** The first of several clients has one operation more where they do not come out even. */
  const last = Math.ceil((operations - client + 1) / clients);
  let dueMs = startMs + (everyMs * (client - 1)) / clients;
  let its: string | undefined;
  for (let n = 1; n <= last; n++) {
    const waitMs = dueMs - performance.now();
    if (Math.max(dueMs, performance.now()) - startMs >= forMs) return;
    if (waitMs > 1) await sleep(waitMs, undefined, { signal });
    signal.throwIfAborted();
    dueMs = Math.max(dueMs, performance.now()) + everyMs;
    // Draw 0 is whom to ask; the script's begin behind it.
    const draw: Draw = (which) => uniform(key, n, which + 1);
    const nodes = await meant(cluster, ask);
    if (nodes === null) {
      await sleep(refusedPauseMs, undefined, { signal });
      continue;
    }
    const request = script.next(n, draw);
    if (request === null) continue;
    // The same one as long as it is there, whoever else comes and goes.
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

/** Those that clients may ask now; null while a selector such as `leader` means nobody. */
async function meant(cluster: Cluster, ask: string): Promise<readonly string[] | null> {
  if (ask === 'own' || ask === 'any') {
    if (cluster.nodes.length > 0) return cluster.nodes.map(({ id }) => id);
    throw new FaultlineError('BAD_REQUEST', 'there is no node to ask');
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
  /** Of what was refused: Maelstrom's. */
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
 * Reads everything of every node until all agree, or the time is over: then the last answers differ,
 * and that is for a check to judge. Whether they agreed; null where there is nothing to read.
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
    // Each client asks its share, one thing at a time.
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

/** Also "there is no such key" is an answer, as long as it is not "not now". */
function finalAnswer({ answer, code }: Asked): string | null {
  if (answer.type === 'ok') return canonical(answer.body);
  const isSaid = answer.type === 'fail' && typeof code === 'number';
  return isSaid && code !== maelstromErrors.temporarilyUnavailable ? `error ${code}` : null;
}

/** Lists in any order, and without what is about the message alone. */
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
