import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { TraceEvent } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traceMagic } from '../src/format/record.ts';
import { type FactsOptions, factFilter, readFacts } from '../src/index.ts';
import { merge } from '../src/merge.ts';
import { trueNowMs } from '../src/true-time.ts';
import type { Folder } from './helpers/folder.ts';
import { info, runFolder } from './helpers/run.ts';
import { TraceFile } from './helpers/trace-file.ts';

const brief = (fact: TraceEvent): string => {
  switch (fact.kind) {
    case 'fate':
      return `${fact.id} ${fact.fate}`;
    case 'receive':
      return `${fact.id} at ${fact.node}.${fact.incarnation}`;
    case 'handled':
      return `${fact.id} ${fact.outcome}`;
    default:
      return fact.kind;
  }
};

async function facts(folder: Folder, options?: FactsOptions): Promise<string[]> {
  const all: string[] = [];
  for await (const batch of readFacts(folder.path, options)) all.push(...batch.map(brief));
  return all;
}

const routerFile = (from: number, to: number): TraceFile => {
  const file = new TraceFile();
  for (let seq = from; seq <= to; seq++) {
    file.fate({ src: 'n1', dest: 'n2', seq, fate: 'delivered', atMs: 10 * seq });
  }
  return file;
};

test('facts of all writers come in the order of true time', async () => {
  using folder = runFolder({
    'trace-1.bin': routerFile(1, 2),
    'trace-n2.1-1.bin': new TraceFile().node('n2').receive('n1', 1, 11).handled('n1', 1, 15),
    'trace-n2.2-1.bin': new TraceFile().node('n2', 2).receive('n1', 2, 21),
  });
  expect(await facts(folder)).toEqual([
    'n1.1.1 delivered',
    'n1.1.1 at n2.1',
    'n1.1.1 replied',
    'n1.1.2 delivered',
    'n1.1.2 at n2.2',
  ]);
  expect(await facts(folder, { from: 'router' })).toEqual(['n1.1.1 delivered', 'n1.1.2 delivered']);
});

test('facts of each writer keep their order and none is lost, whatever their times', async () => {
  const times = fc.array(fc.array(fc.integer({ min: 0, max: 20 })), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(times, fc.integer({ min: 1, max: 4 }), async (times, size) => {
      const writers = times.map((each, writer) =>
        each.map((atMs, place) => ({ kind: 'start', atMs, writer, place })),
      );
      const sources = writers.map((all) => {
        const left = [...all];
        return async () => (left.length === 0 ? undefined : (left.splice(0, size) as TraceEvent[]));
      });
      const merged: (typeof writers)[number] = [];
      for await (const batch of merge(sources)) merged.push(...(batch as never[]));
      for (const [writer, all] of writers.entries()) {
        expect(merged.filter((fact) => fact.writer === writer)).toEqual(all);
      }
      expect(merged).toHaveLength(writers.flat().length);
      // If every writer's own times rise, so do those of all together.
      if (!times.every((each) => each.every((ms, i) => i === 0 || ms >= each[i - 1]!))) return;
      const all = merged.map(({ atMs }) => atMs);
      expect(all).toEqual([...all].sort((a, b) => a - b));
    }),
  );
});

describe('a damaged recording', () => {
  test('a file torn at any byte yields its complete records, and the next file all of its own', async () => {
    const { bytes } = routerFile(1, 2);
    for (let end = 0; end < bytes.length; end += 7) {
      using folder = runFolder({
        'trace-1.bin': bytes.subarray(0, end),
        'trace-2.bin': new TraceFile().start(99),
      });
      const seen = await facts(folder);
      const whole = seen.length - 1;
      expect(seen).toEqual([...['n1.1.1 delivered', 'n1.1.2 delivered'].slice(0, whole), 'start']);
    }
  });

  test('files that are not recordings, or are of another version, do not affect the others', async () => {
    using folder = runFolder({
      'trace-1.bin': 'garbage that is longer than eight bytes',
      'trace-2.bin': 'FLTRACE\x01 of an earlier version',
      'trace-3.bin': routerFile(1, 1),
      'trace-n1.1-1.bin': '',
      'trace-n2.1-1.bin': traceMagic.subarray(0, 3),
    });
    expect(await facts(folder)).toEqual(['n1.1.1 delivered']);
  });

  test('a file that is deleted while it is read ends there, and the next one is read', async () => {
    using folder = runFolder({
      'trace-1.bin': routerFile(1, 40_000),
      'trace-2.bin': new TraceFile().start(1e9),
    });
    const seen: string[] = [];
    for await (const batch of readFacts(folder.path)) {
      if (seen.length === 0) rmSync(folder.at('trace-1.bin'));
      seen.push(...batch.map(brief));
    }
    expect(seen[0]).toBe('n1.1.1 delivered');
    expect(seen.at(-1)).toBe('start');
    expect(seen.length).toBeLessThan(40_000);
  });

  test('a missing directory is reported as NOT_FOUND', async () => {
    using folder = runFolder({});
    const gone = facts({ path: folder.at('nowhere') } as Folder);
    await expect(gone).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('following', () => {
  test('continues with new facts, in existing and in new files, until the run is over', async () => {
    const { bytes } = routerFile(1, 2);
    using folder = runFolder(
      { 'trace-1.bin': bytes.subarray(0, -5) },
      { ...info, pid: process.pid },
    );
    const seen: string[] = [];
    let caughtUp = 0;
    const steps = [
      () => appendFileSync(folder.at('trace-1.bin'), bytes.subarray(-5)),
      () =>
        writeFileSync(
          folder.at('trace-n2.1-1.bin'),
          new TraceFile().node('n2').receive('n1', 1, 11).bytes,
        ),
      () => {
        // A file appears with its contents, or a reader would find it empty.
        writeFileSync(folder.at('next'), routerFile(3, 3).bytes);
        renameSync(folder.at('next'), folder.at('trace-2.bin'));
      },
      () => appendFileSync(folder.at('events.jsonl'), '{"kind":"cluster.down"}\n'),
    ];
    for await (const batch of readFacts(folder.path, {
      follow: true,
      onCaughtUp: () => {
        caughtUp = seen.length;
        steps.shift()!();
      },
    })) {
      seen.push(...batch.map(brief));
      if (caughtUp > 0) steps.shift()!();
    }
    expect(caughtUp).toBe(1);
    expect(seen).toEqual([
      'n1.1.1 delivered',
      'n1.1.2 delivered',
      'n1.1.1 at n2.1',
      'n1.1.3 delivered',
    ]);
    expect(steps).toEqual([]);
  });

  test('ends if the supervisor is gone without a last event', async () => {
    using folder = runFolder({ 'trace-1.bin': routerFile(1, 1) });
    expect(await facts(folder, { follow: true })).toEqual(['n1.1.1 delivered']);
  });

  test('ends at once when its signal is aborted', async () => {
    using folder = runFolder({ 'trace-1.bin': routerFile(1, 1) }, { ...info, pid: process.pid });
    const stop = new AbortController();
    const seen: string[] = [];
    const options = { follow: true, signal: stop.signal, onCaughtUp: () => stop.abort() };
    for await (const batch of readFacts(folder.path, options)) seen.push(...batch.map(brief));
    expect(seen).toEqual(['n1.1.1 delivered']);
  });
});

test('with a filter of messages, facts of a node pass if they concern a selected message', async () => {
  using folder = runFolder({
    'trace-1.bin': routerFile(1, 2).rule('added', 'r1', 30),
    'trace-n2.1-1.bin': new TraceFile()
      .node('n2')
      .receive('n1', 1, 11)
      .handled('n1', 1, 15)
      .receive('n1', 2, 21),
  });
  const passing = async (filter: Parameters<typeof factFilter>[0]): Promise<string[]> => {
    const accepts = factFilter(filter);
    const seen: string[] = [];
    for await (const batch of readFacts(folder.path)) {
      seen.push(...batch.filter(accepts).map(brief));
    }
    return seen;
  };
  const one = ['n1.1.1 delivered', 'n1.1.1 at n2.1', 'n1.1.1 replied'];
  expect(await passing({ message: 'n1.1.1', facts: true })).toEqual(one);
  expect(await passing({ message: 'n1.1.1/0', facts: true })).toEqual(one);
  expect(await passing({ message: 'n1.1.1/1', facts: true })).toEqual([]);
  expect(await passing({ message: 'n1.1.1' })).toEqual(['n1.1.1 delivered']);
  expect(await passing({})).toEqual(['n1.1.1 delivered', 'n1.1.2 delivered']);
  expect(await passing({ facts: true })).toHaveLength(6);
  expect(await passing({ facts: true, sinceMs: 20 })).toEqual([
    'n1.1.2 delivered',
    'n1.1.2 at n2.1',
    'rule',
  ]);
});

test('facts of a running cluster come up to the moment of the call', async () => {
  const nowMs = trueNowMs();
  const file = new TraceFile().rule('added', 'r1', nowMs).rule('removed', 'r1', nowMs + 60_000);
  const files = { 'trace-1.bin': file };
  using running = runFolder(files, { ...info, pid: process.pid });
  expect(await facts(running)).toHaveLength(1);
  // Of another machine, or of this one before its last boot: its times are not comparable.
  using over = runFolder(files);
  expect(await facts(over)).toHaveLength(2);
  using another = runFolder(files, { ...info, pid: process.pid, processIdentity: 'before' });
  expect(await facts(another)).toHaveLength(2);
});
