/**
 * How a node's process exited, and why: on request, by a planned crash, or for another reason. That
 * reason comes from the best evidence available: its own fatal report, Node's output, or the exit status.
 */
import type { EventFacts } from '@faultline/actions';
import type { CrashPlace } from '@faultline/protocol';
import type { Exit } from '../processes/spawn.ts';
import type { ProgramSource } from '../programs/program.ts';
import { ownPlace, placesIn } from '../programs/source-place.ts';
import type { NodeDiagnostics } from './node-diagnostics.ts';
import type { StderrTail } from './stderr-tail.ts';

/** Evidence about a process that has exited. */
export interface ExitedProcess {
  readonly isReady: boolean;
  readonly diagnostics: NodeDiagnostics;
  readonly stderrTail: StderrTail;
  /** The request that ends the process; undefined: none. */
  readonly requested?: 'kill' | 'stop';
  /** Set if it crashes at the planned point. */
  readonly crashing?: { readonly when: string; readonly facts: CrashPlace };
  readonly fatal?: { readonly message: string; readonly stack: string };
}

export interface NodeExit {
  readonly state: 'stopped' | 'crashed';
  readonly reason: string | null;
  /** Facts of the crash event, apart from the exit status; null: it exited on request. */
  readonly crash: Omit<EventFacts['node.crashed'], 'incarnation' | 'exitCode' | 'signal'> | null;
}

export function nodeExitOf(exited: ExitedProcess, exit: Exit, program: ProgramSource): NodeExit {
  const { requested, crashing, fatal } = exited;
  if (requested === 'stop') return { state: 'stopped', reason: null, crash: null };
  if (requested === 'kill') {
    return { state: 'crashed', reason: 'killed on request', crash: null };
  }
  if (crashing !== undefined) {
    const { when, facts: place } = crashing;
    const reason = `crashed as planned: ${when}${aboutWhat(place)}`;
    return { state: 'crashed', reason, crash: { reason, when, ...place } };
  }
  const early = exited.isReady ? '' : ' before it was ready';
  const reason = `${whyExited(exited, exit, program)}${early}${stderrLine(exited, program)}`;
  const stack = fatal?.stack;
  return { state: 'crashed', reason, crash: { reason, ...(stack ? { stack } : {}) } };
}

function whyExited(
  { fatal, diagnostics }: ExitedProcess,
  exit: Exit,
  program: ProgramSource,
): string {
  if (fatal !== undefined) {
    const place = ownPlace(placesIn(fatal.stack)) ?? (fatal.stack && program.label);
    return place ? `${fatal.message} (${place})` : fatal.message;
  }
  if (exit.error !== null) return exit.error;
  const reported =
    program.kind === 'module' ? diagnostics.exitReason(program.bundlePath) : undefined;
  if (reported !== undefined) return reported;
  return exit.signal === null
    ? `exited with code ${exit.code}`
    : `ended by ${exit.signal}, which the cluster did not send`;
}

/** What a foreign program printed about its exit; there is better evidence for programs with our SDK. */
function stderrLine({ stderrTail: { mainLine } }: ExitedProcess, program: ProgramSource): string {
  return program.kind === 'module' || mainLine === undefined ? '' : `: ${mainLine}`;
}

/** ` (n1.1.7 to n2)`, ` (n2.1.3 from n2)`, ` (file log)` */
function aboutWhat({ message, to, from, file }: CrashPlace): string {
  if (file !== undefined) return ` (file ${file})`;
  return message === undefined
    ? ''
    : ` (${message} ${to === undefined ? `from ${from}` : `to ${to}`})`;
}
