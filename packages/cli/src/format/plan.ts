/** Plans, their runs and their verdicts as text. */

import { type ClusterEvent, type EventKind, eventText } from '@faultline/actions';
import type { EdgeComparison, Judged, Replayed } from '@faultline/experiment';
import { actionText, checkText, conditionText, type Plan } from '@faultline/plans';
import { plural, printable } from '@faultline/protocol';
import { timeOf } from './event.ts';
import { table } from './table.ts';

const labelWidth = 11;
const labelled = (label: string, text: string): string =>
  printable(`${label.padEnd(labelWidth)}${text}`);
const below = (text: string): string => printable(`${' '.repeat(labelWidth)}${text}`);

/** What a plan does, without running it. */
export function planInWords(plan: Plan): string[] {
  const { cluster, notes = [], before = [], load, steps, converge, checks } = plan;
  return [
    labelled('plan', plan.name),
    ...notes.map(below),
    labelled('cluster', clusterText(cluster)),
    ...before.map((action, i) => labelled(i === 0 ? 'before' : '', actionText(action))),
    ...(load === undefined ? [] : [labelled('load', loadText(load))]),
    ...steps.flatMap((step, i) => [
      labelled(
        i === 0 ? 'steps' : '',
        `${i + 1}. ${conditionText(step)}${step.name === undefined ? '' : ` (${step.name})`}`,
      ),
      ...step.do.map((action) => below(`   ${actionText(action)}`)),
    ]),
    labelled(
      'converge',
      converge === false ? 'no: no heal and no final reads' : `within ${converge.within}`,
    ),
    ...checks.map((check, i) => labelled(i === 0 ? 'checks' : '', checkText(check))),
  ];
}

export function planStarted(plan: Plan, seed?: string): string {
  const given = seed ?? plan.seed;
  const load = plan.load === undefined ? '' : `; ${loadText(plan.load)}`;
  return printable(
    `${plan.name}: ${clusterText(plan.cluster)}${given === undefined ? '' : `, seed ${given}`}${load}`,
  );
}

const clusterText = ({ nodes, program, clocks }: Plan['cluster']): string =>
  `${plural(nodes, 'node')} of ${typeof program === 'string' ? program : program.join(' ')}${clocks === undefined ? '' : `, clocks ${clocks}`}`;

function loadText({
  workload,
  clients,
  keys,
  for: time,
  operations,
  rate,
  minRate,
}: NonNullable<Plan['load']>): string {
  const parts = [
    clients === undefined ? '' : plural(clients, 'client'),
    keys === undefined ? '' : plural(keys, 'key'),
    time === undefined ? `${operations} operations` : `for ${time}`,
    rate === undefined ? '' : `${rate} a second`,
    minRate === undefined ? '' : `at least ${minRate} a second`,
  ];
  return `${workload} load: ${parts.filter((part) => part !== '').join(', ')}`;
}

/** Kinds of events that get a line while a plan runs. */
const shown: ReadonlySet<EventKind> = new Set<EventKind>([
  ...(['load.begun', 'load.ended', 'plan.healed', 'plan.restless', 'plan.ended'] as const),
  ...(['step.did', 'step.failed', 'step.undone'] as const),
  ...(['node.crashed', 'node.role', 'router.crashed'] as const),
]);

/** An event while a plan runs as a line; undefined if it is not worth one. */
export function progressLine(event: ClusterEvent): string | undefined {
  if (!shown.has(event.kind)) return undefined;
  const who = event.node === null ? '' : `${event.node} `;
  return printable(`${timeOf(event)}  ${who}${eventText(event)}`);
}

export function verdictInWords(judged: Judged, dir: string, seed: string): string[] {
  return [
    '',
    ...judged.checks.flatMap(({ check, result }) => checkLines(check, result)),
    ...judged.notes.map((note, i) =>
      labelled(i > 0 ? '' : judged.faults.length > 0 ? 'faults' : 'notes', note),
    ),
    labelled('recording', dir),
    below(`run it again with pnpm cluster replay ${dir}`),
    labelled('seed', seed),
    labelled('verdict', judged.verdict),
  ];
}

const sentencesMax = 8;

type Result = Judged['checks'][number]['result'];

function checkLines(check: string, { verdict, summary, explanation }: Result): string[] {
  const lines = explanation.filter((line) => line !== summary);
  const more = lines.length - sentencesMax;
  return [
    labelled(verdict, `${check}: ${summary}`),
    ...lines.slice(0, sentencesMax).map(below),
    ...(more > 0 ? [below(`(and ${plural(more, 'sentence')} more, with --json)`)] : []),
  ];
}

const causes: Readonly<Record<string, string>> = {
  traffic: 'different messages',
  rules: 'different rules in force',
  time: 'timing',
  decision: 'A DIFFERENT DECISION',
};

export function replayInWords(
  { recorded, replayed, isSame, edges }: Replayed,
  dir: string,
): string[] {
  return [
    '',
    ...(edges === null
      ? ['one of the runs recorded no messages, so only the verdicts can be compared']
      : partings(edges)),
    '',
    ...(isSame ? [] : changedChecks(recorded, replayed)),
    labelled('recording', dir),
    labelled(
      'verdict',
      isSame
        ? `${replayed.verdict}, as recorded`
        : `${replayed.verdict}, but ${recorded.verdict} in the recording`,
    ),
  ];
}

function partings(edges: readonly EdgeComparison[]): string[] {
  const parted = edges.filter(({ parting }) => parting !== null);
  const same = edges.length - parted.length;
  const wrong = parted.filter(({ parting }) => parting!.cause === 'decision');
  const rows = parted.map(({ edge, recorded, replayed, parting }) => [
    edge,
    `${parting!.at} of ${recorded}, ${replayed}`,
    causes[parting!.cause]!,
    parting!.recorded,
    parting!.replayed,
  ]);
  return [
    `${plural(same, 'link')} with the same messages and decisions, ${parted.length} that diverge`,
    ...(rows.length === 0
      ? []
      : ['', table(['link', 'at message', 'because of', 'recorded', 'replayed'], rows)]),
    wrong.length === 0
      ? 'With the same messages and rules, no decision differs.'
      : `${plural(wrong.length, 'decision differs', 'decisions differ')} with the same messages and rules: this is a bug in Faultline.`,
  ];
}

function changedChecks(recorded: Judged, replayed: Judged): string[] {
  return replayed.checks.flatMap(({ check, result }, i) => {
    const before = recorded.checks[i]?.result.verdict ?? 'not checked';
    return before === result.verdict
      ? []
      : [labelled(result.verdict, `${check}, recorded as ${before}: ${result.summary}`)];
  });
}
