/**
 * A recording of a given number of messages among five nodes, as a router and their hosts would have written it:
 * calls and their replies, one in a hundred lost by a real rule, vector clocks carried.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import { skewed } from '@faultline/clocks';
import { decide, RuleSet } from '@faultline/faults';
import { HostClock } from '@faultline/node/clock';
import { FrameReader, FrameWriter, type RunInfo, runVersion } from '@faultline/protocol';
import {
  type FateToWrite,
  fateRecordBytesMax,
  RecordFiles,
  recordBytesMaxWith,
  startRecordBytes,
  trueNowMs,
  writeFateRecord,
  writeHandledRecord,
  writeNodeRecord,
  writeReceiveRecord,
  writeRuleRecord,
  writeStartRecord,
} from '@faultline/recording';

const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
/** A message is sent two steps after the one before it, leaves the router after a third, and arrives after a fourth. */
const stepsPerMessage = 4;
const stepMsMax = 0.005;
const rule = { kind: 'loss', links: '*', settings: { probability: '1%' } };
/** Files as large as those of a router; all are kept. */
const fileBytesMax = 128 * 1024 * 1024;

interface Node {
  readonly name: string;
  readonly clock: HostClock;
  readonly files: RecordFiles;
  seq: number;
  msgId: number;
}

export function writeRecording(dir: string, count: number): void {
  // Readers expect times of this machine before now, even if it booted a second ago.
  const writtenMs = trueNowMs();
  const stepMs = Math.min(stepMsMax, writtenMs / (stepsPerMessage * count));
  const epoch = {
    trueMs: writtenMs - stepMs * stepsPerMessage * count,
    wallMs: Date.UTC(2026, 0, 1),
  };
  const info: RunInfo = {
    version: runVersion,
    ...{ name: 'bench', run: 'bench', seed: 'bench', program: 'bench', settings: {}, pid: 1 },
    ...{ startedAt: new Date(epoch.wallMs).toISOString(), nodes: names, vector: true },
    ...{ trace: 'headers', epoch },
  };
  writeFileSync(join(dir, 'run.json'), JSON.stringify(info));
  let nowMs = epoch.trueMs;
  const router = filesOf(dir, 'trace');
  router.commit(writeStartRecord(router.buffer, router.reserve(startRecordBytes), nowMs));
  const rules = new RuleSet(info.seed);
  const { id } = rules.add(rule, { nowMs });
  const added = { change: 'added', id, spec: rule, atMs: nowMs, expiresAtMs: null } as const;
  router.commit(writeRuleRecord(router.buffer, router.reserve(recordBytesMaxWith()), added));
  const nodes = names.map((name): Node => {
    const files = filesOf(dir, `trace-${name}.1`, (buffer, start) =>
      writeNodeRecord(buffer, start, { name, incarnation: 1, atMs: nowMs }),
    );
    const clock = new HostClock(name, skewed.perfect(epoch), true, () => nowMs);
    return { name, clock, files, seq: 0, msgId: 0 };
  });
  const writer = new FrameWriter();
  const reader = new FrameReader();

  /** Returns whether it arrived. */
  const send = (from: Node, to: Node, body: { type: string; [key: string]: string | number }) => {
    nowMs += 2 * stepMs;
    writer.append(from.name, to.name, body, 1, ++from.seq, from.clock.tick());
    reader.open(writer.take());
    reader.next();
    nowMs += stepMs;
    const edge = rules.edge(from.name, to.name);
    const isLost = decide(edge, reader, nowMs) !== null;
    const fate = fateOf(reader, router, isLost ? 'lost' : 'delivered', edge.ordinal, nowMs);
    if (isLost) fate.rules = router.word(id);
    const start = router.reserve(fateRecordBytesMax(fate));
    router.commit(writeFateRecord(router.buffer, start, fate));
    if (isLost) return false;
    nowMs += stepMs;
    const { files, clock } = to;
    const stamps = clock.observe(reader);
    const word = files.word(from.name);
    const at = files.reserve(recordBytesMaxWith(stamps));
    const did = reader.isReply ? 'settled' : 'handled';
    files.commit(writeReceiveRecord(files.buffer, at, did, word, 1, from.seq, stamps));
    return true;
  };

  const writers = [router, ...nodes.map(({ files }) => files)];
  for (let sent = 0; sent < count; sent++) {
    // A file that is full ends at a flush.
    if (sent % 1024 === 0) for (const files of writers) files.flush();
    const from = nodes[sent % nodes.length]!;
    const to = nodes[(sent + 1 + (sent % 4)) % nodes.length]!;
    const msg_id = ++from.msgId;
    if (!send(from, to, { type: 'append', msg_id, term: 3 })) continue;
    const { files } = to;
    const { seq } = from;
    if (++sent < count) send(to, from, { type: 'append_ok', in_reply_to: msg_id });
    const word = files.word(from.name);
    const at = files.reserve(recordBytesMaxWith());
    files.commit(writeHandledRecord(files.buffer, at, 'replied', word, 1, seq, nowMs));
  }
  for (const files of writers) files.flush();
  // Some process has the number that run.json names as the writer's. The last event ends the run.
  const atMs = nowMs - epoch.trueMs;
  const over: ClusterEvent = {
    ...{ seq: 1, atMs, time: new Date(epoch.wallMs + atMs).toISOString() },
    ...{ kind: 'cluster.down', node: null, facts: {} },
  };
  writeFileSync(join(dir, 'events.jsonl'), `${JSON.stringify(over)}\n`);
}

function filesOf(dir: string, series: string, head?: (buffer: Buffer, start: number) => number) {
  return new RecordFiles({
    ...{ dir, series, fileBytesMax, filesMax: 1e6 },
    ...(head === undefined ? {} : { head }),
    onStopped: (error) => {
      throw error;
    },
  });
}

function fateOf(
  reader: FrameReader,
  router: RecordFiles,
  fate: 'lost' | 'delivered',
  ordinal: number,
  nowMs: number,
): FateToWrite {
  return {
    fate,
    copy: 0,
    isReply: reader.isReply,
    isRequest: reader.msgId >= 0,
    msgId: reader.msgId,
    inReplyTo: reader.inReplyTo,
    isAltered: false,
    src: router.word(reader.src),
    dest: router.word(reader.dest),
    type: router.word(reader.type),
    rules: 0,
    incarnation: 1,
    seq: reader.seq,
    bodyBytes: reader.end - reader.bodyAt,
    ordinal,
    arrivedMs: nowMs,
    atMs: nowMs,
    source: reader.buffer,
    stampsAt: reader.stampsAt,
    vectorAt: reader.vectorAt,
    bodyAt: -1,
    bodyBytesMax: 0,
  };
}
