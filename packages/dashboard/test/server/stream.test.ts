/** The stream, with a recording and a page that are made by hand. */
import { setImmediate as turn } from 'node:timers/promises';
import { type FateEvent, messageId, type RunInfo, type TraceEvent } from '@faultline/protocol';
import type { RunFiles } from '@faultline/recording';
import { expect, test } from 'vitest';
import { decodeChunk } from '../../src/contract/frames.ts';
import { type FromServer, unacknowledgedBytesMax } from '../../src/contract/messages.ts';
import { RunStream } from '../../src/server/stream.ts';

const epochMs = 1000;

const fate = (seq: number): FateEvent => ({
  kind: 'fate',
  id: messageId('n1', 1, seq),
  src: 'n1',
  dest: `n${2 + (seq % 3)}`,
  type: 'gossip',
  isReply: false,
  incarnation: 1,
  seq,
  copy: 0,
  fate: 'delivered',
  rules: seq === 7 ? ['r1', 'r2'] : [],
  ordinal: seq,
  bodyBytes: 12,
  arrivedMs: epochMs + seq,
  atMs: epochMs + seq + 0.5,
});

/** A run that is over, unless it is live. */
function recordingOf(count: number, { isLive = false } = {}): RunFiles {
  return {
    run: { epoch: { trueMs: epochMs, wallMs: 0 } } as RunInfo,
    isOver: async () => !isLive,
    follow: () => ({ next: async () => ({ events: [], entries: [] }) }),
    async *facts() {
      for (let seq = 0; seq < count; ) {
        const batch: TraceEvent[] = [];
        while (batch.length < 4096 && seq < count) batch.push(fate(seq++));
        yield batch;
      }
    },
  } as unknown as RunFiles;
}

class Page {
  readonly words: string[] = [];
  readonly rows: { seq: number; dest: string; rules: string; atMs: number; sentMs: number }[] = [];
  readonly said: string[] = [];
  acknowledgedBytes = 0;
  receivedBytes = 0;
  behindMs: number | undefined;
  #wake = (): void => {};

  send(frame: string | Uint8Array): void {
    if (typeof frame === 'string') {
      const message = JSON.parse(frame) as FromServer;
      this.said.push(message.is);
      if (message.is === 'words') this.words.push(...message.words);
      if (message.is === 'progress') this.behindMs = message.behindMs;
      return;
    }
    this.receivedBytes += frame.byteLength;
    const { table, rows, columns } = decodeChunk(frame.buffer as ArrayBuffer);
    if (table !== 'fates') return;
    for (let row = 0; row < rows; row++) {
      this.rows.push({
        seq: columns.seq[row]!,
        dest: this.words[columns.dest[row]!]!,
        rules: this.words[columns.rules[row]!]!,
        atMs: columns.atMs[row]!,
        sentMs: columns.sentMs[row]!,
      });
    }
  }

  acknowledge(): void {
    this.acknowledgedBytes = this.receivedBytes;
    this.#wake();
  }

  acknowledged(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

test('a page gets every fate once and in order, with words that it knows and times since the run began', async () => {
  const page = new Page();
  const { signal } = new AbortController();
  await new RunStream(recordingOf(10_000), page, signal).send();
  expect(page.rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
  expect(page.rows[7]).toEqual({
    seq: 7,
    dest: 'n3',
    rules: 'r1,r2',
    atMs: 7.5,
    sentMs: Number.NaN,
  });
  expect(page.said[0]).toBe('run');
  expect(page.said.slice(-2)).toEqual(['caughtUp', 'over']);
});

test('a page that acknowledges nothing gets a bounded part, and the rest once it does', async () => {
  const count = 700_000;
  const page = new Page();
  const sending = new RunStream(recordingOf(count), page, new AbortController().signal).send();
  let before = -1;
  while (page.receivedBytes !== before) {
    before = page.receivedBytes;
    for (let n = 0; n < 100; n++) await turn();
  }
  expect(page.receivedBytes).toBeGreaterThan(unacknowledgedBytesMax);
  expect(page.receivedBytes).toBeLessThan(unacknowledgedBytesMax * 1.5);
  expect(page.said).not.toContain('over');
  let isDone = false;
  void sending.then(() => {
    isDone = true;
  });
  while (!isDone) {
    page.acknowledge();
    await turn();
  }
  expect(page.rows.length).toBe(count);
});

test('a page that leaves ends the stream', async () => {
  const page = new Page();
  const leaving = new AbortController();
  const sending = new RunStream(recordingOf(700_000), page, leaving.signal).send();
  while (page.receivedBytes <= unacknowledgedBytesMax) await turn();
  leaving.abort();
  page.acknowledge();
  await sending;
  expect(page.said).not.toContain('over');
});

test('reports to a live page how far it is behind', async () => {
  const page = new Page();
  const leaving = new AbortController();
  const sending = new RunStream(
    recordingOf(700_000, { isLive: true }),
    page,
    leaving.signal,
  ).send();
  while (page.receivedBytes <= unacknowledgedBytesMax) await turn();
  page.behindMs = undefined;
  while (page.behindMs === undefined) await turn();
  // The facts are from the beginning of the machine's time, so its uptime is about what is missing.
  expect(page.behindMs).toBeGreaterThan(1000);
  leaving.abort();
  page.acknowledge();
  await sending;
});
