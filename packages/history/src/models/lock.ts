/**
 * A lock with fencing tokens: `acquire` (answers a whole number, the token, or nothing), `renew`, `release`,
 * and `use token`, which is what the guarded resource accepted: it refuses every token that is older
 * than one it has seen. Answers that the lock is taken are failures and say nothing. A token may also
 * be a field, as in `{ token, lease }`; then `write { token, value }` is another word for `use`.
 *
 * M. Kleppmann, "How to do distributed locking", 2016. A lock with leases can be acquired while
 * a client still believes that it holds it; then only the tokens keep the resource safe: `leases: true`.
 */
import type { Json } from '@faultline/protocol';
import { type Asked, defineModel, type Model } from './model.ts';

interface LockState {
  readonly holder: string | null;
  /** The largest token that can have been given out. The next one is larger. */
  readonly token: number;
  /** The largest token that the resource has seen. */
  readonly used: number;
}

/** The fencing token of a request or an answer, as the whole value or as a field. */
export const tokenOf = (data: Json | undefined): number | undefined =>
  typeof data === 'number' ? data : numberIn(data, 'token');

/** For how long a lock is asked or given, in ms: the field `lease`. */
export const leaseOf = (data: Json | undefined): number | undefined => numberIn(data, 'lease');

/** Whether a guarded resource was used. A write without a token is no concern of the lock. */
export const isUse = ({ f, input }: Pick<Asked, 'f' | 'input'>): boolean =>
  f === 'use' || (f === 'write' && numberIn(input, 'token') !== undefined);

function numberIn(data: Json | undefined, field: 'token' | 'lease'): number | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  const value = (data as Readonly<Record<string, Json>>)[field];
  return typeof value === 'number' ? value : undefined;
}

export function lockOf({ leases = false }: { readonly leases?: boolean } = {}): Model<LockState> {
  return defineModel<LockState>({
    name: 'lock',
    knows: ['acquire', 'renew', 'release', 'use', 'write'],
    init: { holder: null, token: Number.NEGATIVE_INFINITY, used: Number.NEGATIVE_INFINITY },
    step(state, asked) {
      const { f, process, input } = asked;
      const token = tokenOf(input);
      switch (f) {
        case 'acquire':
          return acquire(state, asked, leases);
        case 'renew':
          return state.holder === process || leases ? state : undefined;
        case 'release':
          if (state.holder === process) return { ...state, holder: null };
          return leases ? state : undefined;
        case 'use':
        case 'write':
          return token !== undefined && token >= state.used ? { ...state, used: token } : undefined;
        default:
          return undefined;
      }
    },
    hash: ({ holder, token, used }) => `${token} ${used} ${holder}`,
    words: ({ holder, token, used }) => {
      const held = holder === null ? 'free' : `held by ${holder}`;
      const fence = Number.isFinite(used) ? `, token ${used} was used` : '';
      return `${held}${Number.isFinite(token) ? `, token ${token} was given` : ''}${fence}`;
    },
  });
}

export const lock: Model<LockState> = lockOf();
export const lease: Model<LockState> = lockOf({ leases: true });

function acquire(state: LockState, asked: Asked, leases: boolean): LockState | undefined {
  if (state.holder !== null && !leases) return undefined;
  const { process, type } = asked;
  const token = tokenOf(asked.output);
  // Of an unknown acquisition the token is unknown too: it is at least one more than the last.
  if (type === 'info' || token === undefined) {
    return { ...state, holder: process, token: state.token + 1 };
  }
  return token > state.token ? { ...state, holder: process, token } : undefined;
}
