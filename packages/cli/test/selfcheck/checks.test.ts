/** The checks pass correct rules and fail incorrect ones, on messages that are decided here. */
import { decide, RuleSet } from '@faultline/faults';
import type { FateEvent } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { type Check, checks, type Observed } from '../../src/selfcheck/checks.ts';

const seed = 'checks';
const fateOf: Readonly<Record<string, FateEvent['fate']>> = {
  deliver: 'delivered',
  held: 'delivered',
  lost: 'lost',
  cut: 'cut',
  refused: 'refused',
};

/** What a router that is late by a tenth of a millisecond would record under these rules. */
function run(check: Check, rules: Check['rules'], lateMs = 0.1) {
  const set = new RuleSet(seed);
  for (const rule of rules) {
    set.add({ ...rule, links: 'c1>n1', type: check.name }, { nowMs: 0 });
  }
  const edge = set.edge('c1', 'n1');
  const bodyBytes = 30 + (check.padBytes ?? 1);
  const messages = Array.from({ length: check.messages }, (_, i): Observed => {
    const verdict = decide(edge, { type: check.name, isReply: false, bodyBytes }, 0) ?? [
      { outcome: 'deliver', delayMs: 0, rules: [], keepOrder: false },
    ];
    const copies = verdict.map(
      ({ outcome, delayMs, alterations }, copy) =>
        ({
          kind: 'fate',
          id: `c1.1.${i}`,
          type: check.name,
          isReply: false,
          copy,
          fate: fateOf[outcome]!,
          ordinal: i + 1,
          bodyBytes,
          arrivedMs: 0,
          atMs: delayMs === 0 ? 0 : delayMs + lateMs,
          ...(alterations === undefined ? {} : { altered: true }),
        }) as unknown as FateEvent,
    );
    return { copies };
  });
  return { messages, sums: set.reports()[0]?.sums ?? {}, seed, allowanceMs: 5 };
}

const wrong = (check: Check, rules: Check['rules'], lateMs?: number): string[] =>
  check
    .judge(run(check, rules, lateMs), check)
    .filter(({ isRight }) => !isRight)
    .map((row) => row.check);

test.each(checks.map((check) => [check.name, check] as const))(
  '%s passes a rule that does what it should',
  (_, check) => {
    expect(wrong(check, check.rules)).toEqual([]);
  },
);

test.each(
  checks
    .filter(({ name }) => !/^(delay|cost|hold)/.test(name))
    .map((check) => [check.name, check] as const),
)('%s fails without any rule', (_, check) => {
  const harmless = [{ kind: 'loss', after: 1e9, settings: { probability: 1 } }];
  expect(wrong(check, harmless)).toHaveLength(1);
});

const find = (name: string): Check => checks.find((check) => check.name === name)!;

test('fails if a share, a cost or a rate is off', () => {
  expect(wrong(find('loss'), [{ kind: 'loss', settings: { probability: '40%' } }])).toEqual([
    'loss',
  ]);
  expect(wrong(find('cost'), [{ kind: 'cost', settings: { perMessage: 0.4 } }])).toEqual(['cost']);
  const slower = [{ kind: 'rate', settings: { rate: '450kB/s', limit: '10MB' } }];
  expect(wrong(find('rate'), slower)).toEqual(['rate']);
});

test('fails if a delay is too short, or longer than the machine explains', () => {
  const check = find('delay-2');
  expect(wrong(check, check.rules, -0.5)).toEqual(['delay 10ms..90ms, as given']);
  expect(wrong(check, check.rules, 9)).toEqual(['delay 10ms..90ms, as given']);
  expect(wrong(check, check.rules, 4)).toEqual([]);
});

test('fails if decisions follow a different distribution than requested', () => {
  const check = find('delay-2');
  const other = { ...check, rules: [{ kind: 'delay', settings: { delay: '10ms..60ms' } }] };
  expect(wrong(other, other.rules)).toContain('delay 10ms..90ms, as decided');
});
