/**
 * Runs all checks on their own cluster of one node, in a separate state directory, and takes it down. A
 * client sends; the recording shows the fate of each message.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { readyPrograms } from '@faultline/programs';
import type { FateEvent } from '@faultline/protocol';
import { type Cluster, supervise } from '@faultline/supervisor';
import { type Check, checkLinks, checks, type Observed, type Row } from './checks.ts';

export interface SelfCheck {
  readonly rows: readonly Row[];
  readonly seed: string;
  readonly messages: number;
  readonly allowanceMs: number;
  readonly tookMs: number;
}

const warmUpMessages = 300;
/** Messages sent in one turn: more would be a burst that no real client produces. */
const batch = 25;
const seenMsMax = 15_000;
const callTimeout = '20s';

/**
 * Throws if a cluster cannot start. `signal` ends it early, and leaves nothing behind. `onProgress` gets a
 * description of the current work.
 */
export async function selfCheck(
  seed: string,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<SelfCheck> {
  const startMs = performance.now();
  const stateDir = mkdtempSync(join(tmpdir(), 'faultline-selfcheck-'));
  try {
    const supervised = await supervise({
      stateDir,
      name: 'selfcheck',
      nodes: 1,
      program: 'echo',
      readyPrograms,
      seed,
      signal,
    });
    try {
      const { cluster } = supervised;
      const stop = measureTimers();
      const seen = await observe(cluster, signal, onProgress);
      const allowanceMs = 5 + 2 * stop();
      const sums = await sumsByType(cluster);
      const rows = checks.flatMap((check) => {
        const messages = seen.get(check.name) ?? [];
        const missing = missingRow(check, messages);
        const facts = { messages, sums: sums.get(check.name) ?? {}, seed, allowanceMs };
        return missing === null ? check.judge(facts, check) : [missing];
      });
      const messages = checks.reduce((sum, check) => sum + check.messages, 0);
      return { rows, seed, messages, allowanceMs, tookMs: performance.now() - startMs };
    } finally {
      await supervised.down();
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

/**
 * How late a timer of this process was at most, from now until the returned function is called. It is the
 * maximum, not a quantile: one stall of the machine delays every message that is due during it.
 */
function measureTimers(): () => number {
  let mostLateMs = 0;
  const askedMs = 5;
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    mostLateMs = Math.max(mostLateMs, nowMs - lastMs - askedMs);
    lastMs = nowMs;
  }, askedMs);
  return () => {
    clearInterval(timer);
    return mostLateMs;
  };
}

async function observe(
  cluster: Cluster,
  signal: AbortSignal,
  onProgress: (text: string) => void,
): Promise<ReadonlyMap<string, readonly Observed[]>> {
  // A process spends its first second compiling.
  await send(cluster, { name: 'warm-up', messages: warmUpMessages }, (calls) => Promise.all(calls));
  await cluster.addRules(
    checks.flatMap(({ name, rules }) =>
      rules.map((rule) => ({ ...rule, links: checkLinks, type: name })),
    ),
  );
  for (const [i, check] of checks.entries()) {
    signal.throwIfAborted();
    onProgress(`sending traffic for check ${i + 1} of ${checks.length}, ${check.name}`);
    await send(cluster, check, () => undefined);
  }
  onProgress('waiting for the fates of all messages');
  await sleep(200);
  await cluster.release({ links: checkLinks });
  const endMs = performance.now() + seenMsMax;
  for (;;) {
    const seen = await readSeen(cluster);
    const isAll = checks.every(({ name, messages }) => seen.get(name)?.length === messages);
    if (isAll || performance.now() > endMs) return seen;
    signal.throwIfAborted();
    await sleep(200);
  }
}

/** Sends as many messages as the check needs. The replies do not matter. */
async function send<T>(
  cluster: Cluster,
  { name, messages, padBytes = 1 }: Pick<Check, 'name' | 'messages' | 'padBytes'>,
  done: (calls: Promise<unknown>[]) => T,
): Promise<void> {
  const pad = 'p'.repeat(padBytes);
  const calls: Promise<unknown>[] = [];
  for (let i = 0; i < messages; i++) {
    calls.push(cluster.call('n1', { type: name, pad }, callTimeout).catch(() => {}));
    if (i % batch === batch - 1) await sleep(1);
  }
  await done(calls);
}

/** By check, the messages of which every copy has its final fate. */
async function readSeen(cluster: Cluster): Promise<Map<string, Observed[]>> {
  const limit = 10 * checks.reduce((sum, { messages }) => sum + messages, 0);
  const fates = await cluster.trace({ src: 'c1', dest: 'n1', limit });
  const last = new Map<string, Map<number, FateEvent>>();
  for (const fate of fates) {
    const copies = last.get(fate.id) ?? new Map<number, FateEvent>();
    last.set(fate.id, copies.set(fate.copy, fate));
  }
  const byType = new Map<string, Observed[]>();
  for (const copies of last.values()) {
    const all = [...copies.values()];
    if (all.some(({ fate }) => fate === 'waiting' || fate === 'held')) continue;
    const { type } = all[0]!;
    const seen = byType.get(type) ?? [];
    byType.set(type, seen);
    seen.push({ copies: all });
  }
  return byType;
}

async function sumsByType(
  cluster: Cluster,
): Promise<Map<string, Readonly<Record<string, number>>>> {
  const rules = await cluster.ruleReports();
  return new Map(rules.map(({ spec, report }) => [String(spec.type), report?.sums ?? {}]));
}

function missingRow({ name, messages }: Check, seen: readonly Observed[]): Row | null {
  if (seen.length === messages) return null;
  return {
    check: name,
    asked: `${messages} messages`,
    given: `only ${seen.length} have a final fate within ${seenMsMax / 1000} s`,
    isRight: false,
  };
}
