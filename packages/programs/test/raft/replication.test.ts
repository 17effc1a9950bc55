import { expect, test } from 'vitest';
import { Simulation } from './helpers/simulation.ts';

test('a new leader of a long log reaches nodes that it knows nothing about yet', () => {
  const simulation = new Simulation();
  simulation.run(200);
  for (let n = 0; n < 2000; n++) simulation.request('n1', { type: 'write', key: 'x', value: n });
  simulation.settle();
  simulation.crash('n1');
  simulation.run(1500);
  const name = simulation.request('n2', { type: 'read', key: 'x' });
  simulation.run(100);
  expect(simulation.operations.get(name)!.isDone).toBe(true);
  expect(simulation.replies.at(-1)!.body.value).toBe(1999);
});

test('the busier a leader is, the fewer messages it sends for each entry', () => {
  const simulation = new Simulation();
  simulation.run(200);
  let sent = 0;
  simulation.onEffect = (_, effect) => {
    if (effect.do === 'send' && effect.message.type === 'append_entries') sent++;
  };
  for (let n = 0; n < 1000; n++) simulation.request('n1', { type: 'write', key: 'x', value: n });
  simulation.settle();
  expect(simulation.raft('n1').state.commit).toBe(1002);
  expect(sent).toBeLessThan(2 * 100);
});
