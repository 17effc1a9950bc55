/**
 * Explains a message of a recording that is too large for memory. It makes a few passes over the files,
 * inspects most records in place, and only those that the explanation depends on become a run: the message's
 * own, its request or its replies, what its sender was handling then, and what its receivers did. The
 * decision about it is made again while the records of its edge pass by.
 *
 * The explanation is the one that `explainMessage` gives of the whole run, except for the numbers of
 * steps, which are those of the smaller run that comes with it.
 */
import { type FateEvent, messageId } from '@faultline/protocol';
import { type Found, find, lastOfEach } from './from-files/find.ts';
import { Parts } from './from-files/parts.ts';
import { factsOf } from './from-files/records-of.ts';
import { surveyOf } from './from-files/survey.ts';
import { type Run, withoutCopy } from './run.ts';
import type { RunSource, SeenRecord } from './source.ts';
import { type Explanation, explainMessage, requireMessage } from './why.ts';

export interface ExplainedFromFiles {
  readonly run: Run;
  readonly explanation: Explanation;
}

/** Throws NOT_FOUND as `explainMessage` does. */
export async function explainFromFiles(files: RunSource, id: string): Promise<ExplainedFromFiles> {
  const parts = new Parts(files);
  const { message, beside } = await findIn(files, id, parts);
  const near = [message.id, ...beside];
  const sentMs = await sentAt(files, message, beside);
  const own = `${message.src}.${message.incarnation}`;
  const handling = await openAt(files, own, sentMs);
  const survey = await surveyOf(files, message, new Set([...near, ...handling]));
  const about = [...near, ...survey.replies, ...(survey.request === null ? [] : [survey.request])];
  const ids = new Set([...about, ...handling]);
  let run = await parts.build(ids, new Set([own]), survey);
  // For replies that went to a forged source, what was being handled when they were sent must be known.
  const forged = forgedReplies(run, message, survey.replies);
  if (forged.length > 0) {
    const series = new Set([own]);
    for (const { by, sentMs } of forged) {
      series.add(by);
      for (const open of await openAt(files, by, sentMs)) ids.add(open);
    }
    run = await parts.build(ids, series, { ...survey, ...everything });
  }
  return { run, explanation: explainMessage(run, message.id, survey.decided) };
}

/** True time at which a message was sent. Throws NOT_FOUND as `explainMessage` does. */
export async function sentMsOf(files: RunSource, id: string): Promise<number> {
  const { message, beside } = await findIn(files, id, new Parts(files));
  return sentAt(files, message, beside);
}

/** Throws NOT_FOUND. */
async function findIn(files: RunSource, id: string, parts: Parts): Promise<Found> {
  const asked = /^(.+)\.(\d+)\.(\d+)$/.exec(withoutCopy(id));
  const found =
    asked === null
      ? await lastOfEach(files)
      : await find(files, asked[1]!, Number(asked[2]), Number(asked[3]));
  if (!('lasts' in found)) return found;
  // The error lists the messages that exist.
  const run = await parts.build(found.lasts, new Set(), { ...everything, ...found });
  requireMessage(run, id);
  throw new Error(`${id} exists but was not found`);
}

/** Read from its beginning. */
const everything = { fromMs: Number.NEGATIVE_INFINITY, links: [] };

/** True time at which its program sent it, as a run has it. */
async function sentAt(
  files: RunSource,
  message: FateEvent,
  beside: readonly string[],
): Promise<number> {
  const sentMs = (fate: FateEvent): number => fate.stamps?.trueMs ?? fate.arrivedMs;
  if (message.dest !== '?') return sentMs(message);
  const [neighbor] = beside;
  const facts = await factsOf(files, new Set(neighbor === undefined ? [] : [neighbor]));
  const [first] = facts.filter((fact) => fact.kind === 'fate');
  return first === undefined ? message.arrivedMs : sentMs(first);
}

/** The messages whose handlers were at work at that time, in a node's series. */
async function openAt(files: RunSource, series: string, atMs: number): Promise<Set<string>> {
  const open = new Map<string, number>();
  const wants = (record: SeenRecord): boolean => {
    if (record.kind === 'receive') {
      if (record.did !== 'handled' || record.atMs > atMs) return false;
      const id = messageId(record.src, record.incarnation, record.seq);
      open.set(id, (open.get(id) ?? 0) + 1);
    } else if (record.kind === 'handled' && record.atMs < atMs) {
      const id = messageId(record.src, record.incarnation, record.seq);
      const others = (open.get(id) ?? 0) - 1;
      if (others > 0) open.set(id, others);
      else open.delete(id);
    }
    return false;
  };
  for await (const _ of files.facts({ from: (each) => each === series, wants }));
  return new Set(open.keys());
}

interface ForgedReply {
  /** The series of the process that sent it, and when. */
  readonly by: string;
  readonly sentMs: number;
}

function forgedReplies(run: Run, { src }: FateEvent, replies: readonly string[]): ForgedReply[] {
  return replies.flatMap((id) => {
    const reply = run.findMessage(id);
    if (reply < 0 || run.dest(reply) === src) return [];
    const { name, incarnation } = run.processOf(reply);
    const sentMs = run.steps.atMs.get(run.messages.send.get(reply));
    return [{ by: `${name}.${incarnation}`, sentMs }];
  });
}
