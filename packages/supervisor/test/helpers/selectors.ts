/** The selector context of a cluster. Draws pick the first nodes, so that a test can name them. */
import type { ClusterOptionsOf } from '@faultline/actions';
import { parseLinks, type SelectorContext } from '@faultline/protocol';
import { partitionLinks } from '../../src/rules/partition.ts';

export const namesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `n${i + 1}`);

export function contextOf(
  nodes: readonly string[],
  more: Partial<SelectorContext> = {},
): SelectorContext {
  return { nodes, clients: [], pick: (count, among) => among.slice(0, count), ...more };
}

/** Every directed link that a partition cuts, as `n1>n2`, sorted. */
export function cutsOf(
  partition: ClusterOptionsOf<'partition'>,
  context: SelectorContext,
): string[] {
  const cuts = parseLinks(partitionLinks(partition, context)).links.flatMap((link) => {
    const [from, to] = [link.from, link.to].map((terms) =>
      terms.map((term) => {
        if (term.kind !== 'name') throw new Error(`expected names only, got ${term.kind}`);
        return term.name;
      }),
    );
    const forwards = from!.flatMap((a) => to!.map((b) => `${a}>${b}`));
    const backwards = link.isBothWays ? to!.flatMap((b) => from!.map((a) => `${b}>${a}`)) : [];
    return [...forwards, ...backwards];
  });
  return [...new Set(cuts)].sort();
}
