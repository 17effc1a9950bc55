import { FaultlineError } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { openRun, readRun } from '../../recording/src/index.ts';
import { madeRun, plans } from '../../recording/test/helpers/made-run.ts';
import { info, runFolder } from '../../recording/test/helpers/run.ts';
import { TraceFile } from '../../recording/test/helpers/trace-file.ts';
import { requestsOfAll } from '../src/calls.ts';
import {
  beforeInWords,
  buildRun,
  compareFromFiles,
  compareMoments,
  exportFormats,
  partFromFiles,
  type Run,
  type Selection,
  selectedHistory,
} from '../src/index.ts';

const everything = { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
const unbounded = { factsMax: 1e9, historyCharsMax: 1e9 };

const sentMs = (run: Run, message: number): number =>
  run.steps.atMs.get(run.messages.send.get(message));

/** The outcome of a message, without numbers of rows. */
function lifeOf(run: Run, message: number): unknown {
  const { fates, messages, steps } = run;
  return {
    id: run.id(message),
    to: [run.dest(message), run.type(message)],
    request: [messages.msgId.get(message), messages.inReplyTo.get(message)],
    fates: [...run.fatesOf(message)].map((record) => {
      const step = fates.reception.get(record);
      const received =
        step < 0
          ? null
          : [steps.atMs.get(step), run.reception(step), run.outcome(step), steps.endedMs.get(step)];
      return [fates.copy.get(record), run.fate(record), fates.atMs.get(record), received];
    }),
  };
}

function lives(run: Run, fromMs: number, untilMs: number): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (let message = 0; message < run.messageCount; message++) {
    const atMs = sentMs(run, message);
    // The time of a message that no router saw follows from others.
    if (run.isUnseen(message) || atMs < fromMs || atMs > untilMs) continue;
    found.set(run.id(message), lifeOf(run, message));
  }
  return found;
}

/** The pairs of requests sent in the range and their replies, whenever the replies came. */
function answersIn(run: Run, fromMs: number, untilMs: number): Set<string> {
  const found = new Set<string>();
  for (const [reply, request] of requestsOfAll(run).entries()) {
    const atMs = request < 0 ? Number.NaN : sentMs(run, request);
    if (atMs >= fromMs && atMs <= untilMs) found.add(`${run.id(reply)} to ${run.id(request)}`);
  }
  return found;
}

/** Events that programs reported, as a timeline shows them. */
function toldIn(run: Run, selection: Selection): unknown[] {
  const { traceEvents } = JSON.parse([...exportFormats.perfetto(run, selection)].join('')) as {
    traceEvents: { cat?: string; ts: number; args: { data?: unknown } }[];
  };
  const locals = traceEvents.filter(({ cat }) => cat === 'local');
  return locals.map(({ ts, args }) => [ts, args.data]).sort(([a], [b]) => Number(a) - Number(b));
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

test('a part of a run equals the whole run between its moments, and reports where it was cut', async () => {
  let parts = 0;
  await fc.assert(
    fc.asyncProperty(plans, share, share, share, async (plan, from, length, memory) => {
      using folder = madeRun({ ...plan, gone: [0, 0], torn: 0 }).folder;
      const whole = buildRun(await readRun(folder.path));
      const files = await openRun(folder.path);
      const lastMs = whole.lastMs - info.epoch.trueMs;
      const fromMs = from * lastMs;
      const forMs = length * (lastMs - fromMs);
      const factsMax = Math.floor((0.2 + 0.8 * memory) * whole.stepCount);
      const sinceMs = info.epoch.trueMs + fromMs;
      const range = { sinceMs, untilMs: sinceMs + forMs };
      const limits = { ...unbounded, factsMax, marginMs: 0.5 };
      const part = await partFromFiles(files, async () => range, limits);
      if (part.isWhole) return;
      parts++;
      const { run, cutMs } = part;
      const firstMs = cutMs ?? sinceMs;
      expect(firstMs).toBeGreaterThanOrEqual(sinceMs);
      expect(lives(run, firstMs, range.untilMs)).toEqual(lives(whole, firstMs, range.untilMs));
      const selection = { fromMs: firstMs - info.epoch.trueMs, toMs: fromMs + forMs };
      const diagram = (of: Run): string => [...exportFormats.mermaid(of, selection)].join('');
      expect(diagram(run)).toBe(diagram(whole));
      expect([...selectedHistory(run, selection)]).toEqual([...selectedHistory(whole, selection)]);
      const answers = answersIn(whole, firstMs, range.untilMs);
      expect(answersIn(run, firstMs, range.untilMs)).toEqual(answers);
      expect(toldIn(run, selection)).toEqual(toldIn(whole, selection));
      const rules = (of: Run): unknown =>
        of.rules.map(({ event }) => event).filter(({ atMs }) => atMs <= range.untilMs);
      expect(rules(run)).toEqual(rules(whole));
    }),
    { numRuns: draws(40) },
  );
  expect(parts).toBeGreaterThan(0);
}, 60_000);

test('a recording that fits is read completely, and one whose history does not fit is cut', async () => {
  const steps = Array.from(
    { length: 120 },
    (_, i) => [(i * 7) % 44, 4 + (i % 2), i % 3, i] as const,
  );
  const plan = { steps, fileBytesMax: 1_000_000, gone: [0, 0], torn: 0 } as const;
  using folder = madeRun(plan).folder;
  const files = await openRun(folder.path);
  const whole = await partFromFiles(files, async () => everything, unbounded);
  expect(whole).toMatchObject({ isWhole: true, cutMs: null });
  expect(whole.run.history.length).toBeGreaterThan(10);
  const limits = { ...unbounded, historyCharsMax: 1500 };
  const { run, cutMs } = await partFromFiles(files, async () => everything, limits);
  const selection = { fromMs: cutMs! - info.epoch.trueMs };
  const kept = [...selectedHistory(run, selection)];
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.length).toBeLessThan(whole.run.history.length / 2);
  expect(kept).toEqual([...selectedHistory(whole.run, selection)]);
});

test('a part has the reply to a request sent in it, however late the reply came, and no other later message', async () => {
  const router = new TraceFile()
    .start(1000)
    .fate({ src: 'c1', dest: 'n1', seq: 1, fate: 'delivered', atMs: 1100, msgId: 7 })
    .fate({ src: 'n1', dest: 'c1', seq: 1, fate: 'delivered', atMs: 8900, inReplyTo: 6 })
    .fate({ src: 'n2', dest: 'c1', seq: 1, fate: 'delivered', atMs: 8950, inReplyTo: 7 })
    .fate({ src: 'n1', dest: 'c1', seq: 2, fate: 'delivered', atMs: 9000, inReplyTo: 7 });
  using folder = runFolder({ 'trace-1.bin': router });
  const files = await openRun(folder.path);
  const range = { sinceMs: 1000, untilMs: 1200 };
  const { run } = await partFromFiles(files, async () => range, { ...unbounded, factsMax: 3 });
  expect([...lives(run, 0, Number.POSITIVE_INFINITY).keys()]).toEqual(['c1.1.1', 'n1.1.2']);
  expect(answersIn(run, range.sinceMs, range.untilMs)).toEqual(new Set(['n1.1.2 to c1.1.1']));
});

test('a message to a node that records nothing during the part was delivered and not received', async () => {
  const router = new TraceFile().start(1000);
  for (const name of ['c1', 'n1', 'x1']) router.linkUp(name, 0, 1000);
  router
    .fate({ src: 'c1', dest: 'n1', seq: 1, fate: 'delivered', atMs: 1100 })
    .fate({ src: 'c1', dest: 'n1', seq: 2, fate: 'delivered', atMs: 9000 })
    .fate({ src: 'c1', dest: 'x1', seq: 3, fate: 'delivered', atMs: 9001 });
  // A stopped node: the messages wait in its socket.
  const node = new TraceFile().node('n1').receive('c1', 1, 1101);
  using folder = runFolder({ 'trace-1.bin': router, 'trace-n1.1-1.bin': node });
  const files = await openRun(folder.path);
  const range = { sinceMs: 8990, untilMs: 9010 };
  const limits = { ...unbounded, factsMax: 4, marginMs: 1 };
  const { run } = await partFromFiles(files, async () => range, limits);
  const receptions = ['c1.1.2', 'c1.1.3'].map((id) => {
    const [record = -1] = run.fatesOf(run.findMessage(id));
    return run.fates.reception.get(record) >= 0;
  });
  // x1 has no files: only the delivery of its messages is known.
  expect(receptions).toEqual([false, true]);
});

test('before answers the same from a part of a recording as from all of it, or reports that too much lies between', async () => {
  const said = async (ask: () => Promise<string[]>): Promise<string> => {
    try {
      return (await ask()).join('\n');
    } catch (error) {
      if (!(error instanceof FaultlineError)) throw error;
      return error.code;
    }
  };
  const whichs = fc.tuple(fc.nat(500), fc.nat(20));
  await fc.assert(
    fc.asyncProperty(plans, whichs, fc.integer({ min: 20, max: 200 }), async (plan, which, max) => {
      const { folder, ids } = madeRun({ ...plan, gone: [0, 0], torn: 0 });
      using _ = folder;
      const run = buildRun(await readRun(folder.path));
      const known = ids.filter(
        (id) => run.findMessage(id) >= 0 && !run.isUnseen(run.findMessage(id)),
      );
      const a = known[which[0] % Math.max(1, known.length)] ?? 'n9.1.1';
      const b = known[(which[0] + which[1]) % Math.max(1, known.length)] ?? 'n9.1.2';
      const expected = await said(async () => beforeInWords(run, compareMoments(run, a, b)));
      const files = await openRun(folder.path);
      const limits = { ...unbounded, factsMax: max };
      const answer = await said(async () => {
        const { run, found } = await compareFromFiles(files, a, b, limits);
        return beforeInWords(run, found);
      });
      if (answer !== 'BAD_REQUEST') expect(answer).toBe(expected);
    }),
    { numRuns: draws(40) },
  );
}, 60_000);
