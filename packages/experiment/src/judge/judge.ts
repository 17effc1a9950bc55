/** What the checks of a plan find in a run, and what that proves. Pure. */
import {
  type CheckContext,
  type CheckResult,
  type FaultInterval,
  type History,
  hitsInWords,
  type Model,
  type Operation,
  runCheck,
  type Verdict,
} from '@faultline/history';
import { type Check, checkText, type Plan, verbOf, verbs } from '@faultline/plans/data';
import { maelstromErrors } from '@faultline/protocol';
import { shortfall, slowness } from '../load/reached.ts';
import type { RunReport } from '../report/report.ts';
import { findWorkload, type WorkloadModules } from '../workloads/registry.ts';
import { type CheckModules, formOf, foundCheck } from './checks.ts';
import { undoneOf } from './undone.ts';

export interface Judged {
  /** The worst of all checks. */
  readonly verdict: Verdict;
  readonly checks: readonly { readonly check: string; readonly result: CheckResult }[];
  /** What each fault touched. */
  readonly faults: readonly FaultInterval[];
  /** Sentences: parts of the plan that were not done but are required for a verdict of ok. */
  readonly undone: readonly string[];
  /** Sentences: what each fault touched, and which parts of the plan were not done. */
  readonly notes: readonly string[];
}

const worstFirst: readonly Verdict[] = ['violated', 'unknown', 'vacuous', 'ok'];

export interface JudgeLimits extends Pick<CheckContext, 'isOver'> {
  /** The checks and workloads of the modules that the plan names. */
  readonly modules?: CheckModules;
  readonly workloads?: WorkloadModules;
}

export function judge(
  report: RunReport,
  asked?: readonly Check[],
  { modules = new Map(), workloads = new Map(), isOver }: JudgeLimits = {},
): Judged {
  const { plan, history, timings, steps } = report;
  const faults = history.faults ?? [];
  const endMs = timings.loadEndedMs ?? Number.POSITIVE_INFINITY;
  const loaded = history.operations.filter(({ invokedMs }) => invokedMs <= endMs);
  const planHasFaults = plan !== null && hasFaults(plan);
  const missing = plan === null || steps === null ? [] : undoneOf(plan, steps);
  const tooSlow = shortfall(report.reached);
  const undone = [
    ...(tooSlow === null ? [] : [`${tooSlow}.`]),
    ...missing.flatMap(({ says, isOptional }) => (isOptional ? [] : [says])),
  ];
  const slow = slowness(report.reached);
  const checked = ofLoad(report);
  const context = { isOver, model: modelOf(plan, workloads) };
  const checks = (asked ?? plan?.checks ?? []).map((planned) => {
    const found = foundCheck(planned, modules);
    const tried = runCheck(found.check, checked, found.options, context);
    const result = planHasFaults && faults.length === 0 ? untried(tried) : tried;
    return { check: checkText(formOf(found)), result: ofWholePlan(result, undone) };
  });
  const verdicts = new Set(checks.map(({ result }) => result.verdict));
  return {
    verdict: worstFirst.find((verdict) => verdicts.has(verdict)) ?? 'vacuous',
    checks,
    faults,
    undone,
    notes: [
      ...(checks.length === 0 ? ['Nothing was checked.'] : []),
      ...hitsInWords(faults, loaded),
      ...missing.map(({ says }) => says),
      ...(slow === null ? [] : [slow]),
      ...refusedKinds(loaded),
      ...(plan?.notes ?? []),
    ],
  };
}

const modelOf = (plan: Plan | null, modules: WorkloadModules): Model | undefined =>
  plan?.load === undefined
    ? undefined
    : (findWorkload(plan.load.workload, modules).model ?? undefined);

/** With further facts about the load. */
const ofLoad = ({ history, timings, messages }: RunReport): History => ({
  ...history,
  ...(messages === null ? {} : { messages }),
  ...(timings.loadEndedMs === null ? {} : { loadEndedMs: timings.loadEndedMs }),
});

/** Kinds of requests that clients sent and the program does not support. */
function refusedKinds(operations: readonly Operation[]): string[] {
  const answered = operations.filter(({ type }) => type !== 'info');
  const kinds = new Set(
    answered.flatMap(({ f, error }) => (error?.code === maelstromErrors.notSupported ? [f] : [])),
  );
  return [...kinds].flatMap((kind) => {
    const same = answered.filter(({ f }) => f === kind);
    if (same.some(({ error }) => error?.code !== maelstromErrors.notSupported)) return [];
    return [
      `${kind}: not supported by the program (error 10); ${same.length} requests failed for that reason.`,
    ];
  });
}

const hasFaults = ({ before = [], steps }: Plan): boolean =>
  [...before, ...steps.flatMap((step) => step.do)].some((action) => verbs[verbOf(action)].isFault);

/** The plan has faults, and none occurred while the load ran. */
function untried(result: CheckResult): CheckResult {
  if (result.verdict !== 'ok') return result;
  return {
    ...result,
    verdict: 'vacuous',
    summary: `${result.summary}, but no fault of the plan occurred during the load`,
  };
}

/** A run of half a plan proves nothing about the other half. */
function ofWholePlan(result: CheckResult, undone: readonly string[]): CheckResult {
  const [first, ...more] = undone;
  if (result.verdict !== 'ok' || first === undefined) return result;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return {
    ...result,
    verdict: 'vacuous',
    summary: `${result.summary}, but not all of the plan was done: ${first.replace(/\.$/, '')}${others}`,
    explanation: [
      ...result.explanation,
      'A run can be ok without a step or action that has `optional: true`.',
    ],
  };
}
