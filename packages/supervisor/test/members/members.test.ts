import { clientsMax } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { Members } from '../../src/members/members.ts';

test('as many clients may call as the limit says, and the next one is refused', async () => {
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
