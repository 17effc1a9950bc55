import { FrameWriter } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Inlet, Rounds } from '../src/inlet.ts';
import { Network } from './helpers/network.ts';

const nextRound = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const round = 64 * 1024;

/** An inlet of which every envelope has 1000 bytes, and what it has done. */
class Bench {
  readonly routed: string[] = [];
  isPaused = false;
  readonly inlet: Inlet;

  constructor(rounds: Rounds, name: string) {
    const source = {
      pause: () => {
        expect(this.isPaused).toBe(false);
        this.isPaused = true;
      },
      resume: () => {
        expect(this.isPaused).toBe(true);
        this.isPaused = false;
      },
    };
    this.inlet = new Inlet(rounds, source, (frame, _, at, bytesMax) => {
      let end = at;
      while (end < frame.length && end - at < bytesMax) {
        this.routed.push(`${name} ${frame[end]}`);
        end += 1000;
      }
      return end;
    });
  }

  take(count: number): void {
    const frame = Buffer.alloc(count * 1000);
    for (let i = 0; i < count; i++) frame[i * 1000] = i % 256;
    this.inlet.take(frame, true);
  }
}

test('messages that fit into a round are routed at once, and the socket stays readable', () => {
  const bench = new Bench(new Rounds(), 'n1');
  for (let i = 0; i < 6; i++) bench.take(10);
  expect(bench.routed).toHaveLength(60);
  expect(bench.isPaused).toBe(false);
});

test('a member that sends more waits unread for its next round, without loss or reordering', async () => {
  const rounds = new Rounds();
  const [flood, other] = [new Bench(rounds, 'n1'), new Bench(rounds, 'n2')];
  flood.take(200);
  flood.take(3);
  expect(flood.routed).toHaveLength(66);
  expect(flood.isPaused).toBe(true);
  other.take(1);
  expect(other.routed).toEqual(['n2 0']);
  const seen: number[] = [];
  while (flood.isPaused) {
    await nextRound();
    seen.push(flood.routed.length);
  }
  expect(seen).toEqual([132, 198, 203]);
  const numbers = [...Array(200).keys(), 0, 1, 2];
  expect(flood.routed).toEqual(numbers.map((n) => `n1 ${n}`));
});

test('what a member sent before its connection ended is routed when it ends', () => {
  const bench = new Bench(new Rounds(), 'n1');
  bench.take(200);
  bench.take(3);
  bench.inlet.end();
  expect(bench.routed).toHaveLength(203);
});

test('a frame of many messages does not delay those of another member', async () => {
  await using network = await Network.open({ queueBytesMax: 16e6 });
  const [n2, n3] = [await network.join('n2'), await network.join('n3')];
  const flooder = new WebSocket(`${network.url('n1')}&format=binary`);
  await new Promise((resolve) => flooder.once('open', resolve));
  const writer = new FrameWriter();
  const count = 20_000;
  for (let seq = 1; seq <= count; seq++) writer.append('n1', 'n2', { type: 'flood' }, 1, seq);
  const frame = writer.take();
  expect(frame.length).toBeGreaterThan(10 * round);
  flooder.send(frame);
  await n2.has(1);
  n3.send('n2', 'hello');
  const received = await n2.has(count + 1);
  const at = received.findIndex(({ src }) => src === 'n3');
  expect(at).toBeLessThan(count / 2);
  // All of it arrived, in its order.
  expect(
    network.fates().filter(({ fate, src }) => fate === 'delivered' && src === 'n1'),
  ).toHaveLength(count);
  flooder.close();
});
