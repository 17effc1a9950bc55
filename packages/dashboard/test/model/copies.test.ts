import { fates, receptions } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import { flagAltered } from '../../src/contract/tables.ts';
import { rowMask } from '../../src/model/copies.ts';
import { copyStatuses } from '../../src/model/copy-status.ts';
import { Links } from '../../src/model/links.ts';
import { columnsOf, type Row } from './chunks.ts';

const fate = (name: (typeof fates)[number]): number => fates.indexOf(name);
const did = (name: (typeof receptions)[number]): number => receptions.indexOf(name);

/** From word 0 to word 1, in the first incarnation. */
const sent: Row<'fates'> = { src: 0, dest: 1, incarnation: 1, seq: 1, sentMs: 10, atMs: 12 };

class Known {
  readonly links = new Links();
  fates(...rows: Row<'fates'>[]): this {
    this.links.copies.addFates(rows.length, columnsOf('fates', rows));
    return this;
  }
  receptions(...rows: Row<'receptions'>[]): this {
    this.links.copies.addReceptions(rows.length, columnsOf('receptions', rows));
    return this;
  }
  handled(...rows: Row<'handled'>[]): this {
    this.links.copies.addHandled(rows.length, columnsOf('handled', rows));
    return this;
  }
  get rows() {
    const { copies } = this.links;
    return Array.from({ length: copies.rows }, (_, row) => {
      const block = copies.block(row);
      const at = row & rowMask;
      return {
        status: copyStatuses[block.status[at]!],
        sentMs: block.sentMs[at],
        endMs: copies.endMs(row),
        handledMs: block.handledMs[at],
      };
    });
  }
}

const received: Row<'receptions'> = { node: 1, src: 0, incarnation: 1, seq: 1, atMs: 13 };

describe('a copy', () => {
  test('that was delivered ends when its receiver got it', () => {
    const known = new Known().fates({ ...sent, fate: fate('delivered') }).receptions(received);
    expect(known.rows).toMatchObject([{ status: 'delivered', sentMs: 10, endMs: 13 }]);
  });

  test('that was held and then delivered is one row, and stays unusual', () => {
    const known = new Known().fates({ ...sent, fate: fate('held') });
    expect(known.rows).toMatchObject([{ status: 'held', endMs: Number.POSITIVE_INFINITY }]);
    known.fates({ ...sent, fate: fate('delivered'), atMs: 50 });
    expect(known.rows).toMatchObject([{ status: 'late', endMs: 50 }]);
  });

  test('whose sender stamps nothing was sent when the router got it', () => {
    const row = { ...sent, sentMs: Number.NaN, arrivedMs: 11, fate: fate('lost') };
    expect(new Known().fates(row).rows).toMatchObject([{ status: 'lost', sentMs: 11, endMs: 12 }]);
  });

  test('is distinguished from another one of its message, and each reception belongs to one', () => {
    const known = new Known()
      .fates(
        { ...sent, fate: fate('delivered'), atMs: 12 },
        { ...sent, copy: 1, fate: fate('delivered'), atMs: 20 },
      )
      .receptions(received, { ...received, atMs: 21 })
      .handled(
        { src: 0, incarnation: 1, seq: 1, atMs: 15 },
        { src: 0, incarnation: 1, seq: 1, atMs: 25 },
      );
    expect(known.rows).toMatchObject([
      { status: 'delivered', endMs: 13, handledMs: 15 },
      { status: 'duplicate', endMs: 21, handledMs: 25 },
    ]);
  });

  test('is not that of an earlier incarnation of its sender with the same number', () => {
    const known = new Known().fates(
      { ...sent, fate: fate('lost') },
      { ...sent, incarnation: 2, fate: fate('delivered') },
    );
    expect(known.rows.map(({ status }) => status)).toEqual(['lost', 'delivered']);
  });

  test.each([
    ['altered', { flags: flagAltered, fate: fate('delivered') }, {}],
    ['unused', { fate: fate('delivered') }, { did: did('late reply') }],
    ['unused', { fate: fate('delivered') }, { did: did('bad signature') }],
    ['delivered', { fate: fate('delivered') }, { did: did('settled') }],
  ])('is %s after %j and %j', (status, more, reception) => {
    const known = new Known().fates({ ...sent, ...more }).receptions({ ...received, ...reception });
    expect(known.rows).toMatchObject([{ status }]);
  });

  test.each(fates.map((name) => [name]))('has a status for the fate %s', (name) => {
    expect(new Known().fates({ ...sent, fate: fate(name) }).rows[0]?.status).toBeDefined();
  });
});

test('a reception of a message that is not known changes nothing', () => {
  const known = new Known().fates({ ...sent, fate: fate('delivered') });
  known.receptions({ ...received, seq: 9 }, { ...received, incarnation: 3 });
  expect(known.rows).toMatchObject([{ endMs: 12 }]);
});

test('counts of a link follow the copyStatuses of its copies', () => {
  const known = new Known().fates(
    { ...sent, fate: fate('held') },
    { ...sent, seq: 2, fate: fate('lost') },
  );
  known.fates({ ...sent, fate: fate('delivered') });
  const [link] = [...known.links.all()];
  const counts = Object.fromEntries(
    copyStatuses.map((status, number) => [status, link!.counts[number]]),
  );
  expect(counts).toMatchObject({ held: 0, late: 1, lost: 1, delivered: 0 });
});

test('a number that no sender can have come to takes no memory, and is a copy like any other', () => {
  const known = new Known().fates(
    { ...sent, fate: fate('delivered') },
    { ...sent, seq: 2 ** 47, fate: fate('lost') },
    { ...sent, seq: 2, fate: fate('cut') },
  );
  expect(known.rows.map(({ status }) => status)).toEqual(['delivered', 'lost', 'cut']);
});
