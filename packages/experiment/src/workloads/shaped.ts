/**
 * The operations of a load as checkers take them. What a client asked again under the name that the
 * program knows a request by is one operation, from when it was first asked until it was answered:
 * it takes effect once, whichever of its copies arrive.
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
    // A request sent again after its answer is a new one.
    if (operation.type === 'ok') open.delete(name);
    else open.set(name, asked);
  }
  return once.map(joined);
}

/** What is unknown of one attempt is unknown of all, unless a later one was answered. */
function joined(attempts: readonly Operation[]): Operation {
  const first = attempts[0]!;
  const decisive =
    attempts.find(({ type }) => type === 'ok') ??
    attempts.findLast(({ type }) => type === 'info') ??
    attempts.at(-1)!;
  return { ...decisive, index: first.index, invokedMs: first.invokedMs };
}
