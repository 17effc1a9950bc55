/**
 * A key-value store that is always available and sometimes wrong: every node has all the data and
 * answers from its own copy.
 *
 * - A write is taken by whichever node it reaches, stamped with that node's clock, and sent to all
 *   others at once.
 * - From time to time each node compares digests with a random peer, and both send what the other
 *   lacks (anti-entropy; Demers et al. 1987, "Epidemic algorithms for replicated database
 *   maintenance", section 1.3). So what a partition kept apart comes together again.
 * - Of two writes to a key, the one with the later stamp wins. `--set order=wall` (the default) takes
 *   the node's wall clock, and a clock that runs ahead then beats newer writes. `--set order=hybrid`
 *   takes its hybrid logical clock: a write that came after another, as far as anybody in the cluster
 *   could tell, wins.
 *
 *   read key → value or null · write key value → the stamp · all → every entry
 */
import { errorCodes, type Json, type Node, RpcError } from '@faultline/node';
import { type Entry, type Stamp, Store } from './store.ts';

const gossipEveryMs = 200;
const diskFile = 'entries';

export default async function kv(node: Node): Promise<void> {
  const { order = 'wall' } = node.settings;
  if (order !== 'wall' && order !== 'hybrid') {
    throw new RangeError(`kv: order is wall or hybrid, not ${order}`);
  }
  const store = new Store();
  const records = node.disk.read(diskFile);
  for (const entry of records) store.merge(entry as unknown as Entry);
  // Entries that were overwritten need not be read again at the next start.
  if (records.length > 2 * store.entries().length) {
    await node.disk.replace(diskFile, store.entries() as unknown as Json[]);
  }

  /** Remembers the entries that are news, and returns when they are safe on disk. */
  async function take(entries: readonly Entry[]): Promise<void> {
    const news = entries.filter((entry) => store.merge(entry));
    if (news.length === 0) return;
    for (const entry of news) node.disk.append(diskFile, entry as unknown as Json);
    await node.disk.sync(diskFile);
  }

  function stampNow(): Stamp {
    const time = order === 'hybrid' ? node.clock.hybrid() : wallText(node.clock.wall());
    return { time, node: node.id };
  }

  node.on('read', ({ key }) => ({ value: store.get(keyOf(key))?.value ?? null }));

  node.on('write', async ({ key, value }) => {
    const entry: Entry = { key: keyOf(key), value: value ?? null, stamp: stampNow() };
    await take([entry]);
    node.broadcast({ type: 'entries', entries: [entry] as unknown as Json });
    return { stamp: entry.stamp as unknown as Json };
  });

  node.on('all', () => ({ entries: store.entries() as unknown as Json }));

  node.on('entries', ({ entries }) => take(entries as unknown as Entry[]));

  node.on('digest', async ({ digest, isAnswer }, { src }) => {
    const lacking = store.newerThan(digest as unknown as Record<string, Stamp>);
    if (lacking.length > 0)
      node.send(src, { type: 'entries', entries: lacking as unknown as Json });
    // One answer brings back what this node lacks; an answer to the answer would never end.
    if (isAnswer !== true) sendDigest(src, true);
  });

  function sendDigest(dest: string, isAnswer: boolean): void {
    node.send(dest, { type: 'digest', digest: store.digest() as unknown as Json, isAnswer });
  }

  node.every(gossipEveryMs, () => {
    if (node.peers.length > 0) sendDigest(node.random.pick(node.peers), false);
  });
}

function keyOf(key: unknown): string {
  if ((typeof key === 'string' && key !== '') || typeof key === 'number') return String(key);
  throw new RpcError(errorCodes.malformedRequest, `key is a text, not ${JSON.stringify(key)}`);
}

/** Fixed width, so that texts compare as times do: for a few thousand years, and before 1970 too. */
function wallText(wallMs: number): string {
  return String(Math.round(wallMs * 1000) + 1e17).padStart(18, '0');
}
