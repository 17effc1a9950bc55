/** The output of `order`: the comparison in sentences, or as data. */
import { grouped, plural } from '@faultline/protocol';
import type { Kept, Lies, OrderReport, Pair } from './order.ts';
import type { Run } from './run.ts';
import { clockTime, duration, moment, stepInWords } from './words.ts';

export function orderInWords(run: Run, report: OrderReport): string[] {
  const { steps, allSteps, acrossNodes, withinNodes, messages } = report;
  if (steps === 0) {
    return [
      'No node has recorded anything, so there is nothing to compare. (Programs that do not use the SDK record no clock.)',
    ];
  }
  const clockless = allSteps - steps;
  const rest =
    clockless === 0
      ? ''
      : `; ${clockless} more are steps of clients and other members without a clock`;
  return [
    `${plural(steps, 'step')} of nodes (sends, receptions, local events) were compared${rest}.`,
    '',
    'Wall clocks against true time:',
    `  between nodes    ${liesInWords(run, acrossNodes, 'pair')}`,
    `  within a node    ${liesInWords(run, withinNodes, 'pair')}`,
    `  sent, received   ${liesInWords(run, messages, 'message')}`,
    '',
    'Logical clocks against happened-before:',
    `  Lamport   ${keptInWords(run, report.lamport, (step) => `L=${run.steps.lamport.get(step)}`)}`,
    `  hybrid    ${keptInWords(run, report.hybrid, (step) => hybridStamp(run, step))}`,
    `            ${distanceInWords(run, report)}`,
    `  vector    ${vectorInWords(run, report)}`,
  ];
}

function liesInWords(run: Run, { pairs, lies, worst }: Lies, what: string): string {
  if (pairs === 0) return `no ${what}s`;
  if (lies === 0 || worst === null) return `none of ${grouped(pairs)} ${what}s lies`;
  const { first, second, byMs } = worst;
  const { atMs, wallMs } = run.steps;
  const truth = duration(atMs.get(second) - atMs.get(first));
  return [
    `${grouped(lies)} of ${grouped(pairs)} ${what}s lie (${share(lies, pairs)}). The worst, by ${duration(byMs)}:`,
    `                     ${place(run, first)}, and ${truth} later`,
    `                     ${place(run, second)};`,
    `                     their clocks read ${clockTime(run, wallMs.get(first))} and ${clockTime(run, wallMs.get(second))}`,
  ].join('\n');
}

function keptInWords(run: Run, kept: Kept, stamp: (step: number) => string): string {
  const { checked, broken, counterexample } = kept;
  if (checked === 0) return 'nothing to check: no step followed another';
  if (counterexample === null) {
    return `kept its promise on all ${grouped(checked)} links: the earlier step has the smaller stamp`;
  }
  const { first, second } = counterexample;
  return [
    `BROKE its promise on ${grouped(broken)} of ${grouped(checked)} links. The first:`,
    `              ${place(run, first)} with ${stamp(first)} happened before`,
    `              ${place(run, second)} with ${stamp(second)}`,
  ].join('\n');
}

function hybridStamp({ steps }: Run, step: number): string {
  return `l=${steps.hybridMs.get(step)} c=${steps.hybridCounter.get(step)}`;
}

function distanceInWords(run: Run, { hybridDistance }: OrderReport): string {
  const { aheadMs, aheadAt, behind, behindAt } = hybridDistance;
  if (behind > 0) {
    return `and was behind the wall clock of its own node at ${plural(behind, 'step')}, first where ${place(run, behindAt)}`;
  }
  if (aheadAt < 0) return 'and was never ahead of the wall clock of its own node';
  return `and was ahead of the wall clock of its own node by at most ${duration(aheadMs)}, where ${place(run, aheadAt)}`;
}

function vectorInWords(run: Run, { vector }: OrderReport): string {
  if (vector === null) {
    return 'not carried in this run (`up --vector on` carries them); happened-before is computed from the recording anyway';
  }
  const { isWhole, checked, broken, counterexample } = vector;
  if (!isWhole) return 'not checked: some messages of the nodes are missing from the recording';
  if (counterexample === null) {
    return `all ${grouped(checked)} carried vectors match those computed from the recording`;
  }
  const { step, carried, computed } = counterexample;
  return [
    `WRONG on ${grouped(broken)} of ${grouped(checked)} steps. The first: ${place(run, step)}`,
    `              carried ${JSON.stringify(carried)}`,
    `              but the recording implies ${JSON.stringify(computed)}`,
  ].join('\n');
}

function place(run: Run, step: number): string {
  return `${stepInWords(run, step)} at ${moment(run, run.steps.atMs.get(step))}`;
}

function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  return percent < 0.1 ? 'less than 0.1%' : `${percent.toFixed(1)}%`;
}

/** The report with its steps described instead of numbered: `{by, did, message, atMs, nodeTime, …}`. */
export function orderAsData(run: Run, report: OrderReport): object {
  const pair = ({ first, second }: Pair): object => ({
    first: stepAsData(run, first),
    second: stepAsData(run, second),
  });
  const lies = ({ worst, ...counts }: Lies): object => ({
    ...counts,
    worst: worst === null ? null : { byMs: worst.byMs, ...pair(worst) },
  });
  const kept = ({ counterexample, ...counts }: Kept): object => ({
    ...counts,
    counterexample: counterexample === null ? null : pair(counterexample),
  });
  const { hybridDistance, vector } = report;
  const at = (step: number): object | null => (step < 0 ? null : stepAsData(run, step));
  return {
    run: run.info.run,
    steps: report.steps,
    allSteps: report.allSteps,
    acrossNodes: lies(report.acrossNodes),
    withinNodes: lies(report.withinNodes),
    messages: lies(report.messages),
    lamport: kept(report.lamport),
    hybrid: {
      ...kept(report.hybrid),
      aheadMs: hybridDistance.aheadMs,
      aheadAt: at(hybridDistance.aheadAt),
      behind: hybridDistance.behind,
      behindAt: at(hybridDistance.behindAt),
    },
    vector:
      vector?.counterexample == null
        ? vector
        : {
            ...vector,
            counterexample: { ...vector.counterexample, step: at(vector.counterexample.step) },
          },
  };
}

function stepAsData(run: Run, step: number): object {
  const { owner, message, atMs, wallMs, lamport, hybridMs, hybridCounter } = run.steps;
  const about = message.get(step);
  const { name, incarnation } = run.processes[owner.get(step)]!;
  return {
    node: name,
    incarnation,
    did: run.kind(step),
    ...(about < 0 ? {} : { message: run.id(about), type: run.type(about) }),
    ...(run.locals.has(step) ? { name: run.locals.get(step)!.name } : {}),
    atMs: run.sinceStart(atMs.get(step)),
    nodeTime: clockTime(run, wallMs.get(step)),
    stamps: {
      wallMs: wallMs.get(step),
      lamport: lamport.get(step),
      hybridMs: hybridMs.get(step),
      hybridCounter: hybridCounter.get(step),
    },
  };
}
