/**
 * A lock with fencing: `acquire` → `{token}`, `release {token}`. A client that has got the lock gives it
 * back in its next operation; one that does not know whether it has got it asks again.
 */
import {
  type Answer,
  answered,
  fieldOf,
  type LoadOptions,
  readPace,
  type Workload,
} from './workload.ts';

export function lockLoad(options: LoadOptions): Workload {
  return {
    name: 'lock',
    pace: readPace(options),
    finalReads: [],
    script() {
      let token: unknown;
      return {
        next: () => (token === undefined ? { type: 'acquire' } : { type: 'release', token }),
        hear({ request, type, body }: Answer) {
          if (request.type === 'acquire') token = type === 'ok' ? (body.token ?? null) : undefined;
          // Of a release that nobody answered it is not known whether the lock is free.
          else if (type !== 'info') token = undefined;
        },
      };
    },
    shape: (operation) =>
      operation.f === 'acquire'
        ? answered(operation, fieldOf(operation.output, 'token'))
        : { ...operation, input: null },
  };
}
