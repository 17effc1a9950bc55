import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { explainMessage, explanationInWords, type Run, replayDecision } from '../src/index.ts';
import { Story } from './helpers/story.ts';

const why = (run: Run, id: string): string[] => explanationInWords(run, explainMessage(run, id));

test('a lost message names the rule, the draw and the threshold', () => {
  const story = new Story();
  story.aheadMs.set('n1', 3_600_000);
  story.rule({ kind: 'loss', links: 'n1>n2', settings: { probability: '100%' } });
  const id = story.send('n1', 'n2', 'append', { msgId: 1 });
  const run = story.run();
  const { rules, copies } = explainMessage(run, id);
  const [draw] = rules!.explanations[0]!.draws;
  expect(draw).toMatchObject({ below: 1 });
  expect(copies).toMatchObject([{ copy: 0, fate: 'lost', rules: ['r1'] }]);
  expect(why(run, id)).toEqual([
    'n1.1.1: n1 sent the request append to n2 at +1.001000s, 100 bytes; it was 04:04:06.001 by its own clock, 1h ahead of true time.',
    'The router had it 250µs later as message 1 on n1>n2.',
    '1 rule was on that link. Draws follow from the seed 42, the rule, n1>n2 and 1:',
    `  r1 (lose 100% of messages n1>n2) drew ${Number(draw!.value.toPrecision(6))}, below 1: lost`,
    'It was lost, by r1.',
    'No reply to it was ever sent.',
  ]);
});

test('a call is explained from request to reply', () => {
  const story = new Story();
  story.rule({ kind: 'delay', links: 'n2>n1', settings: { delay: '50ms' } });
  const request = story.send('n1', 'n2', 'append', { msgId: 7 });
  const reply = story.send('n2', 'n1', 'append_ok', { inReplyTo: 7 });
  story.handled('n2', request, 'replied');
  const run = story.run();
  expect(why(run, request)).toEqual([
    'n1.1.1: n1 sent the request append to n2 at +1.001000s, 100 bytes; it was 03:04:06.001 by its own clock, which is correct.',
    'The router had it 250µs later as message 1 on n1>n2.',
    'No rule was on that link.',
    'It was delivered.',
    'n2 received it at +1.001750s; it was 03:04:06.001 by its own clock, which is correct. Its handler replied after 52.8ms.',
    'The reply: n2.1.1 (append_ok), sent 1.75ms after, delivered 52.5ms after, and settled the call of n1. See `why n2.1.1`.',
  ]);
  expect(why(run, reply)).toEqual([
    'n2.1.1: n2 sent the reply append_ok to n1 at +1.002750s, while it was handling n1.1.1, 100 bytes; it was 03:04:06.002 by its own clock, which is correct.',
    'It answers n1.1.1 (append), sent 1.75ms before, delivered.',
    'The router had it 250µs later as message 1 on n2>n1.',
    '1 rule was on that link. Draws follow from the seed 42, the rule, n2>n1 and 1:',
    expect.stringMatching(/^ {2}r1 \(delay messages n2>n1 by 50ms\) drew 0\.\d+: delayed by 50ms$/),
    'It waited out its delay for 50ms, and was delivered 50ms after the router had it.',
    'n1 received it at +1.053500s; it was 03:04:06.053 by its own clock, which is correct. It settled the waiting call.',
  ]);
});

test('each copy of a duplicated message has its own fate', () => {
  const story = new Story();
  story.rule({ kind: 'duplicate', links: '*', settings: { probability: 1, spacing: '5ms' } });
  const id = story.send('n1', 'n2', 'note');
  const { copies } = explainMessage(story.run(), id);
  expect(copies).toMatchObject([
    { copy: 0, fate: 'delivered', waited: [], reception: { by: 'n2', did: 'handled' } },
    { copy: 1, fate: 'delivered', waited: [{ why: 'delay', ms: 5 }], reception: { by: 'n2' } },
  ]);
});

test('a rule that did not match is shown with its condition', () => {
  const story = new Story();
  story.rule({ kind: 'cut', links: 'n1>n2', type: 'vote' });
  story.rule({ kind: 'loss', links: 'n1>n2', after: 5, settings: { probability: 1 } });
  const id = story.send('n1', 'n2', 'note');
  const lines = why(story.run(), id);
  expect(lines).toContain(
    '  r1 (cut messages n1>n2 of type vote) did not match: it requires vote, and this was note',
  );
  expect(lines.find((line) => line.startsWith('  r2'))).toMatch(
    /did not match: it acts after the first 5, and this was number 1$/,
  );
});

test('a rule about an unrecorded body is in doubt, and the explanation says how to record bodies', () => {
  const story = new Story();
  story.rule({ kind: 'cut', links: 'n1>n2', field: 'key=x' });
  const id = story.send('n1', 'n2', 'write', { fate: 'delivered' });
  const { rules } = explainMessage(story.run(), id);
  expect(rules!.doubts.join()).toMatch(/--trace full/);
  expect(why(story.run(), id)).toContain(
    '  r1 (cut messages n1>n2 with key=x) requires key=x: it is unknown whether this message had that',
  );
});

test('the effect of a rule reveals a field of an unrecorded body', () => {
  const story = new Story();
  const rule = story.rule({ kind: 'cut', links: 'n1>n2', field: 'key=x' });
  const id = story.send('n1', 'n2', 'write', { fate: 'cut', rules: [rule] });
  expect(explainMessage(story.run(), id).rules).toMatchObject({
    agrees: true,
    doubts: [],
    explanations: [{ miss: null, effects: [{ did: 'cut' }] }],
  });
});

test('an altered body is shown as delivered, and no rule is replayed on it', () => {
  const story = new Story();
  story.rule({ kind: 'delay', links: 'n1>n2', field: 'key=y', settings: { delay: '5ms' } });
  story.rule({ kind: 'tamper', links: 'n1>n2', settings: { field: 'key', value: 'y' } });
  const id = story.send('n1', 'n2', 'write', { body: { key: 'y' }, altered: true });
  const run = story.run();
  expect(why(run, id)).toContain('Its body, as it was delivered, was {"key":"y"}');
  expect(explainMessage(run, id).rules).toMatchObject({
    agrees: true,
    explanations: [{ miss: null }, { isUnknown: true }],
  });
});

test('a rule about a recorded body is replayed', () => {
  const story = new Story();
  story.rule({ kind: 'cut', links: 'n1>n2', field: 'key=x' });
  const id = story.send('n1', 'n2', 'write', {
    fate: 'delivered',
    body: { type: 'write', key: 'y' },
  });
  const { rules } = explainMessage(story.run(), id);
  expect(rules).toMatchObject({
    agrees: true,
    doubts: [],
    explanations: [{ miss: { by: 'field', wanted: 'key=x', got: 'key=y' } }],
  });
});

test('a recording that contradicts the replayed rules is trusted, and the reasons are not', () => {
  const story = new Story();
  const id = story.send('n1', 'n2', 'note', { fate: 'lost' });
  const run = story.run();
  expect(explainMessage(run, id).rules!.agrees).toBe(false);
  expect(why(run, id).join('\n')).toMatch(/contradict what the router recorded/);
});

test('a message that never reached a router is described as such', () => {
  const story = new Story();
  story.send('n1', 'n2', 'note');
  const seen = story.facts.findLast((fact) => fact.kind === 'fate')!;
  const unseen = { id: 'n1.1.2', seq: 2, dest: '?', type: '?', copy: 0, ordinal: 0 };
  const { stamps: _, ...rest } = seen;
  story.facts.push({ ...rest, ...unseen, fate: 'router down' });
  expect(why(story.run(), 'n1.1.2')).toEqual([
    'n1.1.2: n1 sent it right after its previous message, and it never reached a router. Its type and its receiver are unknown.',
  ]);
});

test('an undelivered message is explained with the last event of its receiver', () => {
  const story = new Story();
  story.event('node.killed', 'n2');
  const id = story.send('n1', 'n2', 'note', { fate: 'node down' });
  expect(why(story.run(), id).slice(-2)).toEqual([
    'It could not be delivered: n2 was not connected.',
    'The last event of n2 before that: killed at +1.000000s.',
  ]);
});

test.each([
  ['n1.1.9', /no message n1\.1\.9 in this run; n1\.1 sent 1 to 2$/],
  ['n1.2.1', /no message n1\.2\.1 in this run; n1\.1 sent 1 to 2$/],
  ['n7.1.1', /no message n7\.1\.1 in this run; n1\.1 sent 1 to 2, n2\.1 sent 1 to 1$/],
  ['seven', /"seven" is not a message id: an id is SENDER\.INCARNATION\.NUMBER/],
])('%s is reported in one line with the form of ids and those that exist', (id, message) => {
  const story = new Story();
  story.send('n1', 'n2', 'note');
  story.send('n1', 'n2', 'note');
  story.send('n2', 'n1', 'note');
  const run = story.run();
  expect(() => explainMessage(run, id)).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringMatching(message) }),
  );
});

const rule = fc.record({
  kind: fc.constantFrom('loss', 'duplicate'),
  links: fc.constantFrom('n1>n2', 'n1<>n2', '*', 'n2>n3'),
  settings: fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }) }),
});
const counted = fc.record({
  kind: fc.constant('cut'),
  links: fc.constantFrom('n1>n2', '*'),
  type: fc.constantFrom('note', 'vote'),
  after: fc.nat({ max: 3 }),
  first: fc.integer({ min: 1, max: 3 }),
});
const delay = fc.record({
  kind: fc.constant('delay'),
  links: fc.constantFrom('n1>n2', '*'),
  settings: fc.constantFrom({ delay: '1ms..9ms' }, { delay: 'exp 3ms' }),
});
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom('n1', 'n2', 'n3'), fc.constantFrom('note', 'vote')),
  },
  { weight: 2, arbitrary: fc.oneof(rule, counted, delay) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }) },
);

test('a replay from the recording decides as recorded, whatever rules come and go', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const story = new Story();
      const ids: string[] = [];
      const rules: string[] = [];
      for (const each of actions) {
        if (Array.isArray(each)) {
          const [src, type] = each;
          ids.push(story.send(src, src === 'n2' ? 'n3' : 'n2', type));
        } else if (typeof each === 'number') {
          const [gone] = rules.splice(each % Math.max(1, rules.length), 1);
          if (gone !== undefined) story.unlink(gone);
        } else rules.push(story.rule(each));
      }
      const run = story.run();
      for (const id of ids) {
        const replay = replayDecision(run, run.findMessage(id))!;
        expect(replay).toMatchObject({ agrees: true, doubts: [] });
      }
    }),
    { numRuns: draws(60) },
  );
});

test('a replay of links that share a line counts the traffic of the other links', () => {
  const story = new Story();
  story.rule({
    kind: 'rate',
    links: 'n1>n2; n3>n2',
    settings: { rate: '100B/s', per: 'rule' },
  });
  story.send('n3', 'n2', 'note');
  const id = story.send('n1', 'n2', 'note');
  story.nowMs += 10_000;
  const { rules, copies } = explainMessage(story.run(), id);
  const [waited] = copies[0]!.waited;
  expect(rules!.explanations[0]!.effects).toMatchObject([
    { did: 'queued', ms: expect.closeTo(waited!.ms) },
  ]);
});

test('a rule that counts is in doubt if earlier bodies are unknown', () => {
  const story = new Story();
  story.rule({ kind: 'cut', links: 'n1>n2', field: 'key=x', first: 1 });
  story.send('n1', 'n2', 'write');
  const body = { type: 'write', key: 'x' };
  const id = story.send('n1', 'n2', 'write', { fate: 'delivered', body });
  expect(explainMessage(story.run(), id).rules!.doubts).toEqual([
    'it is unknown how many earlier messages r1 matched: 1 of their bodies were not recorded, or not as sent',
  ]);
});

test('a reply to a forged request is shown as its reply, although it went to another member', () => {
  const story = new Story();
  story.rule({ kind: 'impersonate', links: 'n3>n1', settings: { as: 'n2' } });
  // A request with the same number, by the member whose name the other will forge.
  story.send('n2', 'n1', 'read', { msgId: 7 });
  story.handled('n1', 'n2.1.1', 'nothing');
  const request = story.send('n3', 'n1', 'read', { msgId: 7 });
  const reply = story.send('n1', 'n2', 'read_ok', { inReplyTo: 7, did: 'late reply' });
  story.handled('n1', request, 'replied');
  const run = story.run();
  expect(why(run, request)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/r1 .*forged its source as n2$/),
      expect.stringMatching(/^The reply went to n2, the forged source: n1\.1\.1 /),
    ]),
  );
  expect(why(run, reply)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(
        /^It answers n3\.1\.1 \(read\), .*; a rule had forged its source as n2\.$/,
      ),
      expect.stringMatching(/No call was waiting for it: there had been no such request\.$/),
    ]),
  );
});

test('an explanation says that the router reported a refusal to the caller', () => {
  const story = new Story();
  story.rule({ kind: 'cut', links: 'n1>n2', settings: { refuse: true } });
  const id = story.send('n1', 'n2', 'read', { msgId: 1 });
  expect(why(story.run(), id).at(-1)).toBe(
    'It was refused, by r1; the router reported that to n1.',
  );
});

test('rules between nodes do not match the time server, which is a client', () => {
  const story = new Story();
  story.rule({ kind: 'cut', links: '*' });
  const id = story.send('n1', 'time', 'time', { msgId: 1, fate: 'delivered' });
  expect(explainMessage(story.run(), id).rules).toMatchObject({ explanations: [], agrees: true });
});

test('a second answer is not called late, and an answer after the end of the call is', () => {
  const story = new Story();
  story.rule({ kind: 'duplicate', links: 'n1>n2', settings: { probability: 1, spacing: '5ms' } });
  const request = story.send('n1', 'n2', 'read', { msgId: 7 });
  const first = story.send('n2', 'n1', 'read_ok', { inReplyTo: 7 });
  const second = story.send('n2', 'n1', 'read_ok', { inReplyTo: 7, did: 'late reply' });
  const other = story.send('n1', 'n2', 'read', { msgId: 8 });
  const late = story.send('n2', 'n1', 'read_ok', { inReplyTo: 8, did: 'late reply' });
  const run = story.run();
  expect(why(run, second).at(-1)).toMatch(
    /It was a second answer: n2\.1\.1 had settled the call 1\.75ms before\.$/,
  );
  const answers = why(run, request).slice(-2);
  expect(answers[0]).toMatch(/^Reply 1: n2\.1\.1 .*, and settled the call of n1\./);
  expect(answers[1]).toMatch(/^Reply 2: n2\.1\.2 .*, a second answer to n1\./);
  expect(why(run, first).at(-1)).toMatch(/It settled the waiting call\.$/);
  expect(why(run, late).at(-1)).toMatch(/No call was waiting for it any more: it came too late\.$/);
  expect(why(run, other).at(-1)).toMatch(/, too late for n1\. /);
});

test('a second copy of one answer is not called late', () => {
  const story = new Story();
  story.send('n1', 'n2', 'read', { msgId: 7 });
  const reply = story.send('n2', 'n1', 'read_ok', { inReplyTo: 7 });
  const copy = story.facts.findLast(({ kind }) => kind === 'fate')!;
  const received = story.facts.findLast(({ kind }) => kind === 'receive')!;
  if (copy.kind !== 'fate' || received.kind !== 'receive') throw new Error('no reception');
  story.facts.push(
    { ...copy, copy: 1, atMs: copy.atMs + 3 },
    { ...received, did: 'late reply', atMs: received.atMs + 3 },
  );
  expect(why(story.run(), reply).at(-1)).toMatch(
    /It was a second answer: n2\.1\.1 had settled the call 3ms before\.$/,
  );
});

test('a partly recorded body is marked as such, with the flag that records more', () => {
  const story = new Story();
  const id = story.send('n1', 'n2', 'write', { body: { key: 'y' } });
  const [fate] = story.facts;
  story.facts[0] = { ...fate!, bodyCut: true } as typeof fate & object;
  expect(why(story.run(), id)[1]).toBe(
    'Its body began {"key":"y"} … (only that much was recorded; --trace-body sets how much)',
  );
});

test.each<[string, (story: Story, id: string) => void, RegExp | null]>([
  [
    'as it was received, before the handler',
    (story, id) => {
      const reason = `crashed as planned: receives write (${id} from c1)`;
      const facts = { incarnation: 1, reason, when: 'receives write', message: id };
      story.event('node.crashed', 'n1', facts);
    },
    /n1 crashed \S+ later, before its handler ran \(crashed as planned: .*\)\.$/,
  ],
  [
    'while the handler ran',
    (story) => {
      story.nowMs += 2.5;
      story.event('node.crashed', 'n1', { incarnation: 1, reason: 'Error: gone (a.ts:3)' });
    },
    /n1 crashed 2\.5ms later, while its handler was running \(Error: gone \(a\.ts:3\)\): the effects that the handler had by then remain\.$/,
  ],
  [
    'after the handler, before the reply left',
    (story, id) => {
      story.handled('n1', id, 'replied');
      story.nowMs += 3;
      story.event('node.killed', 'n1', { incarnation: 1 });
    },
    /Its handler replied after 1ms\. n1 was killed 3ms after that, before the reply left\.$/,
  ],
  [
    'long after the reply had left',
    (story, id) => {
      story.send('n1', 'c1', 'write_ok', { inReplyTo: 1 });
      story.handled('n1', id, 'replied');
      story.event('node.killed', 'n1', { incarnation: 1 });
    },
    null,
  ],
  [
    'in a later incarnation',
    (story) => story.event('node.crashed', 'n1', { incarnation: 2, reason: 'Error: gone' }),
    null,
  ],
])('why says when the receiver exited: %s', (_, happens, sentence) => {
  const story = new Story();
  const id = story.send('c1', 'n1', 'write', { msgId: 1 });
  story.event('node.crashed', 'n2', { incarnation: 1, reason: 'another one' });
  happens(story, id);
  const received = why(story.run(), id).find((line) => line.startsWith('n1 received it'))!;
  if (sentence === null) expect(received).not.toMatch(/crashed|killed/);
  else expect(received).toMatch(sentence);
});

test('the exit of a receiver is reported even if it recorded no reception', () => {
  const story = new Story();
  const id = story.send('c1', 'n1', 'write', { msgId: 1 });
  story.facts.pop();
  story.event('node.killed', 'n1', { incarnation: 1 });
  expect(why(story.run(), id)).toContain(
    'n1 was killed 500µs later: it is not recorded whether its handler ran.',
  );
});

test('no text of a program reaches a terminal unescaped', () => {
  const story = new Story();
  const id = story.send('n1', 'n2', '\x1b[2Jgone\u202e');
  const [sent] = why(story.run(), id);
  expect(sent).toContain('n1 sent \ufffd[2Jgone\ufffd to n2');
});
