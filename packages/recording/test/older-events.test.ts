/** Recordings outlive versions: what older ones did not record is found out from what they did. */
import type { ClusterEvent } from '@faultline/actions';
import { expect, test } from 'vitest';
import { upToDate } from '../src/older-events.ts';

const event = (kind: string, facts: object) =>
  ({ seq: 1, atMs: 0, time: '', kind, node: null, facts }) as ClusterEvent;

test.each<[string, object, object]>([
  ['clock.changed', { describes: 'perfect' }, { isPerfect: true }],
  ['clock.changed', { describes: '+1h' }, { isPerfect: false }],
  ['clock.changed', { describes: '+1h', isPerfect: true }, { isPerfect: true }],
  ['disk.changed', { describes: 'well' }, { isHealthy: true }],
  ['disk.changed', { describes: 'full' }, { isHealthy: false }],
  ['step.failed', { does: 'take back: pause n1' }, { isUndo: true }],
])('%s of an older version, with %j, has %j', (kind, facts, added) => {
  expect(upToDate(event(kind, facts)).facts).toEqual({ ...facts, ...added });
});

test.each([
  event('step.failed', { does: 'pause n1' }),
  event('step.failed', {}),
  event('node.ready', {}),
  event('of.another.version', { fact: 7 }),
])('nothing is added to what is not known, or known already: %j', (given) => {
  expect(upToDate(given)).toEqual(given);
});
