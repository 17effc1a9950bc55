import fs from 'node:fs';
import type { ClusterEvent } from '@faultline/actions';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Recorder } from '../../src/state/recorder.ts';
import { replaceable, restoreFileSystem } from '../helpers/file-system.ts';
import { Folder } from '../helpers/folder.ts';

const reallyWrite = fs.writeSync;
const writeSync = replaceable('writeSync');

afterEach(() => void writeSync.mockReset());
afterAll(restoreFileSystem);

const epoch = { trueMs: 5000, wallMs: Date.UTC(2026, 0, 31, 12) };

class Recording implements Disposable {
  readonly #folder = new Folder();
  nowMs = epoch.trueMs;
  readonly path = this.#folder.at('events.jsonl');
  readonly recorder = new Recorder({ path: this.path, epoch, trueNowMs: () => this.nowMs });

  get lines(): ClusterEvent[] {
    const text = fs.readFileSync(this.path, 'utf8');
    // Readers of the growing file rely on complete lines.
    expect(text === '' || text.endsWith('\n')).toBe(true);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ClusterEvent);
  }

  [Symbol.dispose](): void {
    this.recorder.close();
    this.#folder[Symbol.dispose]();
  }
}

test('an event is in the file, in memory and delivered to listeners as soon as it is recorded', () => {
  using recording = new Recording();
  const received: ClusterEvent[] = [];
  recording.recorder.listen((event) => received.push(event));
  recording.nowMs += 1500.25;
  recording.recorder.record('node.ready', 'n1', { incarnation: 1, afterMs: 7 });
  const event = {
    seq: 1,
    atMs: 1500.25,
    time: '2026-01-31T12:00:01.500Z',
    kind: 'node.ready',
    node: 'n1',
    facts: { incarnation: 1, afterMs: 7 },
  };
  expect(received).toEqual([event]);
  expect(recording.recorder.since(0)).toEqual([event]);
  expect(recording.lines).toEqual([event]);
});

test('an event reported late keeps its own time and its position in the order', () => {
  using recording = new Recording();
  recording.nowMs += 100;
  recording.recorder.record('node.paused', 'n1', {});
  recording.recorder.record('node.resumed', 'n1', {}, epoch.trueMs + 40);
  expect(recording.lines.map(({ seq, kind, atMs }) => [seq, kind, atMs])).toEqual([
    [1, 'node.paused', 100],
    [2, 'node.resumed', 40],
  ]);
});

test('a late listener gets the missed events and none twice', () => {
  using recording = new Recording();
  for (const kind of ['node.added', 'node.paused', 'node.removed'] as const)
    recording.recorder.record(kind, 'n1', {});
  expect(recording.recorder.since(1).map(({ kind }) => kind)).toEqual([
    'node.paused',
    'node.removed',
  ]);
  expect(recording.recorder.since(3)).toEqual([]);
});

test('a listener that stops gets no more events', () => {
  using recording = new Recording();
  const received: string[] = [];
  const stop = recording.recorder.listen(({ kind }) => received.push(kind));
  recording.recorder.record('node.added', 'n1', {});
  stop();
  recording.recorder.record('node.paused', 'n1', {});
  expect(received).toEqual(['node.added']);
});

test('memory keeps the latest thousands, and the file all', () => {
  using recording = new Recording();
  for (let i = 1; i <= 12_000; i++) recording.recorder.record('node.paused', 'n1', {});
  const kept = recording.recorder.since(0);
  expect(kept.length).toBeGreaterThanOrEqual(5000);
  expect(kept.length).toBeLessThanOrEqual(10_000);
  expect(kept.map(({ seq }) => seq)).toEqual(
    Array.from({ length: kept.length }, (_, i) => 12_000 - kept.length + 1 + i),
  );
  expect(recording.lines).toHaveLength(12_000);
});

test('the file is readable by its owner only, and never belongs to another run', () => {
  using recording = new Recording();
  expect(fs.statSync(recording.path).mode & 0o777).toBe(0o600);
  const again = (): Recorder =>
    new Recorder({ path: recording.path, epoch, trueNowMs: () => epoch.trueMs });
  expect(again).toThrow(expect.objectContaining({ code: 'EEXIST' }));
});

test('a full disk ends the file with a complete line and is reported; everything else continues', () => {
  using recording = new Recording();
  const received: string[] = [];
  recording.recorder.listen(({ kind }) => received.push(kind));
  recording.recorder.record('node.added', 'n1', {});
  // The disk writes a part of the line, and then fails.
  writeSync
    .mockImplementationOnce((file, line) =>
      reallyWrite(file, Buffer.from(String(line)).subarray(0, 10)),
    )
    .mockImplementationOnce(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
  recording.recorder.record('node.paused', 'n1', {});
  recording.recorder.record('node.removed', 'n1', {});
  expect(recording.lines.map(({ kind }) => kind)).toEqual(['node.added']);
  const kinds = ['node.added', 'node.paused', 'recording.stopped', 'node.removed'];
  expect(recording.recorder.since(0).map(({ kind }) => kind)).toEqual(kinds);
  expect(received).toEqual(kinds);
  expect(recording.recorder.since(0)[2]!.facts).toEqual({
    reason: 'ENOSPC: no space left on device',
  });
});

test('facts that are too long are replaced by their length, in the file and for listeners', () => {
  using recording = new Recording();
  const received: ClusterEvent[] = [];
  recording.recorder.listen((event) => received.push(event));
  recording.recorder.record('program.event', 'n1', {
    name: 'large',
    data: { text: 'x'.repeat(100_000) },
  });
  const recorded = {
    kind: 'program.event',
    node: 'n1',
    facts: { name: 'large', leftOutBytes: expect.any(Number) },
  };
  expect(received).toMatchObject([recorded]);
  expect(recording.lines).toMatchObject([recorded]);
  expect(recording.recorder.since(0)).toMatchObject([recorded]);
});

test('records the length of facts that are nested too deep to be written', () => {
  using recording = new Recording();
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 100_000; level++) deep = { a: deep };
  recording.recorder.record('program.event', 'n1', { name: 'deep', data: deep });
  expect(recording.lines).toMatchObject([{ facts: { name: 'deep' } }]);
  // {"name":"deep","data":{"a":{"a": … {} … }}}
  expect(recording.lines[0]!.facts.leftOutBytes).toBe(
    '{"name":"deep","data":}'.length + 100_000 * '{"a":}'.length + '{}'.length,
  );
});

test('a line that the disk writes in two parts is one line', () => {
  using recording = new Recording();
  writeSync.mockImplementationOnce((file, line) =>
    reallyWrite(file, Buffer.from(String(line)).subarray(0, 10)),
  );
  recording.recorder.record('node.paused', 'n1', {});
  expect(recording.lines.map(({ kind }) => kind)).toEqual(['node.paused']);
});

test('events may be recorded after it is closed: the end of the last processes', () => {
  using recording = new Recording();
  recording.recorder.close();
  recording.recorder.record('node.paused', 'n1', {});
  expect(recording.recorder.since(0).map(({ kind }) => kind)).toEqual(['node.paused']);
  expect(recording.lines).toEqual([]);
});
