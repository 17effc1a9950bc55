/**
 * A key-value store that is replicated by consensus: linearizable, and there as long as a majority of the
 * nodes is. The protocol is in core.ts; this file gives it the node's messages, timers and disk.
 *
 *   read key → value · write key value · cas key from to [create_if_not_exists] · status
 *
 * Errors are Maelstrom's: 20 no such key, 22 the value is another, 11 not now: it took no effect. A request
 * that is not answered may or may not have taken effect.
 */
import type { Node, Program, Timer } from '@faultline/node';
import { type Input, Raft } from './core.ts';
import { messageTypes, readMessage } from './messages.ts';
import type { DiskRecord } from './persistence.ts';
import { type Flaws, withFlaws } from './rules.ts';
import { readSettings } from './settings.ts';
import type { Effect } from './state.ts';

const diskFile = 'raft';
const syncAgainMs = 100;

export default raftProgram();

/** Raft, or what it is without some of its rules: see rules.ts. */
export function raftProgram({ flaws = {} }: { readonly flaws?: Flaws } = {}): Program {
  return (node) => run(node, flaws);
}

type Fed<T> = T extends unknown ? Omit<T, 'nowMs'> : never;

function run(node: Node, flaws: Flaws): void {
  const raft = new Raft(
    {
      id: node.id,
      members: node.members,
      isFirstStart: node.incarnation === 1,
      settings: readSettings(node.settings),
      rules: withFlaws(flaws),
      draw: () => node.random.next(),
    },
    node.disk.read<DiskRecord>(diskFile),
  );
  let timer: Timer | undefined;
  let left: (() => void) | undefined;

  function feed(input: Fed<Input>): void {
    for (const effect of raft.step({ ...input, nowMs: node.clock.monotonic() })) {
      perform(effect);
    }
  }

  function perform(effect: Effect): void {
    switch (effect.do) {
      case 'send':
        node.send(effect.to, effect.message);
        break;
      case 'reply':
        node.send(effect.client, effect.body);
        break;
      case 'persist':
        for (const record of effect.records) node.disk.append(diskFile, record);
        void sync(effect.number);
        break;
      case 'rewrite':
        // Where that fails the old records stay, and say the same.
        node.disk.replace(diskFile, effect.records).catch((error: Error) => {
          node.log.warn({ err: error }, 'the log on disk was not compacted');
        });
        break;
      case 'role':
        node.role(effect.role);
        break;
      case 'event':
        node.event(effect.name, effect.data);
        break;
      case 'wake':
        timer?.cancel();
        timer = node.after(effect.atMs - node.clock.monotonic(), () => feed({ type: 'tick' }));
        break;
      case 'left':
        left?.();
        break;
      case 'apply':
        break;
    }
  }

  /** A disk that is full or fails now may not later; until then the node promises nothing. */
  async function sync(number: number): Promise<void> {
    try {
      await node.disk.sync(diskFile);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'DISK_CORRUPT') throw error;
      node.after(syncAgainMs, () => void sync(number));
      return;
    }
    feed({ type: 'persisted', number });
  }

  for (const type of ['read', 'write', 'cas']) {
    node.on(type, (body, { src }) => feed({ type: 'request', client: src, body }));
  }
  for (const type of messageTypes) {
    node.on(type, (body, { src }) =>
      feed({ type: 'message', from: src, message: readMessage(body) }),
    );
  }
  node.on('status', () => {
    const { role, term, leader, commit, log, voters, machine } = raft.state;
    const { applied } = machine;
    return { role, term, leader, commit, applied, last: log.last, first: log.first, voters };
  });
  node.onMembership((members) => {
    const mayGo = new Promise<void>((resolve) => {
      left = resolve;
    });
    feed({ type: 'members', members });
    return members.includes(node.id) ? undefined : mayGo;
  });
  feed({ type: 'start' });
}
