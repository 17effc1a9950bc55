import type { SelectorContext } from '../../src/grammar/index.ts';

/** Five nodes and two clients; draws take the last ones and are written down. */
export function cluster(overrides: Partial<SelectorContext> = {}) {
  const draws: string[] = [];
  const context: SelectorContext = {
    nodes: ['n1', 'n2', 'n3', 'n4', 'n5'],
    clients: ['c1', 'c2'],
    leader: 'n2',
    pick: (count, among) => {
      draws.push(`${count} of ${among.join(',')}`);
      return among.slice(-count).reverse();
    },
    ...overrides,
  };
  return { context, draws };
}
