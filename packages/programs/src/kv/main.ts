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
 *   takes its hybrid logical clock: a write that causally follows another one wins.
 *
 *   read key → value or null · write key value → the stamp · all → every entry
 */
import type { Node, Program } from '@faultline/node';
import { readKey, readValue } from '../common/read.ts';
import { RecordFile } from '../common/record-file.ts';
import { readDigest, readEntries } from './shapes.ts';
import { hybridStamps, wallStamps } from './stamps.ts';
import { type Entry, inParts, Store } from './store.ts';

const gossipEveryMs = 200;

export interface KvOptions {
  /** Instead of what `--set order` says. */
  readonly order?: 'wall' | 'hybrid';
}

export default kvProgram();

export function kvProgram(options: KvOptions = {}): Program {
  return (node) => run(node, options);
}

function run(node: Node, options: KvOptions): void {
  const { order: set = 'wall', logLevel: _, ...unknown } = node.settings;
  const order = options.order ?? set;
  for (const key of Object.keys(unknown)) {
    throw new RangeError(`kv: there is no setting ${key}; available: order`);
  }
  if (order !== 'wall' && order !== 'hybrid') {
    throw new RangeError(`kv: order must be wall or hybrid, got ${order}`);
  }
  const stamps = order === 'hybrid' ? hybridStamps(node) : wallStamps(node);
  /** What is on disk. Only this is read and spread: a write whose sync fails must not be seen. */
  const store = new Store();
  /** Also what is not on disk yet, so that an entry that comes again is appended once. */
  const seen = new Store();
  const unsynced: Entry[] = [];
  let appended = 0;
  let synced = 0;
  const file = new RecordFile<Entry>(node, {
    name: 'entries',
    live: () => [...store.entries(), ...unsynced],
  });
  for (const entry of file.read()) {
    stamps.resume(entry.stamp);
    seen.merge(entry);
    store.merge(entry);
  }

  /**
   * Appends the entries that are news. Resolves when whatever won against the others is on disk too: a
   * write that lost to one that a crash then takes would be lost with it.
   */
  async function take(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      if (!seen.merge(entry)) continue;
      file.append(entry);
      unsynced.push(entry);
      appended++;
    }
    await settle();
  }

  async function settle(): Promise<void> {
    if (unsynced.length === 0) return;
    const upTo = appended;
    file.compact();
    await file.sync();
    for (; synced < upTo; synced++) store.merge(unsynced.shift()!);
  }

  node.on('read', ({ key }) => ({ value: store.get(readKey(key))?.value ?? null }));

  node.on('write', async ({ key, value }) => {
    const entry: Entry = { key: readKey(key), value: readValue(value), stamp: stamps.next() };
    await take([entry]);
    node.broadcast({ type: 'entries', entries: [entry] });
    return { stamp: entry.stamp };
  });

  node.on('all', () => ({ entries: store.entries() }));

  node.on('entries', async ({ entries }) => {
    const theirs = readEntries(entries);
    for (const { stamp } of theirs) stamps.observe(stamp);
    const news = theirs.filter((entry) => seen.isNews(entry));
    if (news.length > 0) await take(news);
  });

  node.on('digest', ({ digest, isAnswer }, { src }) => {
    for (const lacking of inParts(store.newerThan(readDigest(digest)))) {
      node.send(src, { type: 'entries', entries: lacking });
    }
    // One answer brings back what this node lacks; an answer to the answer would never end.
    if (isAnswer !== true) sendDigest(src, true);
  });

  function sendDigest(dest: string, isAnswer: boolean): void {
    for (const digest of store.digests()) {
      node.send(dest, { type: 'digest', digest, isAnswer });
    }
  }

  node.every(gossipEveryMs, () => {
    // What the disk refused stays to be written, and the requests for it have their answer.
    settle().catch(() => {});
    if (node.peers.length > 0) sendDigest(node.random.pick(node.peers), false);
  });
}
