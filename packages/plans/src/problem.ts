/** A mistake in a plan and its place: thrown deep inside, reported by the reader of the file. */
import { FaultlineError, printable } from '@faultline/protocol';

export type Path = readonly (string | number)[];

export class Problem extends Error {
  readonly path: Path;

  constructor(message: string, path: Path = [], options?: ErrorOptions) {
    super(message, options);
    this.path = path;
  }
}

/** Runs a function for the value of a key, and adds that key to the place of any problem. */
export function inside<T>(key: string | number, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const { message, path, cause } = problemOf(thrown);
    throw new Problem(message, [key, ...path], { cause });
  }
}

/** An error of the grammar or of a rule as a Problem; rethrows anything else. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (!(thrown instanceof FaultlineError)) throw thrown;
  const { message } = thrown;
  const { property, isMissing } = thrown.facts;
  // A missing property has no place in the file.
  if (typeof property !== 'string' || isMissing === true) {
    return new Problem(message, [], { cause: thrown });
  }
  return new Problem(withoutPlace(message, property), property.split('.'), { cause: thrown });
}

/** Some errors begin with the property that the path already names. */
function withoutPlace(message: string, property: string): string {
  return message.startsWith(`${property}: `) ? message.slice(property.length + 2) : message;
}

/** `steps[2].do[0].partition` */
export function pathText(path: Path): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`))
    .join('');
}

/** With its place. */
export const said = ({ path, message }: Problem): string =>
  path.length === 0 ? message : `${pathText(path)}: ${message}`;

export function badPlan(
  message: string,
  facts: Record<string, unknown>,
  cause?: unknown,
): FaultlineError {
  return new FaultlineError('BAD_PLAN', printable(message.replaceAll(/\s+/g, ' ')), facts, {
    cause,
  });
}
