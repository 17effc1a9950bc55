/** Which part of a run an export covers. */
import {
  isClientName,
  type LinkSelector,
  matchesLink,
  matchesName,
  type NodeTerm,
} from '@faultline/protocol';
import { type Run, withoutCopy } from '../run.ts';

export interface Selection {
  /** Of the sender, the receiver, the type and the last fate of a copy; all must fit. */
  readonly src?: string | undefined;
  readonly dest?: string | undefined;
  readonly type?: string | undefined;
  readonly fate?: string | undefined;
  readonly links?: LinkSelector | undefined;
  /** Senders and receivers that are not a single name. */
  readonly from?: readonly NodeTerm[] | undefined;
  readonly to?: readonly NodeTerm[] | undefined;
  readonly typeStart?: string | undefined;
  /** Id of a rule that touched a copy. */
  readonly rule?: string | undefined;
  /** Ids, or those of copies; the replies to them and the requests that they answer are not added. */
  readonly messages?: readonly string[] | undefined;
  /** Milliseconds of true time since the run began; of messages, when they were sent. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** At most this many of the latest matching messages. */
  readonly latest?: number | undefined;
}

export interface Selected {
  /** Whether everything is selected. */
  readonly isAll: boolean;
  message(message: number): boolean;
  step(step: number): boolean;
  countSteps(): number;
  countMessages(): number;
  /** Whether anything at that moment of true time may be shown. */
  moment(trueMs: number): boolean;
}

export function select(run: Run, selection: Selection = {}): Selected {
  const { src, dest, from, to, type, typeStart, fate, links, rule, messages } = selection;
  const { fromMs, toMs, latest } = selection;
  const ids =
    messages === undefined ? null : new Set(messages.map((id) => run.findMessage(withoutCopy(id))));
  const asked = [src, dest, from, to, type, typeStart, fate, links, rule, messages, latest];
  const isAboutMessages = asked.some((each) => each !== undefined);
  const isAll = !isAboutMessages && fromMs === undefined && toMs === undefined;
  const { steps } = run;
  const moment = (trueMs: number): boolean => {
    const atMs = run.sinceStart(trueMs);
    return (fromMs === undefined || atMs >= fromMs) && (toMs === undefined || atMs <= toMs);
  };
  const fits = (each: number): boolean =>
    isAll ||
    ((src === undefined || run.src(each) === src) &&
      (dest === undefined || run.dest(each) === dest) &&
      (type === undefined || run.type(each) === type) &&
      (typeStart === undefined || run.type(each).startsWith(typeStart)) &&
      (from === undefined || matchesName(from, run.src(each), isClientName)) &&
      (to === undefined || matchesName(to, run.dest(each), isClientName)) &&
      (links === undefined || matchesLink(links, run.src(each), run.dest(each), isClientName)) &&
      (fate === undefined || endsOf(run, each).has(fate)) &&
      (rule === undefined || isTouched(run, each, rule)) &&
      (ids === null || ids.has(each)) &&
      moment(steps.atMs.rows[run.messages.send.rows[each]!]!));
  const firstOfLatest = latest === undefined ? 0 : latestFrom(run, fits, latest);
  const message = (each: number): boolean => each >= firstOfLatest && fits(each);
  return {
    isAll,
    message,
    countSteps() {
      let count = 0;
      for (let step = 0; step < run.stepCount; step++) if (this.step(step)) count++;
      return count;
    },
    countMessages() {
      let count = 0;
      for (let each = 0; each < run.messageCount; each++) if (message(each)) count++;
      return count;
    },
    moment,
    step(step) {
      if (isAll) return true;
      const about = steps.message.rows[step]!;
      return about < 0 ? !isAboutMessages && moment(steps.atMs.rows[step]!) : message(about);
    },
  };
}

function latestFrom(run: Run, fits: (message: number) => boolean, count: number): number {
  let left = count;
  for (let message = run.messageCount - 1; message >= 0; message--) {
    if (fits(message) && --left === 0) return message;
  }
  return 0;
}

function isTouched(run: Run, message: number, rule: string): boolean {
  for (const record of run.fatesOf(message)) if (run.rulesOf(record).includes(rule)) return true;
  return false;
}

function endsOf(run: Run, message: number): Set<string> {
  const last = new Map<number, string>();
  for (const record of run.fatesOf(message)) {
    last.set(run.fates.copy.rows[record]!, run.fate(record));
  }
  return new Set(last.values());
}
