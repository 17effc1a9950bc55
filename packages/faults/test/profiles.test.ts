import { readFileSync } from 'node:fs';
import { formatDuration, parseDuration } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import { findProfile, profiles, RuleSet } from '../src/index.ts';
import { send } from './helpers/messages.ts';

describe.each([...profiles.values()].map((profile) => [profile.name, profile] as const))(
  '%s',
  (_, { summary, source, rules }) => {
    test('has a summary, a source of its figures, and valid rules', () => {
      expect(summary).not.toBe('');
      expect(source.length).toBeGreaterThan(10);
      const set = new RuleSet(1);
      for (const rule of rules) set.add({ ...rule, links: 'n1>n2' }, { nowMs: 0 });
    });
  },
);

/** The median of the round trips that a profile makes, for small messages far apart. */
function roundTripMs(name: string): number {
  const set = new RuleSet('round trips');
  for (const { kind, settings } of findProfile(name).rules) {
    if (kind === 'delay') set.add({ kind, settings, links: '*' }, { nowMs: 0 });
  }
  const there = send(set.edge('n1', 'n2'), 4001).map((verdict) => verdict![0]!.delayMs);
  const back = send(set.edge('n2', 'n1'), 4001).map((verdict) => verdict![0]!.delayMs);
  const trips = there.map((ms, i) => ms + back[i]!).sort((a, b) => a - b);
  return trips[2000]!;
}

test.each([
  ['same-rack', '0.1ms', '0.4ms'],
  ['same-dc', '0.4ms', '0.7ms'],
  ['same-region', '1ms', '2ms'],
  ['cross-region', '5ms', '150ms'],
  ['intercontinental', '100ms', '300ms'],
  ['satellite', '500ms', '700ms'],
  ['lte', '60ms', '100ms'],
  ['3g', '250ms', '400ms'],
  ['edge', '700ms', '1s'],
  ['dsl', '40ms', '65ms'],
])('a round trip over %s takes %s to %s', (name, least, most) => {
  const ms = roundTripMs(name);
  expect(ms, formatDuration(ms)).toBeGreaterThan(parseDuration(least));
  expect(ms, formatDuration(ms)).toBeLessThan(parseDuration(most));
});

test('the README names every profile', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const [, section = ''] = readme.split('## Named networks');
  for (const name of profiles.keys()) expect(section).toContain(`\`${name}\``);
});

test('rejects an unknown profile and suggests the right one', () => {
  expect(() => findProfile('satelite')).toThrow(/did you mean satellite\?/);
  expect(() => findProfile(7)).toThrow(expect.objectContaining({ code: 'BAD_RULE' }));
});
