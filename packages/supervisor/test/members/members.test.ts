import { clientsMax } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { Members } from '../../src/members/members.ts';
import type { NodeProcess } from '../../src/nodes/node-process.ts';

test('clients may call up to the limit, and the next one is refused', async () => {
  const members = new Members({
    sign: false,
    nodes: new Map(),
    router: { whenReady: new Promise<number>(() => {}), setMembers: async () => {} },
    record: () => {},
  });
  for (let number = 1; number <= clientsMax; number++) {
    void members.caller(`c${number}`, 0);
  }
  await expect(members.caller(`c${clientsMax + 1}`, 0)).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: `a cluster has at most ${clientsMax} clients`,
  });
  expect(members.list().filter(({ kind }) => kind === 'client')).toHaveLength(clientsMax + 1);
});

test('a first call that waits for the router ends when the cluster goes down', async () => {
  const members = new Members({
    sign: false,
    nodes: new Map(),
    router: { whenReady: new Promise<number>(() => {}), setMembers: async () => {} },
    record: () => {},
  });
  const waiting = members.caller('c1', 3_600_000).catch((error: unknown) => error);
  members.close();
  expect(await waiting).toMatchObject({ code: 'CLUSTER_STOPPING' });
});

test('nodes learn of a start before the router admits it, and of departed nodes until their end', async () => {
  const sent: unknown[] = [];
  const node = (id: string, incarnation: number) => [
    id,
    { id, incarnation, setIncarnations: (all: object) => sent.push([id, all]) },
  ];
  const nodes = new Map([node('n1', 1), node('n2', 1)] as never) as Map<string, NodeProcess>;
  const members = new Members({
    sign: false,
    nodes,
    router: { whenReady: Promise.resolve(1), setMembers: async () => void sent.push('router') },
    record: () => {},
  });
  await members.admit('n1', 1);
  await members.admit('n2', 1);
  const first = { n1: 1, n2: 1 };
  expect(sent.splice(0)).toEqual([['n1', first], ['n2', first], 'router', 'router']);
  nodes.delete('n2');
  Object.assign(nodes.get('n1')!, { incarnation: 2 });
  expect((await members.admit('n1', 2)).incarnations).toEqual({ n1: 2, n2: 1 });
  expect(sent).toEqual([['n1', { n1: 2, n2: 1 }], 'router']);
});
