/** Checks as `checks` lists and explains them, derived from their declarations. */
import { type Check, wordsOf } from '@faultline/history';
import { checkForm, checkText, exampleOf } from '@faultline/plans';
import { type Described, optionTable } from './options.ts';
import { table } from './table.ts';

/** For an editor or another program. */
export const checkAsData = (check: Check, named = check.name) => ({
  name: check.name,
  summary: check.summary,
  options: check.options,
  plan: planLines(check, named),
  matcher: matcherCall(check),
});

export const checkList = (checks: readonly Check[]): string =>
  table(
    ['check', 'what it verifies'],
    checks.map(({ name, summary }) => [name, summary]),
  );

/** `named`: the name in a plan, if that is not the check's own. */
export function checkInWords(check: Check, named = check.name): string {
  const { name, summary, options } = check;
  const rows = optionTable(options);
  return [
    `${name}: ${summary}`,
    '',
    ...(rows === null ? [] : [rows, '']),
    'In a plan, under checks:',
    ...planLines(check, named).map((line) => `  - ${line}`),
    '',
    'In a test:',
    `  ${matcherCall(check)}`,
  ].join('\n');
}

const matcherCall = ({ matcher }: Check): string => `expect(history).${matcher}`;

/** The check alone if that is valid, with each suffix that its name may have, and with all its options. */
function planLines(check: Check, named: string): string[] {
  const { options, short } = check;
  const required: readonly string[] = options.required ?? [];
  const example = exampleOf(check);
  const all = Object.fromEntries(
    Object.entries<Described>(options.properties).flatMap(([option, schema]) => {
      const value = option === short ? example : exampleValue(schema);
      return value === undefined ? [] : [[option, value]];
    }),
  );
  const lines = [
    ...(required.length === 0 ? [named] : []),
    ...(short === undefined || named !== check.name ? [] : [`${named} ${example}`]),
    ...(Object.keys(all).length === 0 ? [] : [checkText(checkForm(named, all, short))]),
  ];
  // Omits what another line already shows.
  return [...new Set(lines)].map((line) => line.replace(/ (?=\{)/, ': '));
}

function exampleValue(schema: Described): unknown {
  const { examples, type } = schema;
  const found = examples?.[0] ?? schema.default ?? wordsOf(schema)?.[0];
  if (found !== undefined) return found;
  const { minimum = 1 } = schema as { minimum?: number };
  return type === 'integer' || type === 'number' ? minimum : undefined;
}
