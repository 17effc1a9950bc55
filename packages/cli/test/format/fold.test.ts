import type { TraceEvent } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Folded, Folding } from '../../src/format/fold.ts';
import { traceFormats } from '../../src/format/trace.ts';

const fate = (atMs: number, src: string, dest: string, type: string, more = {}): TraceEvent => ({
  ...{ kind: 'fate', id: `${src}.1.${atMs}`, copy: 0, src, dest, type, bodyBytes: 10 },
  ...{ fate: 'delivered', rules: [], atMs, arrivedMs: atMs, ordinal: 1, stamps: undefined },
  ...{ isReply: false, incarnation: 1, seq: atMs },
  ...more,
});

function folded(facts: readonly TraceEvent[]): (TraceEvent | Folded)[] {
  const folding = new Folding();
  return [...facts.flatMap((fact) => folding.take(fact)), ...folding.end()];
}

const lines = (facts: readonly TraceEvent[]): string[] =>
  folded(facts).map((fact) => traceFormats.text!.line(fact, 0).replaceAll(/ +/g, ' '));

test('folds a repeated exchange into one line with its count, and shows everything else as it is', () => {
  const beat = (atMs: number): TraceEvent[] => [
    fate(atMs, 'n1', 'n2', 'append'),
    fate(atMs + 1, 'n1', 'n3', 'append'),
    fate(atMs + 2, 'n2', 'n1', 'append_reply'),
  ];
  const cut = { fate: 'cut', rules: ['r1'] };
  expect(
    lines([
      ...beat(0),
      ...beat(100),
      fate(110, 'c1', 'n1', 'write'),
      ...beat(120),
      fate(200, 'n1', 'n2', 'append', cut),
      fate(201, 'n1', 'n2', 'append', cut),
      ...[300, 301, 302].map((atMs) => fate(atMs, 'n1', 'n2', 'append', cut)),
      fate(400, 'n1', 'n2', 'vote'),
      fate(401, 'n2', 'n1', 'vote_ok'),
    ]),
  ).toEqual([
    '+0.000000s 6 messages 3 links append, append_reply 60 delivered until +0.102000s',
    '+0.110000s c1.1.110 c1>n1 write 10 delivered',
    '+0.120000s 3 messages 3 links append, append_reply 30 delivered until +0.122000s',
    '+0.200000s 5 messages n1>n2 append 50 cut until +0.302000s r1',
    '+0.400000s n1.1.400 n1>n2 vote 10 delivered',
    '+0.401000s n2.1.401 n2>n1 vote_ok 10 delivered',
  ]);
});

test('loses no message by folding, and keeps the order of time', () => {
  const facts = fc.array(fc.constantFrom('ping', 'ping_ok', 'write', 'gone'), { maxLength: 40 });
  fc.assert(
    fc.property(facts, (types) => {
      const shown = folded(types.map((type, i) => fate(i, 'n1', 'n2', type)));
      const counts = shown.map((each) => (each.kind === 'folded' ? each.count : 1));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(types.length);
      const times = shown.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      for (const each of shown) {
        if (each.kind !== 'folded') continue;
        const within = types.slice(each.atMs, each.untilMs + 1);
        expect(new Set(within)).toEqual(new Set(each.types));
        expect(within.length).toBe(each.count);
      }
    }),
  );
});
