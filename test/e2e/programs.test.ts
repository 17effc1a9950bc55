/** Each ready program on real processes: something is broken, and its promise still holds. */
import { expect, test } from 'vitest';
import { upProgram } from '../helpers/programs.ts';

test('ids: a node that was killed and wiped gives out no id again', async () => {
  await using program = await upProgram('ids', 2);
  const ids = async (node: string): Promise<unknown[]> => {
    const answers = Array.from({ length: 50 }, () => program.ask(node, { type: 'generate' }));
    return (await Promise.all(answers)).map(({ id }) => id);
  };
  const before = [...(await ids('n1')), ...(await ids('n2'))];
  await program.cluster.client.kill('n1');
  await program.cluster.client.start('n1', { wipe: true });
  const all = [...before, ...(await ids('n1'))];
  expect(new Set(all).size).toBe(150);
});

test('ids by clock: a wall clock that is set back brings ids back', async () => {
  await using program = await upProgram('ids', 1, '--set', 'by=clock');
  const generate = async (): Promise<unknown> => (await program.ask('n1', { type: 'generate' })).id;
  await program.cluster.client.clock('n1', { freeze: true });
  const first = await generate();
  await program.cluster.client.clock('n1', { jump: '+1s' });
  await generate();
  await program.cluster.client.clock('n1', { jump: '-1s' });
  expect(await generate()).toBe(first);
});

test('broadcast: what a partition kept apart and a kill interrupted is everywhere after healing', async () => {
  await using program = await upProgram('broadcast', 3);
  const { client } = program.cluster;
  await client.partition({ groups: 'n1 | n2,n3' });
  for (let message = 0; message < 20; message++) {
    await program.ask(message % 2 === 0 ? 'n1' : 'n3', { type: 'broadcast', message });
  }
  expect((await program.ask('n2', { type: 'read' })).messages).not.toContain(0);
  await client.kill('n1');
  await client.heal();
  await client.start('n1');
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, { type: 'read' }, ({ messages }) => {
      return new Set(messages as number[]).size === 20 && (messages as number[]).length === 20;
    });
  }
});

test('counter: an acknowledged add survives the kill of the only node that knew of it', async () => {
  await using program = await upProgram('counter', 3);
  const { client } = program.cluster;
  await client.partition({ groups: 'n1 | n2,n3' });
  for (const delta of [5, -2, 10]) await program.ask('n1', { type: 'add', delta });
  await program.ask('n2', { type: 'add', delta: 100 });
  await client.kill('n1');
  await client.start('n1');
  await client.heal();
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, { type: 'read' }, ({ value }) => value === 113);
  }
});
