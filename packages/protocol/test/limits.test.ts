import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import {
  Call,
  clientNumberMax,
  clientsMax,
  loadClientsMax,
  nodesMax,
  parseNodes,
} from '../src/index.ts';

test('a calling client is named c1 up to the last allowed name', () => {
  const call = (client: string): boolean =>
    Value.Check(Call, { node: 'n1', body: { type: 'echo' }, client });
  expect(['c1', 'c10', `c${clientNumberMax}`].map(call)).toEqual([true, true, true]);
  expect(['c0', 'c01', 'n1', `c${clientNumberMax + 1}`].map(call)).toEqual(Array(4).fill(false));
});

test('one range can name all nodes, and all clients', () => {
  for (const range of [`n1-n${nodesMax}`, `c1-c${clientsMax}`]) {
    expect(parseNodes(range).terms).toHaveLength(1);
  }
  expect(() => parseNodes(`c1-c${clientsMax + 1}`)).toThrow(`at most ${clientsMax} names`);
});

test('a load of the largest size leaves clients for calls', () => {
  expect(loadClientsMax).toBeLessThan(clientsMax);
  expect(clientsMax).toBeLessThanOrEqual(clientNumberMax);
});
