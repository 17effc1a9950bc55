/**
 * A log for ShiViz (https://bestchai.bitbucket.io/shiviz), which draws the steps of hosts and the order
 * among them.
 *
 * ShiViz refuses a log with a hole: a host's own count starts at 1 and rises by 1, and every count that
 * a clock names must be a step of the log. So the clocks here are not those that messages carried, which
 * count what a selection leaves out, but vectors that count the exported steps only.
 *
 * It draws an arrow wherever a clock has learnt of another host, and has no notion of a message: losses
 * and duplicates are described in the text of the steps. Its parser takes time that grows with the square
 * of the log, some three seconds for 10,000 steps.
 */
import { printable } from '@faultline/protocol';
import { HappenedBefore } from '../happened-before.ts';
import type { Run } from '../run.ts';
import { stepInWords } from '../words.ts';
import { inChunks } from './chunks.ts';
import { type Selection, select } from './select.ts';

/** The second line would be a pattern of what parts several executions: there is one. */
const header =
  '(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})\\n(?<time>\\S*) (?<nodetime>\\S*) (?<message>\\S*)\n\n';

/** More steps than this take ShiViz too long. */
export const shivizStepsMax = 20_000;

export function* toShiViz(run: Run, selection?: Selection): Generator<string> {
  yield header;
  yield* inChunks(steps(run, selection));
}

function* steps(run: Run, selection: Selection | undefined): Generator<string> {
  const selected = select(run, selection);
  const hosts = run.processes.map((owner) => run.label(owner));
  const before = new HappenedBefore(run);
  for (const { step, vector } of before.all({ counts: (each) => selected.step(each) })) {
    const host = hosts[run.steps.owner.rows[step]!]!;
    let clock = '';
    for (const [index, count] of vector.entries()) {
      if (count > 0)
        clock += `${clock === '' ? '' : ', '}${JSON.stringify(hosts[index])}: ${count}`;
    }
    yield `${oneLine(text(run, step))}\n${host} {${clock}}\n${fields(run, step)}\n`;
  }
}

function text(run: Run, step: number): string {
  const text = stepInWords(run, step);
  const message = run.steps.message.rows[step]!;
  if (run.kind(step) === 'local') {
    const { data } = run.locals.get(step)!;
    return `${text} ${JSON.stringify(data)}`;
  }
  if (run.kind(step) !== 'send') return text;
  const ends = new Map<number, string>();
  for (const record of run.fatesOf(message)) {
    const by = run.rulesOf(record).at(-1);
    const fate = run.fate(record);
    const copy = run.fates.copy.rows[record]!;
    ends.set(copy, fate === 'delivered' || by === undefined ? fate : `${fate} by ${by}`);
  }
  const fates = [...ends.values()];
  if (fates.length === 1 && fates[0] === 'delivered') return text;
  return `${text}: ${fates.length > 4 ? `${fates.length} copies` : fates.join(', ')}`;
}

function fields(run: Run, step: number): string {
  const { atMs, wallMs, message } = run.steps;
  const about = message.rows[step]!;
  const isDate = Math.abs(wallMs.rows[step]!) <= 8.64e15;
  return [
    (run.sinceStart(atMs.rows[step]!) / 1000).toFixed(6),
    isDate ? new Date(wallMs.rows[step]!).toISOString() : '-',
    about < 0 ? '-' : run.id(about),
  ].join(' ');
}

const oneLine = (text: string): string => printable(text.replaceAll(/\s+/g, ' '));
