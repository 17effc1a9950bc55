/**
 * `pnpm prove [name …] [--runs 20] [--at-a-time 4] [--json]`: do the plans and checkers find what is
 * wrong, and nothing where nothing is? Each wrong form is run under its plan, on real processes, and its
 * right form under the same plan. Ends with 1 where a wrong form is exposed in fewer than 19 of 20 runs,
 * or a right form does not pass every time.
 */
import { parseArgs } from 'node:util';
import { type Form, forms, plansOf } from './forms.ts';
import { Arena, inTurns, type Outcome } from './trial.ts';

const help = `pnpm prove [name …] [--runs 20] [--at-a-time 4] [--json]

Runs each wrong form of a program, and its right form, under a plan that is to tell them apart.

  --runs 20        how often each
  --at-a-time 4    how many clusters at once
  --json           the figures, and what came of each run

Example: pnpm prove quorum-of-half ids-by-clock --runs 5

There are ${forms.map(({ name }) => name).join(', ')}.
`;

interface Row {
  readonly form: string;
  readonly breaks: string;
  readonly runs: number;
  /** Runs of the wrong form that were found to be wrong. */
  readonly exposed: number;
  /** Runs of the right form that were found to be right. */
  readonly passed: number;
  /** Runs of the right form that were said to be wrong. */
  readonly falseAlarms: number;
  readonly seconds: number;
  readonly isEnough: boolean;
  readonly outcomes: { readonly wrong: readonly Outcome[]; readonly right: readonly Outcome[] };
}

interface Options {
  readonly chosen: readonly Form[];
  readonly runs: number;
  readonly atATime: number;
  readonly isJson: boolean;
}

const options = readOptions(process.argv.slice(2));
if (options !== null) process.exitCode = (await prove(options)) ? 0 : 1;

async function prove({ chosen, runs, atATime, isJson }: Options): Promise<boolean> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  using arena = new Arena(ending.signal);
  const say = isJson ? () => {} : (line: string) => void process.stdout.write(`${line}\n`);
  say(line('form', 'exposed', 'right form', 'false', 'seconds', 'breaks'));
  say(line('', '', 'passed', 'alarms', '', ''));
  const rows: Row[] = [];
  const begunMs = performance.now();
  for (const form of chosen) {
    const row = await tried(form, runs, atATime, arena);
    rows.push(row);
    const { exposed, passed, falseAlarms, seconds, breaks, outcomes } = row;
    const of = (count: number): string => `${count} of ${runs}`;
    say(line(form.name, of(exposed), of(passed), String(falseAlarms), seconds.toFixed(0), breaks));
    for (const outcome of [
      ...outcomes.wrong.filter(({ verdict }) => verdict !== 'violated'),
      ...outcomes.right.filter(({ verdict }) => verdict !== 'ok'),
    ]) {
      const { verdict, seed, why, runDir } = outcome;
      const side = outcomes.right.includes(outcome) ? 'right' : 'wrong';
      say(`  ${side} form, seed ${seed}: ${verdict}. ${why}`);
      if (runDir !== null) say(`    ${runDir}`);
    }
  }
  const seconds = (performance.now() - begunMs) / 1000;
  const isEnough = rows.every((row) => row.isEnough);
  if (isJson) process.stdout.write(`${JSON.stringify({ isEnough, seconds, rows }, null, 2)}\n`);
  else
    say(
      `\n${rows.filter((row) => row.isEnough).length} of ${rows.length} forms told apart, ${seconds.toFixed(0)} s`,
    );
  return isEnough;
}

async function tried(form: Form, runs: number, atATime: number, arena: Arena): Promise<Row> {
  const plans = plansOf(form);
  const seeds = Array.from({ length: runs }, (_, i) => String(i + 1));
  const begunMs = performance.now();
  const outcomes = await inTurns(
    seeds.flatMap((seed) => [
      { plan: plans.wrong, expected: 'violated' as const, seed },
      { plan: plans.right, expected: 'ok' as const, seed },
    ]),
    atATime,
    (trial) => arena.run(trial),
  );
  const wrong = outcomes.filter((_, i) => i % 2 === 0);
  const right = outcomes.filter((_, i) => i % 2 === 1);
  const count = (of: readonly Outcome[], verdict: Outcome['verdict']): number =>
    of.filter((outcome) => outcome.verdict === verdict).length;
  const exposed = count(wrong, 'violated');
  const passed = count(right, 'ok');
  return {
    form: form.name,
    breaks: form.breaks,
    runs,
    exposed,
    passed,
    falseAlarms: count(right, 'violated'),
    seconds: (performance.now() - begunMs) / 1000,
    isEnough: 20 * exposed >= 19 * runs && passed === runs,
    outcomes: { wrong, right },
  };
}

function readOptions(args: string[]): Options | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        runs: { type: 'string', default: '20' },
        'at-a-time': { type: 'string', default: '4' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(help);
      return null;
    }
    const chosen = forms.filter(
      ({ name }) => positionals.length === 0 || positionals.includes(name),
    );
    const unknown = positionals.find((name) => forms.every((form) => form.name !== name));
    if (unknown !== undefined) throw new Error(`no form is called ${unknown}: see --help`);
    return {
      chosen,
      runs: readCount('--runs', values.runs),
      atATime: readCount('--at-a-time', values['at-a-time']),
      isJson: values.json,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 3;
    return null;
  }
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new Error(`${name}: expected a whole number above 0, not ${text}`);
}

function line(...[form, ...rest]: readonly string[]): string {
  const [breaks, ...figures] = [...rest].reverse();
  const cells = figures.reverse().map((cell) => cell.padStart(12));
  return `${form!.padEnd(26)}${cells.join('')}  ${breaks}`.trimEnd();
}
