/**
 * `pnpm prove [name …] [--runs 20] [--at-a-time 4] [--json]`: do the plans and checkers find every
 * flaw, and none where there is none? Runs each wrong form under its plan, on real processes, and its
 * right form under the same plan. Exits with 1 if a wrong form is exposed in fewer than 19 of 20 runs or
 * a right form does not pass every time, and with 3 for a usage error.
 */
import { parseArgs } from 'node:util';
import { Busy } from '../../packages/cli/src/busy.ts';
import { Crew } from './crew.ts';
import { type Form, forms, plansOf } from './forms.ts';
import { heading, linesOf, type Row, rowOf, summary } from './table.ts';

const help = `pnpm prove [name …] [--runs 20] [--at-a-time 4] [--json]

Runs each wrong form of a program, and its right form, under a plan that should distinguish them. A run that
is unknown, vacuous or failed, or passed without all steps of its plan, counts neither as exposed nor as
passed. Exits with 1 if a wrong form is exposed in fewer than 19 of 20 runs, or a right one does not pass all.

  --runs 20        runs of each form
  --at-a-time 4    clusters at once
  --json           print the figures and the outcome of each run as JSON

Example: pnpm prove quorum-of-half ids-by-clock --runs 5

Forms: ${forms.map(({ name }) => name).join(', ')}.
`;

interface Options {
  readonly chosen: readonly Form[];
  readonly runs: number;
  readonly atATime: number;
  readonly isJson: boolean;
}

const options = readOptions(process.argv.slice(2));
if (options !== null) {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    process.exitCode = (await prove(options, stopping.signal)) ? 0 : 1;
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    process.stderr.write('interrupted: forms without a row have not been proved\n');
    process.exitCode = 130;
  }
}

async function prove(
  { chosen, runs, atATime, isJson }: Options,
  signal: AbortSignal,
): Promise<boolean> {
  await using crew = new Crew(atATime);
  using busy = new Busy();
  // A closed pipe, as in `pnpm prove | head`, does not end the run.
  process.stdout.on('error', () => {});
  const say = (lines: readonly string[]): void => {
    busy.clear();
    if (!isJson) process.stdout.write(`${lines.join('\n')}\n`);
  };
  say(heading);
  const rows: Row[] = [];
  const begunMs = performance.now();
  for (const form of chosen) {
    busy.begin(form.name);
    const row = await tried(form, runs, crew, signal, busy);
    rows.push(row);
    say(linesOf(row));
  }
  const seconds = secondsSince(begunMs);
  const isEnough = rows.every((row) => row.isEnough);
  say(['', summary(rows, seconds)]);
  busy[Symbol.dispose]();
  if (isJson) process.stdout.write(`${JSON.stringify({ isEnough, seconds, rows }, null, 2)}\n`);
  return isEnough;
}

async function tried(
  form: Form,
  runs: number,
  crew: Crew,
  signal: AbortSignal,
  busy: Busy,
): Promise<Row> {
  const plans = plansOf(form);
  const seeds = Array.from({ length: runs }, (_, i) => String(i + 1));
  const begunMs = performance.now();
  const outcomes = await crew.do(
    seeds.flatMap((seed) => [
      { plan: plans.wrong, expected: 'violated' as const, seed },
      { plan: plans.right, expected: 'ok' as const, seed },
    ]),
    signal,
    (done) => busy.update(`${form.name}: ${done} of ${2 * runs} runs`),
  );
  const wrong = outcomes.filter((_, i) => i % 2 === 0);
  const right = outcomes.filter((_, i) => i % 2 === 1);
  return rowOf(form, { wrong, right }, secondsSince(begunMs));
}

function secondsSince(beganMs: number): number {
  return (performance.now() - beganMs) / 1000;
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
