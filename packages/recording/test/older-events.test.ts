/** Recordings outlive versions: facts that older ones did not record follow from those that they did. */
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
])('an event of an unknown kind, or with all its facts, is left as it is: %j', (given) => {
  expect(upToDate(given)).toEqual(given);
});
