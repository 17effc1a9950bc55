/** A counter with a copy on every node. Copies converge, because each part only grows. */
import type { Node } from '../../src/index.ts';

/** What the nodes send each other. */
type Parts = { type: 'parts'; parts: Record<string, number> };

export default function counter(node: Node): void {
  const parts: Record<string, number> = { [node.id]: 0 };
  for (const amount of node.disk.read('added')) parts[node.id]! += Number(amount);

  node.on('add', async ({ amount }) => {
    parts[node.id]! += Number(amount);
    node.disk.append('added', Number(amount));
    await node.disk.sync('added');
    return {};
  });

  node.on('read', () => ({ total: Object.values(parts).reduce((a, b) => a + b) }));

  node.on('parts', ({ parts: theirs }: Parts) => {
    for (const [id, part] of Object.entries(theirs)) {
      parts[id] = Math.max(parts[id] ?? 0, part);
    }
  });

  node.every(200, () => node.broadcast({ type: 'parts', parts }));
}
