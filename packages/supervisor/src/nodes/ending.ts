/**
 * How a node's process ended, and why: it was asked to, it crashed where it was planned, or by itself,
 * and then by what is known best: what it told with its last breath, what Node.js printed, or its exit.
 */
import type { EventFacts } from '@faultline/actions';
import type { CrashPlace } from '@faultline/protocol';
import type { Exit } from '../processes/spawn.ts';
import type { ProgramSource } from '../programs/program.ts';
import { ownPlace, placesIn } from '../programs/source-place.ts';
import type { LastWords } from './last-words.ts';
import type { NodeWords } from './node-words.ts';

/** What is known of a process when it has ended. */
export interface EndedLife {
  readonly isReady: boolean;
  readonly words: NodeWords;
  readonly lastWords: LastWords;
  /** What was asked of the process that will make it end; undefined: nothing was. */
  readonly asked?: 'kill' | 'stop';
  /** It crashes at the point that was named. */
  readonly crashing?: { readonly when: string; readonly facts: CrashPlace };
  readonly fatal?: { readonly message: string; readonly stack: string };
}

export interface Ending {
  readonly state: 'stopped' | 'crashed';
  readonly reason: string | null;
  /** What is recorded of a crash beside the exit; null: the process was asked to end. */
  readonly crash: Omit<EventFacts['node.crashed'], 'incarnation' | 'exitCode' | 'signal'> | null;
}

export function endingOf(life: EndedLife, exit: Exit, program: ProgramSource): Ending {
  const { asked, crashing, fatal } = life;
  if (asked === 'stop') return { state: 'stopped', reason: null, crash: null };
  if (asked === 'kill') {
    return { state: 'crashed', reason: 'killed on request', crash: null };
  }
  if (crashing !== undefined) {
    const { when, facts: place } = crashing;
    const reason = `crashed as planned: ${when}${aboutWhat(place)}`;
    return { state: 'crashed', reason, crash: { reason, when, ...place } };
  }
  const early = life.isReady ? '' : ' before it was ready';
  const reason = `${whyEnded(life, exit, program)}${early}${lastWords(life, program)}`;
  const stack = fatal?.stack;
  return { state: 'crashed', reason, crash: { reason, ...(stack ? { stack } : {}) } };
}

function whyEnded({ fatal, words }: EndedLife, exit: Exit, program: ProgramSource): string {
  if (fatal !== undefined) {
    const place = ownPlace(placesIn(fatal.stack)) ?? (fatal.stack && program.label);
    return place ? `${fatal.message} (${place})` : fatal.message;
  }
  if (exit.error !== null) return exit.error;
  const told = program.kind === 'module' ? words.ending(program.bundlePath) : undefined;
  if (told !== undefined) return told;
  return exit.signal === null
    ? `exited with code ${exit.code}`
    : `ended by ${exit.signal}, which the cluster did not send`;
}

/** What a foreign program said about it itself; of our own, more is known than that. */
function lastWords({ lastWords: { gist } }: EndedLife, program: ProgramSource): string {
  return program.kind === 'module' || gist === undefined ? '' : `: ${gist}`;
}

/** ` (n1.1.7 to n2)`, ` (n2.1.3 from n2)`, ` (file log)` */
function aboutWhat({ message, to, from, file }: CrashPlace): string {
  if (file !== undefined) return ` (file ${file})`;
  return message === undefined
    ? ''
    : ` (${message} ${to === undefined ? `from ${from}` : `to ${to}`})`;
}
