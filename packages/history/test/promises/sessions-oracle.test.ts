/** The session guarantees against their definition: every order of each key's versions is tried. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import {
  checkSessions,
  type History,
  type Operation,
  type SessionGuarantee,
  sessionGuarantees,
} from '../../src/index.ts';
import { type Given, history, outcome, r, w } from './helpers.ts';

/** Two clients, two keys, reads of any version that was written by then, unknown writes. */
const drawn: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      process: fc.constantFrom('a', 'b'),
      key: fc.constantFrom('x', 'x', 'y'),
      isRead: fc.constantFrom(true, true, false),
      which: fc.nat(9),
      type: fc.constantFrom('ok' as const, 'ok' as const, 'ok' as const, 'info' as const),
    }),
    { minLength: 2, maxLength: 10 },
  )
  .map((drafts) => {
    const versions: Record<string, (number | null)[]> = { x: [null], y: [null] };
    return history(
      drafts.map(({ process, key, isRead, which, type }, i): Given => {
        const known = versions[key]!;
        if (isRead) return r(process, key, known[which % known.length]!);
        known.push(i);
        return w(process, key, i, { type });
      }),
    );
  });

/** Whether some order of the versions of this key keeps the guarantees; the initial one is first. */
function isKept(
  operations: readonly Operation[],
  guarantees: readonly SessionGuarantee[],
): boolean {
  const answered = operations.filter(({ f, type }) => f === 'write' || type === 'ok');
  const writes = answered.filter(({ f }) => f === 'write');
  return permutations(writes.map(({ input }) => input)).some((order) => {
    const place = (version: unknown): number => order.indexOf(version as never);
    return answered.every((now, i) =>
      answered.slice(0, i).every((before) => {
        if (before.process !== now.process) return true;
        // When an unknown write took effect is not known: nothing later has to respect it.
        if (before.f === 'write' && before.type !== 'ok') return true;
        const [earlier, later] = [versionOf(before), versionOf(now)].map(place);
        const guarantee = `${before.f} ${now.f}`;
        if (guarantee === 'write read') {
          return !guarantees.includes('read your writes') || earlier! <= later!;
        }
        if (guarantee === 'read read') {
          return !guarantees.includes('monotonic reads') || earlier! <= later!;
        }
        if (guarantee === 'write write') {
          return !guarantees.includes('monotonic writes') || earlier! < later!;
        }
        return !guarantees.includes('writes follow reads') || earlier! < later!;
      }),
    );
  });
}

/** The initial version is not among the writes: its place is -1. */
const versionOf = ({ f, input, output }: Operation): unknown => (f === 'write' ? input : output);

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]),
  );
}

const sets: readonly (readonly SessionGuarantee[])[] = [
  ...sessionGuarantees.map((guarantee) => [guarantee]),
  ['read your writes', 'monotonic reads'],
  ['monotonic writes', 'monotonic reads'],
  ['writes follow reads', 'monotonic reads'],
  sessionGuarantees,
];

test.each(sets.map((set) => [set.join(', '), set] as const))(
  '%s: violated exactly where no order of the versions keeps it, whatever the other keys',
  (_, guarantees) => {
    let violated = 0;
    fc.assert(
      fc.property(drawn, (one) => {
        const keys = ['x', 'y'].map((key) => one.operations.filter((each) => each.key === key));
        const isBroken = keys.some((operations) => !isKept(operations, guarantees));
        if (isBroken) violated++;
        return (checkSessions(one, { guarantees }).verdict === 'violated') === isBroken;
      }),
      { numRuns: draws(1500) },
    );
    // Writes alone are never seen out of order: nothing shows which version is later.
    const isBlind = guarantees.every(
      (one) => one.endsWith('writes') && one.startsWith('monotonic'),
    );
    const neverAlone = isBlind || guarantees.join() === 'writes follow reads';
    // At least one history of eleven breaks each of the others.
    expect(violated > 0).toBe(!neverAlone);
  },
);

test.each([
  [
    'an own write that a later read hides, although the last one was seen',
    [w('a', 'x', 1), w('a', 'x', 2), r('a', 'x', 2), r('a', 'x', 1)],
    'violated: read your writes',
  ],
  [
    'a value that its reader writes only later',
    [r('a', 'x', 1), w('a', 'x', 1)],
    'violated: value from the future',
  ],
] as const)('%s', (_, given, expected) => {
  expect(outcome(checkSessions(history(given), { guarantees: ['read your writes'] }))).toBe(
    expected,
  );
});

test('a write after two reads is reported with the one whose version it must follow', () => {
  const stamp = (l: number) => ({ stamps: { hybrid: { l, c: 0 } } });
  const one = history([
    w('b', 'x', 1, stamp(50)),
    w('b', 'x', 2, stamp(20)),
    r('a', 'x', 1),
    r('a', 'x', 2),
    w('a', 'x', 3, stamp(30)),
  ]);
  const result = checkSessions(one, { guarantees: ['writes follow reads'], order: 'hybrid' });
  expect(outcome(result)).toBe('violated: writes follow reads');
  expect(result.explanation.join()).toContain('returned 1 and then');
});
