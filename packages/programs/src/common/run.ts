/**
 * Runs a state machine on a node: its records go to a file, its messages to the network, and the
 * node's monotonic clock provides the time. Nothing leaves before what was decided until then is on
 * disk; where the disk refuses, requests are answered with 13 (crash): the record may still get there.
 */
import {
  type Body,
  errorCodes,
  type Json,
  type Message,
  type Node,
  type Reply,
  RpcError,
} from '@faultline/node';
import type { Effect, Machine, Self } from './machine.ts';
import { RecordFile } from './record-file.ts';

export interface RunOptions {
  /** False: answers and messages leave at once, and the disk follows. For showing what that does. */
  readonly persistBeforeAnswer?: boolean;
  /** False: a request that the network delivers twice is handled twice. */
  readonly dropsDuplicates?: boolean;
  /** Interval of a machine's ticks. */
  readonly tickMs?: number;
  /** A file with fewer records than this is never made shorter. */
  readonly recordsMin?: number;
}

const name = 'records';

/** The first record of each start. */
type Start = {
  readonly start: number;
};

const isStart = <R extends Json>(record: R | Start): record is Start =>
  typeof record === 'object' &&
  record !== null &&
  'start' in record &&
  typeof record.start === 'number';

/**
 * A machine is born of who it is: one for each start. A node counts its incarnations from 1 again when
 * the cluster is started again; a machine continues with those on its disk.
 */
export function selfOf({ id, incarnation, members, disk }: Node): Self {
  const last = disk.read<Json | Start>(name).findLast(isStart);
  return { id, incarnation: Math.max(incarnation, (last?.start ?? 0) + 1), members };
}

export async function runMachine<R extends Json>(
  node: Node,
  machine: Machine<R>,
  { persistBeforeAnswer = true, dropsDuplicates = true, tickMs = 50, recordsMin }: RunOptions = {},
): Promise<void> {
  machine.dropsDuplicates = dropsDuplicates;
  const start = { start: machine.self.incarnation };
  const live = () => [start, ...machine.snapshot()];
  const file = new RecordFile<R | Start>(node, { name, live, recordsMin });
  const records = file.read();
  restore(
    machine,
    records.filter((record): record is R => !isStart(record)),
    node.clock.monotonic(),
  );
  file.append(start);
  const outbox = new Outbox(node, file, persistBeforeAnswer);

  const handle = (body: Body, message: Message): Promise<Reply | undefined> | undefined => {
    const answer =
      body.msg_id === undefined || body.type.endsWith('_ok') ? undefined : outbox.expect(message);
    outbox.take(machine.receive(message, node.clock.monotonic()));
    return answer;
  };
  for (const type of [...Object.keys(machine.handlers), 'pass']) {
    node.on(type, handle);
    node.on(`${type}_ok`, handle);
  }
  node.every(tickMs, () => outbox.take(machine.tick(node.clock.monotonic())));
}

/** Machines keep their records in files of one name: those of another machine are no records here. */
function restore<R extends Json>(machine: Machine<R>, records: readonly R[], nowMs: number): void {
  try {
    machine.restore(records, nowMs);
  } catch (thrown) {
    const { message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    throw new Error(
      `the records on the disk of ${machine.self.id} belong to another program (${message}): run the program that wrote them, or start with --wipe`,
      { cause: thrown },
    );
  }
}

type Output = Exclude<Effect, { kind: 'persist' }>;

interface Expected {
  readonly resolve: (reply: Reply | undefined) => void;
  readonly reject: (error: RpcError) => void;
}

/** Keeps effects in their order: records first, then what may be known of them. */
class Outbox {
  readonly #node: Node;
  readonly #file: RecordFile;
  readonly #isPersistedFirst: boolean;
  readonly #expected = new Map<Message, Expected>();
  #waiting: Output[] = [];
  /** As is the record of the start. */
  #isUnsynced = true;
  #isSyncing = false;

  constructor(node: Node, file: RecordFile, isPersistedFirst: boolean) {
    this.#node = node;
    this.#file = file;
    this.#isPersistedFirst = isPersistedFirst;
  }

  expect(request: Message): Promise<Reply | undefined> {
    return new Promise((resolve, reject) => this.#expected.set(request, { resolve, reject }));
  }

  take(effects: readonly Effect[]): void {
    const outputs: Output[] = [];
    for (const effect of effects) {
      if (effect.kind !== 'persist') outputs.push(effect);
      else {
        this.#file.append(effect.record);
        this.#isUnsynced = true;
      }
    }
    const mayLeave = !this.#isPersistedFirst || !(this.#isUnsynced || this.#isSyncing);
    if (mayLeave) for (const output of outputs) this.#leave(output);
    else this.#waiting.push(...outputs);
    if (this.#isUnsynced && !this.#isSyncing) void this.#sync();
    this.#file.compact();
  }

  /** One sync at a time, for all that came together since the one before. */
  async #sync(): Promise<void> {
    this.#isSyncing = true;
    let isRefused = false;
    while (this.#waiting.length > 0 || (this.#isUnsynced && !isRefused)) {
      const leaving = this.#waiting;
      this.#waiting = [];
      this.#isUnsynced = false;
      try {
        await this.#file.sync();
        for (const output of leaving) this.#leave(output);
      } catch (error) {
        isRefused = true;
        this.#isUnsynced = true;
        this.#node.log.error({ err: error }, 'the disk write failed; no message is sent');
        const reason = error instanceof Error ? error.message : String(error);
        for (const output of leaving) this.#fail(output, reason);
      }
    }
    this.#isSyncing = false;
  }

  #leave(output: Output): void {
    switch (output.kind) {
      case 'send':
        this.#node.send(output.dest, output.body);
        return;
      case 'answer':
        this.#settle(output.request)?.resolve(output.reply);
        return;
      case 'ignore':
        this.#settle(output.request)?.resolve(undefined);
        return;
      case 'refuse':
        this.#settle(output.request)?.reject(output.error);
        return;
      case 'event':
        this.#node.event(output.name, output.data);
        return;
      case 'role':
        this.#node.role(output.role);
    }
  }

  /** A message that does not leave is a lost one. */
  #fail(output: Output, reason: string): void {
    if (output.kind !== 'answer' && output.kind !== 'refuse') return;
    this.#settle(output.request)?.reject(new RpcError(errorCodes.crash, `not on disk: ${reason}`));
  }

  #settle(request: Message): Expected | undefined {
    const expected = this.#expected.get(request);
    this.#expected.delete(request);
    return expected;
  }
}
