import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawsAll } from '../../../test/helpers/draws.ts';
import { requestOf, requestsOfAll } from '../src/calls.ts';
import { Story } from './helpers/story.ts';

test('a reply belongs to the forged request that was being handled, looked up singly or for all', () => {
  const story = new Story();
  story.rule({ kind: 'impersonate', links: 'n3>n1', settings: { as: 'n2' } });
  // A request with the same number, by the member whose name the other will forge.
  const honest = story.send('n2', 'n1', 'read', { msgId: 7 });
  story.handled('n1', honest, 'nothing');
  const request = story.send('n3', 'n1', 'read', { msgId: 7 });
  const reply = story.send('n1', 'n2', 'read_ok', { inReplyTo: 7, did: 'late reply' });
  story.handled('n1', request, 'replied');
  const run = story.run();
  const all = requestsOfAll(run);
  expect(run.id(all[run.findMessage(reply)]!)).toBe(request);
  expect(all[run.findMessage(request)]).toBe(-1);
});

const moves = fc.array(
  fc.record({
    kind: fc.constantFrom('ask', 'ask', 'answer', 'answer', 'end'),
    other: fc.constantFrom('n2', 'n3'),
    msgId: fc.integer({ min: 1, max: 3 }),
    which: fc.nat({ max: 100 }),
  }),
  { maxLength: 40 },
);

test('the requests of all replies at once equal those found one by one, however handlers overlap', () => {
  let answered = 0;
  fc.assert(
    fc.property(moves, fc.boolean(), (drawn, isForging) => {
      const story = new Story();
      if (isForging) {
        story.rule({ kind: 'impersonate', links: 'n3>n1', settings: { as: 'n2' } });
      }
      const open: string[] = [];
      for (const { kind, other, msgId, which } of drawn) {
        if (kind === 'ask') open.push(story.send(other, 'n1', 'read', { msgId }));
        else if (kind === 'answer') story.send('n1', other, 'read_ok', { inReplyTo: msgId });
        else if (open.length > 0) {
          const [ended] = open.splice(which % open.length, 1);
          story.handled('n1', ended!, 'nothing');
        }
      }
      const run = story.run();
      for (const [message, request] of requestsOfAll(run).entries()) {
        expect(request).toBe(run.isReply(message) ? requestOf(run, message) : -1);
        if (request >= 0) answered++;
      }
    }),
  );
  if (drawsAll) expect(answered).toBeGreaterThan(0);
});
