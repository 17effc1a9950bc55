/** Sums up the runs of a form, and decides whether they are enough. Pure. */
import type { Form } from './forms.ts';
import type { Outcome } from './outcome.ts';

export interface Row {
  readonly form: string;
  readonly breaks: string;
  /** Of the wrong form, and as many of the right one. */
  readonly runs: number;
  /** Runs of the wrong form that were found to be wrong. */
  readonly exposed: number;
  /** Runs of the right form that were found to be right, with every step of the plan done. */
  readonly passed: number;
  /** Runs of the right form that were found to be wrong. */
  readonly falseAlarms: number;
  /** Runs of both that count for nothing: unknown, vacuous, partial or failed. */
  readonly undecided: number;
  readonly seconds: number;
  /** 19 of 20 runs exposed, or their like, and all of the right form passed. */
  readonly isEnough: boolean;
  readonly outcomes: { readonly wrong: readonly Outcome[]; readonly right: readonly Outcome[] };
}

export function rowOf(
  { name, breaks }: Pick<Form, 'name' | 'breaks'>,
  outcomes: Row['outcomes'],
  seconds: number,
): Row {
  const { wrong, right } = outcomes;
  const count = (of: readonly Outcome[], ...verdicts: readonly Outcome['verdict'][]): number =>
    of.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const exposed = count(wrong, 'violated');
  const passed = count(right, 'ok');
  return {
    form: name,
    breaks,
    runs: wrong.length,
    exposed,
    passed,
    falseAlarms: count(right, 'violated'),
    undecided: count([...wrong, ...right], 'unknown', 'vacuous', 'partial', 'failed'),
    seconds,
    isEnough: wrong.length > 0 && 20 * exposed >= 19 * wrong.length && passed === right.length,
    outcomes,
  };
}

export const heading: readonly string[] = [
  tableLine('form', 'exposed', 'right form', 'false', 'undecided', 'seconds', 'breaks'),
  tableLine('', '', 'passed', 'alarms', '', '', ''),
];

/** A row, and below it each run with an unexpected outcome. */
export function linesOf(row: Row): string[] {
  const { form, breaks, runs, exposed, passed, falseAlarms, undecided, seconds, outcomes } = row;
  const [ofWrong, ofRight] = [`${exposed} of ${runs}`, `${passed} of ${runs}`];
  const figures = [String(falseAlarms), String(undecided), seconds.toFixed(0)];
  const unexpected = (['wrong', 'right'] as const).flatMap((side) =>
    outcomes[side]
      .filter(({ verdict }) => verdict !== (side === 'wrong' ? 'violated' : 'ok'))
      .flatMap(({ verdict, seed, why, runDir }) => [
        `  ${side} form, seed ${seed}: ${verdict}. ${why}`,
        ...(runDir === null ? [] : [`    ${runDir}`]),
      ]),
  );
  return [tableLine(form, ofWrong, ofRight, ...figures, breaks), ...unexpected];
}

export function summary(rows: readonly Row[], seconds: number): string {
  const runs = rows.reduce(
    (sum, row) => sum + row.outcomes.wrong.length + row.outcomes.right.length,
    0,
  );
  const enough = rows.filter(({ isEnough }) => isEnough).length;
  const [minutes, rest] = [Math.floor(seconds / 60), Math.floor(seconds % 60)];
  return `${enough} of ${rows.length} forms distinguished, in ${runs} runs and ${minutes} min ${rest} s`;
}

function tableLine(...cells: readonly string[]): string {
  const [form, ...figures] = cells.slice(0, -1);
  const padded = figures.map((cell) => cell.padStart(12));
  return `${form!.padEnd(26)}${padded.join('')}  ${cells.at(-1)}`.trimEnd();
}
