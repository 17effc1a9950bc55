/**
 * A lock with fencing tokens: `acquire` (answers a whole number, the token, or nothing), `release`, and
 * `use token`, which is what the guarded resource accepted: it refuses every token that is older than
 * one it has seen. Answers that the lock is taken are failures and say nothing.
 *
 * M. Kleppmann, "How to do distributed locking", 2016. A lock with leases can be acquired while
 * somebody still believes to hold it; only the tokens keep the resource safe then: `leases: true`.
 */
import { type Asked, defineModel, type Model } from './model.ts';

interface LockState {
  readonly holder: string | null;
  /** The largest token that can have been given out. The next one is larger. */
  readonly token: number;
  /** The largest token that the resource has seen. */
  readonly used: number;
}

export function lockOf({ leases = false }: { readonly leases?: boolean } = {}): Model<LockState> {
  return defineModel<LockState>({
    name: 'lock',
    knows: ['acquire', 'release', 'use'],
    init: { holder: null, token: Number.NEGATIVE_INFINITY, used: Number.NEGATIVE_INFINITY },
    step(state, asked) {
      const { f, process, input } = asked;
      switch (f) {
        case 'acquire':
          return acquire(state, asked, leases);
        case 'release':
          if (state.holder === process) return { ...state, holder: null };
          return leases ? state : undefined;
        case 'use':
          return typeof input === 'number' && input >= state.used
            ? { ...state, used: input }
            : undefined;
        default:
          return undefined;
      }
    },
    hash: ({ holder, token, used }) => `${token} ${used} ${holder}`,
    words: ({ holder, token, used }) => {
      const held = holder === null ? 'free' : `held by ${holder}`;
      const fence = Number.isFinite(used) ? `, token ${used} was used` : '';
      return Number.isFinite(token) ? `${held}, token ${token} was given${fence}` : held;
    },
  });
}

export const lock: Model<LockState> = lockOf();
export const lease: Model<LockState> = lockOf({ leases: true });

function acquire(state: LockState, asked: Asked, leases: boolean): LockState | undefined {
  if (state.holder !== null && !leases) return undefined;
  const { process, type, output } = asked;
  // Of an unknown acquisition the token is unknown too: it is at least one more than the last.
  if (type === 'info' || typeof output !== 'number') {
    return { ...state, holder: process, token: state.token + 1 };
  }
  return output > state.token ? { ...state, holder: process, token: output } : undefined;
}
