/** Workloads as `workloads` lists and explains them, derived from their declarations. */
import { type AnyWorkload, keysOption, loadOptions } from '@faultline/experiment/workloads';
import { checkText } from '@faultline/plans/data';
import { type TObject, Type } from 'typebox';
import { type Described, optionTable } from './options.ts';
import { table } from './table.ts';

/** For an editor or another program. */
export const workloadAsData = (workload: AnyWorkload, named = workload.name) => ({
  name: workload.name,
  summary: workload.summary,
  options: workload.options,
  loadOptions: ofEveryLoad(workload),
  asks: workload.asks,
  model: workload.model?.name ?? null,
  checks: workload.checks,
  ask: workload.ask,
  plan: planLine(workload, named),
  test: testCall(workload, named),
});

export const workloadList = (workloads: readonly AnyWorkload[]): string =>
  table(
    ['workload', 'what clients do'],
    workloads.map(({ name, summary }) => [name, summary]),
  );

/** `named`: the name in a plan, if that is not the workload's own. */
export function workloadInWords(workload: AnyWorkload, named = workload.name): string {
  const { name, summary, options, asks, model, checks } = workload;
  const rows = optionTable(options);
  return [
    `${name}: ${summary}`,
    '',
    ...(rows === null ? [] : ['Its options:', rows, '']),
    'The options of every load; in a plan, seed and ask go under options:',
    optionTable(ofEveryLoad(workload)) ?? '',
    '',
    `requests  ${asks.join(', ')}`,
    `model     ${model?.name ?? 'none'}`,
    `checks    ${checks.map(checkText).join(', ') || 'none'}, unless a plan names others`,
    '',
    'In a plan:',
    `  ${planLine(workload, named)}`,
    '',
    'In a test:',
    `  ${testCall(workload, named)}`,
  ].join('\n');
}

/** With the workload's own defaults. */
function ofEveryLoad({ keys, ask }: AnyWorkload): TObject {
  return Type.Object({
    ...loadOptions,
    ask: Type.Optional({ ...loadOptions.ask, default: ask }),
    ...(keys === null ? {} : { keys: Type.Optional({ ...keysOption, default: keys }) }),
  });
}

function planLine({ options }: AnyWorkload, named: string): string {
  const own = Object.entries<Described>(options.properties).flatMap(([option, schema]) => {
    const value = schema.default ?? schema.examples?.[0];
    return value === undefined ? [] : [`${option}: ${JSON.stringify(value)}`];
  });
  const given = own.length === 0 ? '' : `, options: { ${own.join(', ')} }`;
  return `load: { workload: ${named}, for: 10s${given} }`;
}

/** A module can be imported under any name; here its own. */
const testCall = ({ name }: AnyWorkload, named: string): string => {
  const [first = '', ...more] = name.split('-');
  const imported = first + more.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  const load = named === name ? `${imported}Load` : `${imported}.load`;
  return `await cluster.load(${load}({ for: '10s' }))`;
};
