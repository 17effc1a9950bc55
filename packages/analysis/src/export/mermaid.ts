/**
 * A sequence diagram for Mermaid: for a few messages, in a document. Arrows are drawn in the order of
 * the copies' fates; a lost one ends in a cross.
 */
import { FaultlineError, printable } from '@faultline/protocol';
import type { Run } from '../run.ts';
import { duration } from '../words.ts';
import { type Selection, select } from './select.ts';

const messagesMax = 200;

/** Throws BAD_REQUEST if there are too many messages for a readable diagram. */
export function* toMermaid(run: Run, selection?: Selection): Generator<string> {
  const selected = select(run, selection);
  const chosen: number[] = [];
  let count = 0;
  for (let message = 0; message < run.messageCount; message++) {
    if (run.isUnseen(message) || !selected.message(message)) continue;
    count++;
    if (count <= messagesMax) chosen.push(message);
  }
  if (count > messagesMax) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `a sequence diagram of ${count} messages is unreadable: select at most ${messagesMax}, for example with --from 1s --to 1.5s, --limit 50, --link, --type, --fate or --message`,
      { messages: count, messagesMax },
    );
  }
  const arrows = chosen.flatMap((message) => arrowsOf(run, message));
  arrows.sort((a, b) => a.atMs - b.atMs);
  const names = [...new Set(chosen.flatMap((each) => [run.src(each), run.dest(each)]))];
  names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  yield `sequenceDiagram\n`;
  for (const name of names) yield `  participant ${identifier(name)} as ${label(name)}\n`;
  for (const { line } of arrows) yield `  ${line}\n`;
}

interface Arrow {
  readonly atMs: number;
  readonly line: string;
}

function arrowsOf(run: Run, message: number): Arrow[] {
  const { fates, messages } = run;
  const last = new Map<number, number>();
  for (const record of run.fatesOf(message)) last.set(fates.copy.rows[record]!, record);
  return [...last].map(([copy, record]) => {
    const fate = run.fate(record);
    const isDelivered = fate === 'delivered';
    const step = fates.reception.rows[record]!;
    const atMs = step >= 0 ? run.steps.atMs.rows[step]! : fates.atMs.rows[record]!;
    const waitedMs = fates.atMs.rows[record]! - messages.arrivedMs.rows[message]!;
    const by = run.rulesOf(record).at(-1);
    const parts = [
      `${run.type(message)} ${run.id(message)}${copy > 0 ? ` copy ${copy}` : ''}`,
      isDelivered ? '' : `${fate}${by === undefined ? '' : ` by ${by}`}`,
      isDelivered && waitedMs >= 1 ? `after ${duration(waitedMs)}` : '',
    ].filter((part) => part !== '');
    const arrow = isDelivered ? (run.isReply(message) ? '-->>' : '->>') : '--x';
    const [from, to] = [identifier(run.src(message)), identifier(run.dest(message))];
    return { atMs, line: `${from}${arrow}${to}: ${label(parts.join(', '))}` };
  });
}

/** A name that cannot be mistaken for a keyword or an arrow. */
function identifier(name: string): string {
  return `m_${name.replaceAll(/\W/g, (char) => `_${char.codePointAt(0)}_`)}`;
}

/** `#` begins an entity, `;` ends a line, and the rest is taken as it is. */
function label(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ')).replaceAll(
    /[#;<>"&]/g,
    (char) => `#${char.codePointAt(0)};`,
  );
}
