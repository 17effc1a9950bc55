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
import type { Node, Program } from '@faultline/node';
import { readKey, readValue } from '../common/read.ts';
import { RecordFile } from '../common/record-file.ts';
import { readDigest, readEntries } from './shapes.ts';
import { type Entry, inParts, type Stamp, Store } from './store.ts';

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
    throw new RangeError(`kv: there is no setting ${key}; there is order`);
  }
  if (order !== 'wall' && order !== 'hybrid') {
    throw new RangeError(`kv: order is wall or hybrid, not ${order}`);
  }
  const store = new Store();
  const file = new RecordFile<Entry>(node, {
    name: 'entries',
    live: () => store.entries(),
  });
  for (const entry of file.read()) store.merge(entry);

  /** Remembers the entries that are news, and returns when they are safe on disk. */
  async function take(entries: readonly Entry[]): Promise<void> {
    const news = entries.filter((entry) => store.merge(entry));
    if (news.length === 0) return;
    for (const entry of news) file.append(entry);
    file.compact();
    await file.sync();
  }

  let lastUs = 0;

  /** Two writes of one node never have the same stamp, however close they are. */
  function stampNow(): Stamp {
    if (order === 'hybrid') return { time: node.clock.hybrid(), node: node.id };
    let nowUs = Math.round(node.clock.wall() * 1000);
    if (nowUs <= lastUs && lastUs - nowUs < sameMomentUs) nowUs = lastUs + 1;
    lastUs = nowUs;
    return { time: sortable(nowUs), node: node.id };
  }

  node.on('read', ({ key }) => ({ value: store.get(readKey(key))?.value ?? null }));

  node.on('write', async ({ key, value }) => {
    const entry: Entry = { key: readKey(key), value: readValue(value), stamp: stampNow() };
    await take([entry]);
    node.broadcast({ type: 'entries', entries: [entry] });
    return { stamp: entry.stamp };
  });

  node.on('all', () => ({ entries: store.entries() }));

  node.on('entries', ({ entries }) => take(readEntries(entries)));

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
    if (node.peers.length > 0) sendDigest(node.random.pick(node.peers), false);
  });
}

/** A wall clock that was set back by more than this is believed, as the last write then loses. */
const sameMomentUs = 1000;

/** Fixed width, so that texts compare as times do: exact from before 1970 until after 2100. */
function sortable(us: number): string {
  return String(Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, us + 4e15))).padStart(16, '0');
}
