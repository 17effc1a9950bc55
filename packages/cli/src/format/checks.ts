/** Checks as `checks` lists and explains them; everything comes from their declarations. */
import { type Check, wordsOf } from '@faultline/history';
import { checkForm, checkText, exampleOf } from '@faultline/plans';
import { type Described, optionTable } from './options.ts';
import { table } from './table.ts';

/** As an editor or another program takes it. */
export const checkAsData = (check: Check, named = check.name) => ({
  name: check.name,
  summary: check.summary,
  options: check.options,
  plan: planLines(check, named),
  matcher: matcherCall(check),
});

export const checkList = (checks: readonly Check[]): string =>
  table(
    ['check', 'what it promises'],
    checks.map(({ name, summary }) => [name, summary]),
  );

/** `named`: as a plan names it, where that is not the name of the check. */
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

/** Alone where it may stand alone, with what may stand behind its name, and with all its options. */
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
  // What another line says already is left out.
  return [...new Set(lines)].map((line) => line.replace(/ (?=\{)/, ': '));
}

function exampleValue(schema: Described): unknown {
  const { examples, type } = schema;
  const found = examples?.[0] ?? schema.default ?? wordsOf(schema)?.[0];
  if (found !== undefined) return found;
  const { minimum = 1 } = schema as { minimum?: number };
  return type === 'integer' || type === 'number' ? minimum : undefined;
}
