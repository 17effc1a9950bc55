import type { ClusterEvent, EventReport } from '@faultline/actions';
import { type Action, actionText, readPlan, type Undo } from '@faultline/plans';
import { FaultlineError } from '@faultline/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Player } from '../src/play/play.ts';
import type { Target } from '../src/play/target.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Played {
  /** When calls end. */
  readonly answered?: Promise<string>;
  /** Whether anything is left to undo. */
  readonly isLeft?: boolean;
}

/** A target on which everything works except crashes; it records its actions. */
function played(
  steps: unknown[],
  before: unknown[] = [],
  { answered, isLeft = true }: Played = {},
) {
  const plan = readPlan({ load: { workload: 'register', for: '10s' }, before, steps });
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(`${Date.now() - startMs} ${line}`);
  const target: Target = {
    async perform(action: Action) {
      if ('crash' in action) throw new FaultlineError('NODE_CANNOT', 'not this one');
      write(actionText(action));
      const done = { nodes: ['n2'], rules: ['r1'] };
      return 'call' in action && answered !== undefined ? { ...done, answered } : done;
    },
    async undo(undo: Undo) {
      if ('action' in undo && 'disk' in undo.action) throw new FaultlineError('NODE_CANNOT', 'no');
      write(`undo ${'action' in undo ? actionText(undo.action) : undo.rules.join()}`);
      return isLeft;
    },
    async heal() {},
  };
  const startMs = Date.now();
  const undone: unknown[] = [];
  const answers: unknown[] = [];
  const player = new Player({
    plan,
    target,
    note(kind, facts) {
      const report = { kind, node: null, facts } as EventReport;
      if (report.kind === 'step.failed') {
        write(`failed ${report.facts.does}: ${report.facts.reason}`);
      }
      if (report.kind === 'step.did' && report.facts.answer !== undefined) {
        answers.push(report.facts.answer);
      }
      if (report.kind === 'step.undone') {
        const { step, turn, action } = report.facts;
        undone.push([step, turn, action]);
      }
    },
  });
  return { player, lines, undone, answers };
}
const role = (node: string, role: string): ClusterEvent => ({
  seq: 1,
  atMs: 0,
  time: '',
  kind: 'node.role',
  node,
  facts: { role },
});

test('runs steps at their times, and undoes actions with a for on the nodes that they acted on', async () => {
  const { player, lines } = played([
    {
      at: '1s',
      do: [
        { pause: 'random:1', for: '500ms' },
        { partition: 'n1 | rest', for: '2s' },
      ],
    },
    { every: '2s', until: '5s', do: { kill: 'n1', restartAfter: '300ms' } },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(10_000);
  await player.timedDone;
  expect(lines).toEqual([
    '1000 pause random:1, for 500ms',
    '1000 partition n1 | rest, for 2s',
    '1500 undo resume n2',
    '2000 kill n1, restartAfter 300ms',
    '2300 undo start n2',
    '3000 undo r1',
    '4000 kill n1, restartAfter 300ms',
    '4300 undo start n2',
  ]);
});

test('runs a conditional step once, at the count-th occurrence of its condition', async () => {
  const { player, lines } = played([
    { after: 'n1 becomes leader', plus: '100ms', do: { pause: 'n1' } },
    { after: { role: 'leader', count: 2 }, do: { kill: 'n2' } },
  ]);
  player.see(role('n1', 'leader'));
  player.start();
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines).toEqual([]);
  for (const node of ['n1', 'n3', 'n1']) player.see(role(node, 'leader'));
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines).toEqual(['1000 kill n2', '1100 pause n1']);
});

test('an action that fails does not prevent others, and is not undone', async () => {
  const { player, lines } = played([
    { at: '0s', do: [{ crash: 'n1', when: 'sends vote', for: '1s' }, 'heal'] },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toEqual(['0 failed crash n1, when sends vote, for 1s: not this one', '0 heal']);
});

test('starts and undoes nothing after the end', async () => {
  const { player, lines } = played([
    { at: '1s', do: { pause: 'n1', for: '5s' } },
    { at: '3s', do: 'heal' },
    { after: 'n1 becomes leader', do: { kill: 'n1' } },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(2000);
  await player.stop();
  player.see(role('n1', 'leader'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toEqual(['1000 pause n1, for 5s']);
});

test('runs actions before the load one after another, with waits for time and for conditions, even ones already met', async () => {
  const { player, lines } = played(
    [],
    [
      { wait: '200ms' },
      { pause: 'n1', as: 'still' },
      { wait: 'n2 becomes leader' },
      { undo: 'still' },
      { wait: 'n2 becomes leader' },
      { wait: 'n3 becomes leader', within: '1s' },
      'heal',
    ],
  );
  const prepared = player.prepare();
  await vi.advanceTimersByTimeAsync(500);
  player.see(role('n2', 'leader'));
  await vi.advanceTimersByTimeAsync(2000);
  await prepared;
  expect(lines).toEqual([
    '200 pause n1, as still',
    '500 undo resume n2',
    '1500 failed wait until n3 becomes leader, within 1s: timed out after 1s waiting until n3 becomes leader',
    '1500 heal',
  ]);
});

test('a step waits for an event since it began, and then for one after that', async () => {
  const { player, lines } = played(
    [
      {
        at: '1s',
        do: [
          { pause: 'n1' },
          { wait: 'n2 becomes leader' },
          { kill: 'n2' },
          { wait: '200ms' },
          { wait: 'n3 becomes leader' },
          { wait: 'n2 becomes leader' },
          { kill: 'n3' },
        ],
      },
    ],
    [{ wait: 'n2 becomes leader' }],
  );
  const lead = async (node: string): Promise<void> => {
    player.see(role(node, 'leader'));
    await vi.advanceTimersByTimeAsync(0);
  };
  player.see(role('n2', 'leader'));
  await player.prepare();
  player.start();
  await vi.advanceTimersByTimeAsync(2000);
  expect(lines).toEqual(['1000 pause n1']);
  await lead('n2');
  expect(lines).toEqual(['1000 pause n1', '2000 kill n2']);
  // While it waits for time, and for another event.
  await lead('n3');
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines).toHaveLength(2);
  await lead('n2');
  expect(lines.at(-1)).toBe('3000 kill n3');
});

test('undoes all actions of a name at once, and only once', async () => {
  const { player, lines, undone } = played([
    { every: '1s', until: '3s', do: { isolate: 'n1', as: 'alone' } },
    { at: '2500ms', do: [{ undo: 'alone' }, { wait: '100ms' }, { undo: 'alone' }] },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toEqual([
    '1000 isolate n1, as alone',
    '2000 isolate n1, as alone',
    '2500 undo r1',
    '2500 undo r1',
    '2600 failed undo alone: nothing of alone is left to undo',
  ]);
  expect(undone).toEqual([
    [0, 0, 0],
    [0, 1, 0],
  ]);
});

test('does not undo an action again when its time is over, after an undo by name', async () => {
  const { player, lines, undone } = played([
    { at: '500ms', do: { pause: 'n2', for: '2s', as: 'a' } },
    { at: '500ms', do: { kill: 'n2', restartAfter: '2s', as: 'a' } },
    { at: '1s', do: { undo: 'a' } },
    { at: '1200ms', do: { pause: 'n2', for: '2s' } },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines).toEqual([
    '500 pause n2, for 2s, as a',
    '500 kill n2, restartAfter 2s, as a',
    '1000 undo resume n2',
    '1000 undo start n2',
    '1200 pause n2, for 2s',
    '3200 undo resume n2',
  ]);
  expect(undone).toEqual([
    [0, 0, 0],
    [1, 0, 0],
    [3, 0, 0],
  ]);
});

test('fails to undo by name an action that has ended automatically or was never performed', async () => {
  const { player, lines } = played([
    { at: '1s', do: { pause: 'n2', for: '1s', as: 'short' } },
    { at: '3s', do: [{ undo: 'short' }, { undo: 'late' }, { undo: 'failed' }] },
    { at: '4s', do: { pause: 'n2', as: 'late' } },
    { at: '0s', do: { crash: 'n2', when: 'sends vote', as: 'failed' } },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines.filter((line) => line.startsWith('3000'))).toEqual([
    '3000 failed undo short: nothing of short is left to undo',
    '3000 failed undo late: no action called late has been performed',
    '3000 failed undo failed: no action called failed has been performed',
  ]);
});

test('an undo that fails for one action still undoes the others of its name, and fails', async () => {
  const { player, lines } = played([
    {
      at: '1s',
      do: [
        { disk: 'n2', full: true, as: 'both' },
        { pause: 'n2', as: 'both' },
      ],
    },
    { at: '2s', do: { undo: 'both' } },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines.slice(2)).toEqual(['2000 undo resume n2', '2000 failed undo both: no']);
});

test('unlink removes the rules of link actions with its name, and undoes nothing else of that name', async () => {
  const flaky = { link: { links: 'n1>n2', kind: 'cut' }, for: '3s', as: 'flaky' };
  const { player, lines, undone } = played([
    { at: '1s', do: [flaky, { pause: 'n2', as: 'flaky' }] },
    { at: '2s', do: [{ unlink: 'flaky' }, { unlink: 'flaky' }, { undo: 'flaky' }] },
  ]);
  player.start();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lines.slice(2)).toEqual([
    '2000 undo r1',
    '2000 failed unlink flaky: nothing of flaky is left to undo',
    '2000 undo resume n2',
  ]);
  expect(undone).toEqual([
    [0, 0, 0],
    [0, 0, 1],
  ]);
});

test('before the load, a call ends before the next action', async () => {
  let answer = (): void => {};
  const answered = new Promise<string>((resolve) => {
    answer = () => resolve('read_ok');
  });
  const call = { call: 'n1', body: { type: 'read' } };
  const { player, lines } = played([], [call, 'heal'], { answered });
  const prepared = player.prepare();
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines).toHaveLength(1);
  answer();
  await prepared;
  expect(lines).toEqual([expect.stringContaining('call n1'), '1000 heal']);
});

test('a stopped player waits for nothing', async () => {
  const { player, lines } = played([], [{ wait: 'any becomes leader', within: '1h' }, 'heal']);
  const prepared = player.prepare();
  await player.stop();
  await prepared;
  expect(lines).toEqual([]);
});

test('does not report an action as undone at the end of its time if another action has ended it', async () => {
  const steps = [{ at: '1s', do: { isolate: 'n1', for: '2s' } }];
  const reported = async (isLeft: boolean) => {
    const { player, undone } = played(steps, [], { isLeft });
    player.start();
    await vi.advanceTimersByTimeAsync(4000);
    return undone;
  };
  expect(await reported(true)).toEqual([[0, 0, 0]]);
  expect(await reported(false)).toEqual([]);
});

test('makes the calls of one step one after the other, and reports each outcome', async () => {
  const answered = new Promise<string>((resolve) => setTimeout(() => resolve('read_ok'), 300));
  const call = { call: 'n1', body: { type: 'read' } };
  const { player, lines, answers } = played([{ at: '100ms', do: [call, call] }], [], { answered });
  player.start();
  await vi.advanceTimersByTimeAsync(1000);
  expect(lines.map((line) => line.split(' ')[0])).toEqual(['100', '300']);
  expect(answers).toEqual(['read_ok', 'read_ok']);
});

test('a plan ends when every for is over, including those of actions that end automatically', async () => {
  const endOf = async (steps: unknown[], before: unknown[] = []): Promise<number> => {
    const { player } = played(steps, before);
    const startMs = Date.now();
    let endMs = Number.POSITIVE_INFINITY;
    void player.over.then(() => {
      endMs = Date.now() - startMs;
    });
    await player.prepare();
    player.start();
    await vi.advanceTimersByTimeAsync(10_000);
    await player.stop();
    return endMs;
  };
  expect(await endOf([])).toBe(0);
  expect(await endOf([{ at: '1s', do: 'heal' }])).toBe(1000);
  expect(await endOf([{ at: '1s', do: { pause: 'n1', for: '2s' } }])).toBe(3000);
  expect(await endOf([{ at: '1s', do: { kill: 'n1', restartAfter: '500ms' } }])).toBe(1500);
  expect(await endOf([{ at: '1s', do: { hang: 'n1', for: '2s' } }])).toBe(3000);
  expect(await endOf([{ at: '1s', do: 'heal' }], [{ pause: 'n1', for: '4s' }])).toBe(4000);
});
