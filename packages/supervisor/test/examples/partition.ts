import { supervise } from '@faultline/supervisor';

export async function splitAndHeal(stateDir: string, program: string) {
  const { cluster, down } = await supervise({
    stateDir,
    name: 'example',
    nodes: 3,
    program,
    readyPrograms: {},
    seed: '42',
  });
  try {
    await cluster.partition({ groups: 'n1 | n2,n3' });
    // Clients are on neither side, so they reach both. n1 calls n2 and gets no answer.
    const cut = await cluster.call('n1', { type: 'ask', whom: 'n2' });
    await cluster.heal();
    const healed = await cluster.call('n1', { type: 'ask', whom: 'n2' });
    const [lost] = await cluster.trace({ src: 'n1', dest: 'n2', fate: 'cut' });
    return { cut: cut.body.heard, healed: healed.body.heard, by: lost?.rules };
  } finally {
    await down();
  }
}
