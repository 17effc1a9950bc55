/** Ready programs as `programs` lists and explains them, derived from their promises. */
import {
  type PromiseFault,
  type Promises,
  programPromises,
  promiseFaults,
  survivedBy,
} from '@faultline/programs';
import { FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import { table } from './table.ts';

/** Throws PROGRAM_NOT_FOUND for a name that no ready program has. */
function findPromises(name: string): Promises {
  const found = programPromises[name];
  if (found !== undefined && Object.hasOwn(programPromises, name)) return found;
  const names = Object.keys(programPromises);
  const meant = nearest(name, names);
  const hint =
    meant === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${meant}?`;
  throw new FaultlineError(
    'PROGRAM_NOT_FOUND',
    `no ready program is called ${shown(name)}; ${hint}`,
    { program: name, ready: names },
  );
}

/** For an editor or another program. */
export const programAsData = (name: string) => {
  const { summary, promise, breaks } = findPromises(name);
  return { name, summary, promise, survives: survivedBy(findPromises(name)), breaks };
};

export const programList = (): string =>
  table(
    ['program', 'what it is'],
    Object.entries(programPromises).map(([name, { summary }]) => [name, summary]),
  );

export function programInWords(name: string): string {
  const promises = findPromises(name);
  const { summary, promise, breaks } = promises;
  const rows = (Object.keys(breaks) as PromiseFault[]).flatMap((fault) => [
    [`  ${fault}`, `${promiseFaults[fault]}:`],
    ['', breaks[fault]!],
  ]);
  return [
    `${name}: ${summary}`,
    '',
    promise,
    '',
    'It survives:',
    table(
      ['  fault', 'what happens'],
      survivedBy(promises).map((fault) => [`  ${fault}`, promiseFaults[fault]]),
    ),
    ...(rows.length === 0
      ? []
      : [
          '',
          'It breaks under:',
          table(['  fault', 'what happens, and how that breaks the promise'], rows),
        ]),
  ].join('\n');
}
