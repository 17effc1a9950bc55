/**
 * Random runs, written as routers and nodes write them: with files of a few hundred bytes,
 * router processes and nodes that crash, messages that wait, are held, duplicated, lost, or never
 * reached a router, handlers that never end, ids of requests that repeat, files that are gone, and
 * last records that are torn.
 */
import { appendFileSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { type Fate, type StampsToWrite, stampBytes, writeStamps } from '@faultline/protocol';
import fc from 'fast-check';
import {
  fateRecordBytesMax,
  linkRecordBytes,
  RecordFiles,
  recordBytesMaxWith,
  startRecordBytes,
  writeFateRecord,
  writeHandledRecord,
  writeLinkRecord,
  writeLocalRecord,
  writeNodeRecord,
  writeReceiveRecord,
  writeRuleRecord,
  writeStartRecord,
} from '../../src/index.ts';
import type { Folder } from './folder.ts';
import { info, runFolder } from './run.ts';

/** A step of a random run: what happens, and numbers from which the rest follows. */
type Step = readonly [what: number, a: number, b: number, c: number];

export interface Plan {
  readonly steps: readonly Step[];
  readonly fileBytesMax: number;
  /** How many of the oldest files of the router, and of each node, are gone. */
  readonly gone: readonly [router: number, nodes: number];
  /** The number of bytes missing at the end of each writer's last file. */
  readonly torn: number;
}

export const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(fc.tuple(fc.nat(99), fc.nat(999), fc.nat(999), fc.nat(999)), {
    minLength: 5,
    maxLength: 120,
    size: 'max',
  }),
  fileBytesMax: fc.constantFrom(200, 1000, 1_000_000),
  gone: fc.tuple(fc.constantFrom(0, 0, 0, 1, 3), fc.constantFrom(0, 0, 0, 1)),
  torn: fc.constantFrom(0, 0, 1, 40),
});

const sdkNodes = ['n1', 'n2', 'n3'];
/** A program without the SDK, and clients: they record nothing. */
const others = ['x1', 'c1', 'c2'];
const names = [...sdkNodes, ...others];

const specs: readonly object[] = [
  { kind: 'loss', links: '*', settings: { probability: '50%' } },
  { kind: 'delay', links: 'n1>n2', settings: { delay: '5ms' } },
  { kind: 'duplicate', links: '*', settings: { probability: '30%' } },
  { kind: 'cut', links: 'n1<>n2' },
  { kind: 'loss', links: '*', after: 3, settings: { probability: '50%' } },
  { kind: 'loss', links: '*', field: 'v=1', settings: { probability: '50%' } },
  { kind: 'rate', links: '*', settings: { rate: '1kB/s', per: 'rule' } },
  { kind: 'rate', links: 'n1>n2', settings: { rate: '1kB/s' } },
  { kind: 'forge', links: '*', settings: { src: 'n3' } },
];

interface Sent {
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly incarnation: number;
  readonly seq: number;
  readonly msgId: number;
  readonly inReplyTo: number;
  readonly ordinal: number;
  readonly arrivedMs: number;
  readonly stamps: StampsToWrite | undefined;
  readonly body: string;
  readonly rules: string;
}

interface Copy {
  readonly message: Sent;
  readonly copy: number;
}

interface Member {
  readonly name: string;
  incarnation: number;
  seq: number;
  lamport: number;
  files: RecordFiles | undefined;
  /** Messages whose handlers are running. */
  open: Sent[];
  /** Requests that it has received. */
  asked: Sent[];
}

/** Returns the folder, and the ids of messages that were sent, some of which no router saw. */
export function madeRun(plan: Plan): { readonly folder: Folder; readonly ids: readonly string[] } {
  const events: object[] = [];
  const folder = runFolder({}, { ...info, trace: 'full', nodes: sdkNodes });
  const maker = new Maker(folder.path, plan.fileBytesMax, events);
  for (const step of plan.steps) maker.take(step);
  maker.end();
  const lines = (list: readonly object[]): string =>
    list.map((each) => `${JSON.stringify(each)}\n`).join('');
  appendFileSync(folder.at('events.jsonl'), lines(events));
  appendFileSync(folder.at('history.jsonl'), lines(maker.history));
  damage(folder.path, plan);
  return { folder, ids: [...maker.ids] };
}

class Maker {
  readonly #dir: string;
  readonly #fileBytesMax: number;
  readonly #events: object[];
  readonly history: object[] = [];
  readonly ids = new Set<string>();
  #nowMs = info.epoch.trueMs + 1;
  #router: RecordFiles;
  #ordinals = new Map<string, number>();
  #waiting: Copy[] = [];
  readonly #rules = new Map<string, object>();
  #rulesAdded = 0;
  readonly #members: readonly Member[];

  constructor(dir: string, fileBytesMax: number, events: object[]) {
    this.#dir = dir;
    this.#fileBytesMax = fileBytesMax;
    this.#events = events;
    this.#router = this.#files('trace');
    this.#start();
    this.#members = names.map((name) => ({
      ...{ name, incarnation: 1, seq: 0, lamport: 0, open: [], asked: [] },
      files: sdkNodes.includes(name) ? this.#nodeFiles(name, 1) : undefined,
    }));
    for (const member of this.#members) this.#link(member, true);
  }

  take([what, a, b, c]: Step): void {
    this.#nowMs += what % 7 === 0 ? c / 3 : 0.25;
    const member = this.#members[a % this.#members.length]!;
    if (what < 45) this.#send(member, this.#members[b % this.#members.length]!, b, c);
    else if (what < 60) this.#moveOn(a, b);
    else if (what < 72) this.#endHandler(member, b);
    else if (what < 76) this.#routerCrashes();
    else if (what < 81) this.#restart(member);
    else if (what < 86) this.#skip(member, 1 + (b % 3));
    else if (what < 93) this.#changeRules(b, c);
    else this.#tell(member, b);
    this.#router.flush();
    for (const { files } of this.#members) files?.flush();
  }

  end(): void {
    this.#event('cluster.down', null);
  }

  #send(from: Member, to: Member, b: number, c: number): void {
    this.#nowMs += 0.25;
    const request = b % 3 === 1 ? from.asked[c % Math.max(1, from.asked.length)] : undefined;
    // Few numbers: they repeat.
    const msgId = b % 3 === 0 ? 1 + (c % 3) : -1;
    const dest = request === undefined ? to.name : c % 11 === 0 ? to.name : request.src;
    const seq = ++from.seq;
    this.ids.add(`${from.name}.${from.incarnation}.${seq}`);
    const edge = `${from.name}>${dest}`;
    const isRefused = c % 23 === 0;
    const ordinal = isRefused ? 0 : (this.#ordinals.get(edge) ?? 0) + 1;
    if (!isRefused) this.#ordinals.set(edge, ordinal);
    const stamps = from.files === undefined ? undefined : this.#stamps(from);
    if (from.name.startsWith('c') && msgId >= 0) {
      const atMs = this.#nowMs - 0.2 - info.epoch.trueMs;
      const message = `${from.name}.${from.incarnation}.${seq}`;
      this.history.push({
        ...{ index: this.history.length, type: 'invoke', process: from.name, atMs },
        ...{ f: 'read', value: {}, node: dest, message },
      });
    }
    this.#nowMs += 0.125;
    const ids = [...this.#rules.keys()];
    const message: Sent = {
      ...{ src: from.name, dest, incarnation: from.incarnation, seq, ordinal, msgId, stamps },
      type: ['read', 'write', 'vote'][c % 3]!,
      inReplyTo: request?.msgId ?? -1,
      arrivedMs: this.#nowMs,
      body: c % 4 === 0 ? '' : JSON.stringify({ v: c % 3 }),
      rules: ids.filter((_, index) => ((b + c) >> index) % 2 === 0).join(','),
    };
    if (isRefused) {
      this.#event('message.refused', from.name, { dest, reason: 'no such destination' });
      this.#fate({ message, copy: 0 }, 'refused');
      return;
    }
    const copies = c % 5 === 0 ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#decide({ message, copy }, (b + copy) % 10);
  }

  #decide(copy: Copy, choice: number): void {
    const fate = (['lost', 'cut', 'waiting', 'held', 'node down'] as const)[choice];
    if (fate === undefined) this.#deliver(copy);
    else this.#fate(copy, fate);
    if (fate === 'waiting' || fate === 'held') this.#waiting.push(copy);
  }

  #moveOn(a: number, b: number): void {
    const [copy] = this.#waiting.splice(a % Math.max(1, this.#waiting.length), 1);
    if (copy === undefined) return;
    if (b % 4 === 0) this.#fate(copy, 'dropped');
    else if (b % 4 === 1) this.#decide(copy, 2);
    else this.#deliver(copy);
  }

  #deliver(copy: Copy): void {
    const { message } = copy;
    this.#fate(copy, 'delivered');
    const to = this.#members.find(({ name }) => name === message.dest)!;
    // In-flight messages do not arrive when a node is stopped.
    if (message.seq % 13 === 0) return;
    this.#nowMs += 0.125;
    if (message.msgId >= 0) to.asked.push(message);
    const { files } = to;
    if (files === undefined) return;
    const stamps = this.#stamps(to);
    const word = files.word(message.src);
    const did = message.inReplyTo >= 0 ? 'settled' : 'handled';
    if (did === 'handled') to.open.push(message);
    const at = files.reserve(recordBytesMaxWith());
    const { incarnation, seq } = message;
    files.commit(writeReceiveRecord(files.buffer, at, did, word, incarnation, seq, stamps));
  }

  #endHandler({ files, open }: Member, b: number): void {
    const [message] = open.splice(b % Math.max(1, open.length), 1);
    if (files === undefined || message === undefined) return;
    const word = files.word(message.src);
    const at = files.reserve(recordBytesMaxWith());
    const outcome = (['replied', 'nothing', 'threw'] as const)[b % 3]!;
    const { incarnation, seq } = message;
    const end = writeHandledRecord(
      ...([files.buffer, at, outcome, word, incarnation, seq, this.#nowMs] as const),
      outcome === 'threw' ? 'Error: no' : '',
    );
    files.commit(end);
  }

  #routerCrashes(): void {
    this.#router.flush();
    this.#waiting = [];
    this.#ordinals = new Map();
    this.#nowMs += 1;
    this.#router = this.#files('trace');
    this.#start();
    for (const [id, spec] of this.#rules) this.#rule('added', id, spec);
    for (const [index, member] of this.#members.entries()) {
      if (index % 2 === 0) member.seq += index;
      this.#link(member, true);
    }
  }

  #restart(member: Member): void {
    this.#event('node.killed', member.name);
    this.#link(member, false);
    member.files?.flush();
    member.incarnation++;
    member.seq = 0;
    member.lamport = 0;
    member.open = [];
    if (member.files !== undefined) {
      member.files = this.#nodeFiles(member.name, member.incarnation);
    }
    this.#nowMs += 1;
    this.#event('node.ready', member.name);
    this.#link(member, true);
  }

  /** Messages that did not fit into the sender's own buffer. */
  #skip(member: Member, count: number): void {
    for (let i = 0; i < count; i++) {
      this.ids.add(`${member.name}.${member.incarnation}.${++member.seq}`);
    }
  }

  #changeRules(b: number, c: number): void {
    const ids = [...this.#rules.keys()];
    if (b % 3 === 0 && ids.length > 0) {
      const id = ids[c % ids.length]!;
      this.#rules.delete(id);
      this.#rule('removed', id);
      return;
    }
    const id = `r${++this.#rulesAdded}`;
    const spec = specs[c % specs.length]!;
    this.#rules.set(id, spec);
    this.#rule('added', id, spec);
  }

  #tell(member: Member, b: number): void {
    const { files } = member;
    if (files === undefined) return;
    const at = files.reserve(recordBytesMaxWith());
    files.commit(writeLocalRecord(files.buffer, at, 'told', { b }, this.#stamps(member)));
  }

  #stamps(member: Member): StampsToWrite {
    const trueMs = this.#nowMs;
    const wallMs = info.epoch.wallMs + trueMs - info.epoch.trueMs + member.incarnation;
    return { trueMs, wallMs, lamport: ++member.lamport, hybridMs: wallMs, hybridCounter: 0 };
  }

  #fate({ message, copy }: Copy, fate: Fate): void {
    const files = this.#router;
    const { src, dest, type, rules, stamps, body, msgId, inReplyTo, ...numbers } = message;
    const source = Buffer.alloc(stampBytes + body.length);
    if (stamps !== undefined) writeStamps(source, stamps, 0);
    source.write(body, stampBytes);
    const record = {
      ...numbers,
      ...{ fate, copy, msgId, inReplyTo, source, isRequest: msgId >= 0, isReply: inReplyTo >= 0 },
      ...{ src: files.word(src), dest: files.word(dest), type: files.word(type) },
      ...{ rules: files.word(rules), isAltered: copy === 1 && message.seq % 5 === 0 },
      ...{ bodyBytes: 10 + body.length, atMs: this.#nowMs, vectorAt: -1, bodyBytesMax: 1000 },
      ...{ stampsAt: stamps === undefined ? -1 : 0, bodyAt: body === '' ? -1 : stampBytes },
    };
    record.bodyBytes = body.length;
    const at = files.reserve(fateRecordBytesMax(record));
    files.commit(writeFateRecord(files.buffer, at, record));
  }

  #link({ name, incarnation, seq }: Member, up: boolean): void {
    const files = this.#router;
    const link = { up, name: files.word(name), incarnation, seq, atMs: this.#nowMs };
    files.commit(writeLinkRecord(files.buffer, files.reserve(linkRecordBytes), link));
  }

  #start(): void {
    const files = this.#router;
    files.commit(writeStartRecord(files.buffer, files.reserve(startRecordBytes), this.#nowMs));
  }

  #rule(change: 'added' | 'removed', id: string, spec?: object): void {
    const files = this.#router;
    const rule = { change, id, atMs: this.#nowMs, ...(spec === undefined ? {} : { spec }) };
    const added = { ...rule, expiresAtMs: null, installedAtMs: this.#nowMs };
    const at = files.reserve(recordBytesMaxWith());
    files.commit(writeRuleRecord(files.buffer, at, change === 'added' ? added : rule));
  }

  #event(kind: string, node: string | null, facts: object = {}): void {
    const atMs = this.#nowMs - info.epoch.trueMs;
    const time = new Date(info.epoch.wallMs + atMs).toISOString();
    this.#events.push({ seq: this.#events.length + 1, atMs, time, kind, node, facts });
  }

  #nodeFiles(name: string, incarnation: number): RecordFiles {
    const atMs = this.#nowMs;
    return this.#files(`trace-${name}.${incarnation}`, (buffer, start) =>
      writeNodeRecord(buffer, start, { name, incarnation, atMs }),
    );
  }

  #files(series: string, head?: (buffer: Buffer, start: number) => number): RecordFiles {
    return new RecordFiles({
      ...{ dir: this.#dir, series, fileBytesMax: this.#fileBytesMax, filesMax: 1e9 },
      ...(head === undefined ? {} : { head }),
      onStopped: (error) => {
        throw error;
      },
    });
  }
}

function damage(dir: string, { gone, torn }: Plan): void {
  const series = new Map<string, number[]>();
  for (const name of readdirSync(dir)) {
    const [, writer, number] = /^(trace.*)-(\d+)\.bin$/.exec(name) ?? [];
    if (writer === undefined) continue;
    series.set(writer, [...(series.get(writer) ?? []), Number(number)]);
  }
  for (const [writer, numbers] of series) {
    numbers.sort((a, b) => a - b);
    const [ofRouter, ofNodes] = gone;
    const excess = Math.min(numbers.length - 1, writer === 'trace' ? ofRouter : ofNodes);
    for (const number of numbers.splice(0, excess)) rmSync(join(dir, `${writer}-${number}.bin`));
    const last = join(dir, `${writer}-${numbers.at(-1)}.bin`);
    truncateSync(last, Math.max(0, statSync(last).size - torn));
  }
}
