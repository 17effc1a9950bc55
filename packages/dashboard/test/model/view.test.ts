/** A view against a pass over all rows: the oracle knows no groups, no buckets and no blocks. */
import { fates } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws, drawsAll } from '../../../../test/helpers/draws.ts';
import { copyStatuses } from '../../src/model/copy-status.ts';
import { Links } from '../../src/model/links.ts';
import { viewOf } from '../../src/model/view.ts';
import { columnsOf, type Row } from './chunks.ts';

const delivered = fates.indexOf('delivered');
const lost = fates.indexOf('lost');
const held = fates.indexOf('held');

interface Message {
  readonly src: number;
  readonly dest: number;
  readonly sentMs: number;
  readonly tookMs: number;
  readonly fate: number;
  /** Of one that was held first. */
  readonly wasHeld: boolean;
}

const message: fc.Arbitrary<Message> = fc.record({
  src: fc.integer({ min: 0, max: 2 }),
  dest: fc.integer({ min: 3, max: 4 }),
  sentMs: fc.integer({ min: 0, max: 8000 }).map((eighths) => eighths / 8),
  tookMs: fc.integer({ min: 0, max: 800 }).map((eighths) => eighths / 8),
  fate: fc.oneof(
    { weight: 8, arbitrary: fc.constant(delivered) },
    { weight: 1, arbitrary: fc.constant(lost) },
    { weight: 1, arbitrary: fc.constant(held) },
  ),
  wasHeld: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
});

function linksWith(messages: readonly Message[]): Links {
  const links = new Links();
  const fate = (each: Message, seq: number, number: number): Row<'fates'> => ({
    src: each.src,
    dest: each.dest,
    incarnation: 1,
    seq,
    sentMs: each.sentMs,
    atMs: each.sentMs + each.tookMs,
    fate: number,
  });
  const rows = messages.flatMap((each, seq) => [
    ...(each.wasHeld ? [fate(each, seq, held)] : []),
    fate(each, seq, each.fate),
  ]);
  links.copies.addFates(rows.length, columnsOf('fates', rows));
  return links;
}

const isUnusual = ({ fate, wasHeld }: Message): boolean => fate !== delivered || wasHeld;
const endOf = ({ fate, sentMs, tookMs }: Message): number =>
  fate === held ? Number.POSITIVE_INFINITY : sentMs + tookMs;

/** As the router gets them, or in disorder; so dense that a group is shorter than a bucket, or not. */
const messages = fc
  .record({
    drawn: fc.array(message, { maxLength: 600, size: 'max' }),
    isSorted: fc.boolean(),
    density: fc.constantFrom(1, 512),
  })
  .map(({ drawn, isSorted, density }) => {
    const dense = drawn.map((each) => ({
      ...each,
      sentMs: each.sentMs / density,
      tookMs: each.tookMs / density,
    }));
    return isSorted ? dense.sort((a, b) => a.sentMs - b.sentMs) : dense;
  });

const cases = fc.record({
  messages,
  fromMs: fc.integer({ min: -50, max: 1000 }),
  spanMs: fc.integer({ min: 1, max: 1200 }),
  linesMax: fc.integer({ min: 8, max: 600 }),
});

test('a view draws or counts every copy in its range, and none outside', () => {
  let bucketed = 0;
  let capped = 0;
  fc.assert(
    fc.property(cases, ({ messages, fromMs, spanMs, linesMax }) => {
      const range = { fromMs, toMs: fromMs + spanMs };
      const view = viewOf(linksWith(messages), range, linesMax);
      const inRange = messages.filter(
        (each) => each.sentMs <= range.toMs && endOf(each) >= range.fromMs,
      );
      const unusual = inRange.filter(isUnusual);
      expect(view.unusual).toBe(unusual.length);
      expect(view.usual).toBe(inRange.length - unusual.length);
      const drawn = Array.from({ length: view.lines }, (_, line) => line);
      const lines = drawn.filter((line) => copyStatuses[view.status[line]!] !== 'delivered');
      expect(lines.length).toBe(view.unusualShown);
      if (view.unusual <= linesMax / 2) expect(view.unusualShown).toBe(view.unusual);
      else capped++;
      const stoodFor = drawn
        .filter((line) => !lines.includes(line))
        .reduce((sum, line) => sum + view.count[line]!, 0);
      expect(stoodFor).toBe(view.usual);
      if (view.isWhole) {
        const sent = inRange.map(({ sentMs }) => Math.fround(sentMs - fromMs));
        expect(view.sent.toSorted()).toEqual(Float32Array.from(sent).toSorted());
        expect([...view.count].every((count) => count === 1)).toBe(true);
      } else bucketed++;
    }),
    { numRuns: draws(300), endOnFailure: true },
  );
  if (!drawsAll) return;
  expect(bucketed).toBeGreaterThan(20);
  expect(capped).toBeGreaterThan(20);
});

test.each([
  ['read one by one', 1],
  ['summed up in groups', 64],
])('of the copies of a bucket, %s, the slowest is drawn', (_, density) => {
  const messages = Array.from({ length: 300 * density }, (_, n) => ({
    src: 0,
    dest: 3,
    sentMs: n / density,
    tookMs: n % 20 === 7 ? 90 : 5,
    fate: delivered,
    wasHeld: false,
  }));
  const view = viewOf(linksWith(messages), { fromMs: -1, toMs: 400 }, 20);
  const tookMs = [...view.sent].map((sent, line) => Math.round(view.end[line]! - sent));
  // The last bucket may have too few copies for a slow one.
  expect(tookMs.slice(0, -1).filter((ms) => ms !== 90)).toEqual([]);
  expect(tookMs.length).toBeGreaterThan(5);
});

test('the oldest copies are dropped, the counts keep them, and a view draws the latest', () => {
  const links = new Links(2);
  const rows = 65_536;
  const columns = columnsOf(
    'fates',
    Array.from({ length: rows }, () => ({ dest: 3, incarnation: 1 })),
  );
  columns.fate.fill(delivered);
  columns.fate[0] = lost;
  for (let block = 0; block < 4; block++) {
    for (let n = 0; n < rows; n++) {
      const seq = block * rows + n;
      columns.seq[n] = seq;
      columns.sentMs[n] = seq;
      columns.atMs[n] = seq + 1;
    }
    links.copies.addFates(rows, columns);
  }
  expect(links.copies.firstRow).toBe(2 * rows);
  const view = viewOf(links, { fromMs: -1, toMs: 5 * rows }, 1000);
  expect(view).toMatchObject({ usual: 2 * rows - 2, unusual: 2, unusualShown: 2 });
  const [link] = [...links.all()];
  expect(link!.counts[copyStatuses.indexOf('lost')]).toBe(4);
});

test('a copy can still change where the rows beside it in its group were dropped', () => {
  const links = new Links(1);
  const rows = 65_536;
  const columns = columnsOf(
    'fates',
    Array.from({ length: rows }, () => ({ dest: 3, incarnation: 1 })),
  );
  columns.fate.fill(held);
  // Three links share a block, so a group of each holds rows of two blocks.
  for (let block = 0; block < 2; block++) {
    for (let n = 0; n < rows; n++) {
      columns.src[n] = (block * rows + n) % 3;
      columns.seq[n] = block * rows + n;
      columns.sentMs[n] = block * rows + n;
    }
    links.copies.addFates(rows, columns);
  }
  const first: Row<'fates'>[] = Array.from({ length: 100 }, (_, n) => ({
    src: (rows + n) % 3,
    dest: 3,
    incarnation: 1,
    seq: rows + n,
    atMs: rows + n + 1,
    fate: delivered,
  }));
  links.copies.addFates(first.length, columnsOf('fates', first));
  const late = [...links.all()].reduce(
    (sum, { counts }) => sum + counts[copyStatuses.indexOf('late')]!,
    0,
  );
  expect(late).toBe(first.length);
});
