import { describe, expect, test } from 'vitest';
import { delayMsMax, RuleSet } from '../src/index.ts';
import { message, refusal, ruleSet, send } from './helpers/messages.ts';

const cut = { kind: 'cut', links: 'n1>n2' };

describe('a rule set', () => {
  test('numbers rules, and lists them as installed', () => {
    const rules = new RuleSet(1);
    expect(rules.add({ ...cut, links: ' n2 <n1 ', for: '2s' }, { nowMs: 500 })).toEqual({
      id: 'r1',
      spec: { kind: 'cut', links: 'n1>n2', for: '2s', settings: {} },
      installedAtMs: 500,
      expiresAtMs: 2500,
    });
    rules.add(cut, { id: 'r2', nowMs: 0 });
    expect(rules.add(cut, { nowMs: 0 }).id).toBe('r3');
    rules.remove('r3');
    expect(rules.add(cut, { nowMs: 0 }).id).toBe('r4');
    expect(rules.list().map(({ id }) => id)).toEqual(['r1', 'r2', 'r4']);
  });

  test('copies its rules from the caller', () => {
    const rules = new RuleSet(1);
    const settings = { probability: '5%' };
    const { spec } = rules.add({ kind: 'loss', links: '*', settings }, { nowMs: 0 });
    settings.probability = '100%';
    expect(spec.settings).toEqual({ probability: '5%' });
  });

  test('ends rules when their time is over, and returns when the next one ends', () => {
    const rules = new RuleSet(1);
    expect(rules.nextExpiryMs).toBeNull();
    rules.add(cut, { nowMs: 0 });
    rules.add({ ...cut, for: '3s' }, { nowMs: 0 });
    rules.add({ ...cut, for: '2s' }, { nowMs: 0 });
    expect(rules.nextExpiryMs).toBe(2000);
    expect(rules.expire(1999)).toEqual([]);
    expect(rules.expire(2000).map(({ id }) => id)).toEqual(['r3']);
    expect(rules.nextExpiryMs).toBe(3000);
    expect(rules.expire(9000).map(({ id }) => id)).toEqual(['r2']);
    expect(rules.nextExpiryMs).toBeNull();
    expect(rules.list()).toHaveLength(1);
  });

  test('heals an edge when a rule ends, in any way', () => {
    const rules = ruleSet(1, { ...cut, for: '1s' }, cut, cut);
    const edge = rules.edge('n1', 'n2');
    const isCut = () => send(edge, 1)[0] !== null;
    rules.expire(1000);
    expect(isCut()).toBe(true);
    rules.remove('r2');
    expect(isCut()).toBe(true);
    expect(rules.clear().map(({ id }) => id)).toEqual(['r3']);
    expect(isCut()).toBe(false);
    expect(rules.list()).toEqual([]);
  });

  test('is the same for edges requested before and after a rule was added', () => {
    const rules = new RuleSet(1);
    const before = rules.edge('n1', 'n2');
    const spec = { kind: 'loss', links: '*', settings: { probability: '50%' } };
    rules.add(spec, { nowMs: 0 });
    const after = ruleSet(1, spec).edge('n1', 'n2');
    expect(send(before, 100)).toEqual(send(after, 100));
    expect(rules.edge('n1', 'n2')).toBe(before);
  });

  test('applies rules to the edges that they match', () => {
    const rules = ruleSet(
      1,
      cut,
      { kind: 'cut', links: 'n2<>*' },
      { kind: 'cut', links: 'clients>*' },
      { kind: 'cut', links: 'any<>n3' },
    );
    const on = (src: string, dest: string) =>
      rules
        .edge(src, dest)
        .rules.map(({ rule }) => rule.id)
        .join(' ');
    expect(on('n1', 'n2')).toBe('r1 r2');
    expect(on('n2', 'n1')).toBe('r2');
    expect(on('n1', 'n3')).toBe('r4');
    expect(on('c1', 'n2')).toBe('r3');
    expect(on('c7', 'n3')).toBe('r3 r4');
    expect(on('n3', 'c7')).toBe('r4');
    expect(on('n1', 'n4')).toBe('');
  });

  test('relies on its caller to know which endpoints are clients', () => {
    const rules = ruleSet(1, { kind: 'cut', links: 'clients>*' });
    const isClient = (name: string) => name === 'browser';
    expect(rules.edge('browser', 'n1', isClient).rules).toHaveLength(1);
    rules.add({ kind: 'cut', links: '*>*' }, { nowMs: 0 });
    expect(rules.edge('browser', 'n1').rules).toHaveLength(1);
  });

  test('starts over with a forgotten endpoint', () => {
    const rules = ruleSet(1, { ...cut, first: 1 });
    send(rules.edge('n1', 'n2'), 3);
    send(rules.edge('n2', 'n1'), 3);
    send(rules.edge('n1', 'n3'), 3);
    rules.forget('n2');
    expect(rules.edge('n1', 'n2').ordinal).toBe(0);
    expect(rules.edge('n2', 'n1').ordinal).toBe(0);
    expect(rules.edge('n1', 'n3').ordinal).toBe(3);
    expect(send(rules.edge('n1', 'n2'), 1)[0]).not.toBeNull();
  });

  test('restores rules that another one installed', () => {
    const original = new RuleSet(1);
    original.add({ kind: 'delay', links: '*', settings: { delay: '50ms' } }, { nowMs: 0 });
    const { id, spec, expiresAtMs } = original.add(
      { kind: 'reorder', links: '*', for: '5s', settings: { probability: '50%' } },
      { nowMs: 100 },
    );
    const restored = new RuleSet(1);
    expect(restored.restore(id, spec, expiresAtMs)).toMatchObject({
      id: 'r2',
      spec,
      expiresAtMs: 5100,
    });
    expect(restored.nextExpiryMs).toBe(5100);
    expect(restored.add(cut, { nowMs: 0 }).id).toBe('r1');
  });
});

describe('a rule set rejects', () => {
  test('an invalid rule, and installs nothing', () => {
    const rules = new RuleSet(1);
    expect(refusal(() => rules.add({ kind: 'cut' }, { nowMs: 0 })).code).toBe('BAD_RULE');
    expect(rules.list()).toEqual([]);
  });

  test('links that have a meaning only in a given cluster', () => {
    const error = refusal(() => ruleSet(1, { kind: 'cut', links: 'leader>*' }));
    expect(error.code).toBe('BAD_RULE');
    expect(error.message).toBe(
      'links: expected names, *, clients or any, got leader>*: resolve it against a cluster first',
    );
  });

  test('an id twice', () => {
    const rules = ruleSet(1, cut);
    expect(refusal(() => rules.add(cut, { id: 'r1', nowMs: 0 })).message).toBe(
      'id: r1 is the id of another rule',
    );
    expect(refusal(() => rules.add(cut, { id: '', nowMs: 0 })).code).toBe('BAD_RULE');
  });

  test('removing an unknown rule', () => {
    const error = refusal(() => ruleSet(1, cut, cut).remove('r9'));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toBe('no rule has the id r9; installed: r1, r2');
    expect(refusal(() => new RuleSet(1).remove('r9')).message).toContain('installed: none');
  });

  test('reorder without a delay on an overlapping link', () => {
    const reorder = { kind: 'reorder', links: 'n1>n2', settings: { probability: '10%' } };
    const delay = (links: string) => ({ kind: 'delay', links, settings: { delay: '50ms' } });
    const error = refusal(() => ruleSet(1, delay('n2>n1'), reorder));
    expect(error.code).toBe('BAD_RULE');
    expect(error.message).toBe(
      'kind: reorder needs a delay rule on the same links, and none is installed: install that first',
    );
    expect(refusal(() => ruleSet(1, cut, reorder)).code).toBe('BAD_RULE');
    for (const links of ['n1>n2', 'n1<>n2', '*', 'n1>any', 'n2>n3; *>n2']) {
      expect(ruleSet(1, delay(links), reorder).list()).toHaveLength(2);
    }
  });
});

describe('a message in flight', () => {
  const inFlight = (spec: object, what = {}) =>
    ruleSet(1, spec)
      .edge('n1', 'n2')
      .cutsInFlight({ ...message, ...what }, 0);

  test('is cut by a cut that was added after it was sent', () => {
    expect(inFlight(cut)).toBe('r1');
    expect(inFlight({ ...cut, links: 'n2>n1' })).toBeNull();
    expect(inFlight({ ...cut, type: 'vote' })).toBeNull();
    expect(inFlight({ ...cut, type: 'vote' }, { type: 'vote' })).toBe('r1');
    expect(inFlight({ ...cut, replies: true })).toBeNull();
  });

  test('is not affected by other rules, or by cuts with counts', () => {
    expect(inFlight({ kind: 'loss', links: '*', settings: { probability: 1 } })).toBeNull();
    expect(inFlight({ kind: 'hold', links: '*' })).toBeNull();
    expect(inFlight({ ...cut, first: 3 })).toBeNull();
    expect(inFlight({ ...cut, after: 3 })).toBeNull();
    expect(inFlight({ ...cut, every: 3 })).toBeNull();
    expect(inFlight({ ...cut, probability: '99%' })).toBeNull();
  });
});

test('the total delay of several rules is at most a day', () => {
  const rules = new RuleSet(1);
  for (let i = 0; i < 3; i++) {
    rules.add({ kind: 'delay', links: 'n1>n2', settings: { delay: '20h' } }, { nowMs: 0 });
  }
  const [verdict] = send(rules.edge('n1', 'n2'), 1);
  expect(verdict).toMatchObject([{ delayMs: delayMsMax, rules: ['r1', 'r2', 'r3'] }]);
});

test('a rule that is removed and added again draws as before, whichever of several identical rules it was', () => {
  const spec = { kind: 'loss', links: 'n1>n2', settings: { probability: '50%' } };
  const lost = (rules: RuleSet): boolean[] =>
    send(rules.edge('n1', 'n2'), 200).map((verdict) => verdict !== null);
  const before = new RuleSet(1);
  const after = new RuleSet(1);
  for (const rules of [before, after]) for (let i = 0; i < 3; i++) rules.add(spec, { nowMs: 0 });
  for (const id of ['r2', 'r1']) after.remove(id);
  for (const id of ['r1', 'r2']) after.add(spec, { id, nowMs: 0 });
  expect(lost(after)).toEqual(lost(before));
});
