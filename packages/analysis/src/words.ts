/** Times, clocks and numbers as text for this package's sentences. */
import { roundedDuration as duration } from '@faultline/protocol';
import type { Run } from './run.ts';

export { duration };

/** Since the run began: `+12.345s`. */
export function moment(run: Run, trueMs: number): string {
  const seconds = run.sinceStart(trueMs) / 1000;
  return `${seconds < 0 ? '-' : '+'}${Math.abs(seconds).toFixed(6)}s`;
}

/** The reading of a clock, in UTC: `10:00:00.123`, with the date if it differs from that of the run. */
export function clockTime(run: Run, wallMs: number): string {
  if (!Number.isFinite(wallMs) || Math.abs(wallMs) > 8.64e15) return String(wallMs);
  const [date = '', time = ''] = new Date(wallMs).toISOString().split('T');
  const isToday = new Date(run.info.epoch.wallMs).toISOString().startsWith(date);
  return `${isToday ? '' : `${date} `}${time.replace('Z', '')}`;
}

/** How a node's clock stood at a step: `10:00:00.123 by its own clock, 1h ahead of true time`. */
export function ownClock(run: Run, step: number): string {
  const wallMs = run.steps.wallMs.rows[step]!;
  if (Number.isNaN(wallMs)) return '';
  const offMs = wallMs - run.trueWall(run.steps.atMs.rows[step]!);
  const text = `${clockTime(run, wallMs)} by its own clock`;
  // Two readings of a float64 of today's date are a quarter of a microsecond apart.
  if (Math.abs(offMs) < 0.001) return `${text}, which is correct`;
  return `${text}, ${duration(Math.abs(offMs))} ${offMs > 0 ? 'ahead of' : 'behind'} true time`;
}

/** A step in a few words: `n1 sends note to n2 (n1.1.3)`. */
export function stepInWords(run: Run, step: number): string {
  const { owner, message } = run.steps;
  const who = run.label(run.processes[owner.rows[step]!]!);
  const about = message.rows[step]!;
  switch (run.kind(step)) {
    case 'send':
      return `${who} sends ${run.type(about)} to ${run.dest(about)} (${run.id(about)})`;
    case 'receive':
      if (about < 0) return `${who} receives a message whose record is gone`;
      return `${who} receives ${run.type(about)} from ${run.src(about)} (${run.id(about)})`;
    case 'local':
      return `${who} reports ${run.locals.get(step)?.name ?? 'something'}`;
  }
}
