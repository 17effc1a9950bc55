import fs from 'node:fs';
import type { ClusterEvent } from '@faultline/protocol';
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
    // Whoever reads the file while it grows relies on whole lines.
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

test('an event is in the file, in memory and with the listeners as soon as it is recorded', () => {
  using recording = new Recording();
  const heard: ClusterEvent[] = [];
  recording.recorder.listen((event) => heard.push(event));
  recording.nowMs += 1500.25;
  recording.recorder.record('node.ready', 'n1', { afterMs: 7 });
  const event = {
    seq: 1,
    atMs: 1500.25,
    time: '2026-01-31T12:00:01.500Z',
    kind: 'node.ready',
    node: 'n1',
    facts: { afterMs: 7 },
  };
  expect(heard).toEqual([event]);
  expect(recording.recorder.since(0)).toEqual([event]);
  expect(recording.lines).toEqual([event]);
});

test('what happened earlier than it was heard of keeps its time, and its place in the order', () => {
  using recording = new Recording();
  recording.nowMs += 100;
  recording.recorder.record('first', null);
  recording.recorder.record('earlier', null, {}, epoch.trueMs + 40);
  expect(recording.lines.map(({ seq, kind, atMs }) => [seq, kind, atMs])).toEqual([
    [1, 'first', 100],
    [2, 'earlier', 40],
  ]);
});

test('who comes late gets what was missed and nothing twice', () => {
  using recording = new Recording();
  for (const kind of ['a', 'b', 'c']) recording.recorder.record(kind, null);
  expect(recording.recorder.since(1).map(({ kind }) => kind)).toEqual(['b', 'c']);
  expect(recording.recorder.since(3)).toEqual([]);
});

test('who stops listening hears no more', () => {
  using recording = new Recording();
  const heard: string[] = [];
  const stop = recording.recorder.listen(({ kind }) => heard.push(kind));
  recording.recorder.record('a', null);
  stop();
  recording.recorder.record('b', null);
  expect(heard).toEqual(['a']);
});

test('memory keeps the latest thousands, and the file all', () => {
  using recording = new Recording();
  for (let i = 1; i <= 25_000; i++) recording.recorder.record('tick', null);
  const kept = recording.recorder.since(0);
  expect(kept.length).toBeGreaterThanOrEqual(5000);
  expect(kept.length).toBeLessThanOrEqual(10_000);
  expect(kept.map(({ seq }) => seq)).toEqual(
    Array.from({ length: kept.length }, (_, i) => 25_000 - kept.length + 1 + i),
  );
  expect(recording.lines).toHaveLength(25_000);
});

test('the file is readable by its owner only, and never that of another run', () => {
  using recording = new Recording();
  expect(fs.statSync(recording.path).mode & 0o777).toBe(0o600);
  const again = (): Recorder =>
    new Recorder({ path: recording.path, epoch, trueNowMs: () => epoch.trueMs });
  expect(again).toThrow(expect.objectContaining({ code: 'EEXIST' }));
});

test('a full disk ends the file with a whole line; the rest goes on and is told of it', () => {
  using recording = new Recording();
  const heard: string[] = [];
  recording.recorder.listen(({ kind }) => heard.push(kind));
  recording.recorder.record('before', null);
  // It takes a part of the line, and then no more.
  writeSync
    .mockImplementationOnce((file, line) =>
      reallyWrite(file, Buffer.from(String(line)).subarray(0, 10)),
    )
    .mockImplementationOnce(() => {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
  recording.recorder.record('during', null);
  recording.recorder.record('after', null);
  expect(recording.lines.map(({ kind }) => kind)).toEqual(['before']);
  const kinds = ['before', 'during', 'recording.stopped', 'after'];
  expect(recording.recorder.since(0).map(({ kind }) => kind)).toEqual(kinds);
  expect(heard).toEqual(kinds);
  expect(recording.recorder.since(0)[2]!.facts).toEqual({
    reason: 'ENOSPC: no space left on device',
  });
});

test('of facts that are too long their length is told, to the file as to those who listen', () => {
  using recording = new Recording();
  const heard: ClusterEvent[] = [];
  recording.recorder.listen((event) => heard.push(event));
  recording.recorder.record('large', 'n1', { text: 'x'.repeat(100_000) });
  const told = { kind: 'large', node: 'n1', facts: { leftOutBytes: expect.any(Number) } };
  expect(heard).toMatchObject([told]);
  expect(recording.lines).toMatchObject([told]);
  expect(recording.recorder.since(0)).toMatchObject([told]);
});

test('a line that the disk takes in two parts is one line', () => {
  using recording = new Recording();
  writeSync.mockImplementationOnce((file, line) =>
    reallyWrite(file, Buffer.from(String(line)).subarray(0, 10)),
  );
  recording.recorder.record('whole', null);
  expect(recording.lines.map(({ kind }) => kind)).toEqual(['whole']);
});

test('events may be recorded after it is closed: the end of the last processes', () => {
  using recording = new Recording();
  recording.recorder.close();
  recording.recorder.record('late', null);
  expect(recording.recorder.since(0).map(({ kind }) => kind)).toEqual(['late']);
  expect(recording.lines).toEqual([]);
});
