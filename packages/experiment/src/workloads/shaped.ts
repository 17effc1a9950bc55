/**
 * The operations of a load in the form that checkers use. Retries with the id by which the program
 * recognizes a request are one operation, from the first attempt until the reply: it takes effect once,
 * whichever of its copies arrive.
 */
import type { Operation } from '@faultline/history';
import type { Workload } from './workload.ts';

export function shapedBy(
  { shape = (operation) => operation, requestOf = () => undefined }: Shaping,
  operations: readonly Operation[],
): Operation[] {
  return askedOnce(operations, requestOf).map(shape);
}

export type Shaping = Pick<Workload, 'shape' | 'requestOf'>;

function askedOnce(
  operations: readonly Operation[],
  requestOf: NonNullable<Workload['requestOf']>,
): readonly Operation[] {
  const open = new Map<string, Operation[]>();
  const once: Operation[][] = [];
  for (const operation of operations) {
    const request = requestOf(operation);
    if (request === undefined) {
      once.push([operation]);
      continue;
    }
    const name = JSON.stringify([operation.process, operation.key ?? null, request]);
    const asked = open.get(name) ?? [];
    if (asked.length === 0) once.push(asked);
    asked.push(operation);
    // A request that is sent again after its reply is a new one.
    if (operation.type === 'ok') open.delete(name);
    else open.set(name, asked);
  }
  return once.map(joined);
}

/** If the outcome of one attempt is unknown, so is that of all, unless a later one was answered. */
function joined(attempts: readonly Operation[]): Operation {
  const first = attempts[0]!;
  const decisive =
    attempts.find(({ type }) => type === 'ok') ??
    attempts.findLast(({ type }) => type === 'info') ??
    attempts.at(-1)!;
  return { ...decisive, index: first.index, invokedMs: first.invokedMs };
}
