import { promises as broadcast } from './broadcast/promises.ts';
import type { Promises } from './common/promises.ts';
import { promises as counter } from './counter/promises.ts';
import { promises as ids } from './ids/promises.ts';
import { promises as kv } from './kv/promises.ts';
import { promises as lock } from './lock/promises.ts';
import { promises as log } from './log/promises.ts';
import { promises as primary } from './primary/promises.ts';
import { promises as raft } from './raft/promises.ts';
import { promises as register } from './register/promises.ts';
import { promises as set } from './set/promises.ts';
import { promises as siblings } from './siblings/promises.ts';
import { promises as transfer } from './transfer/promises.ts';

/** Sources end otherwise than what is compiled of them. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The ready programs by name, as URLs of their modules: what `--program NAME` means. */
export const readyPrograms: Readonly<Record<string, string>> = {
  echo: new URL(`./echo${extension}`, import.meta.url).href,
  ...inFolders('kv', 'ids', 'broadcast', 'counter', 'set', 'register', 'lock', 'siblings'),
  ...inFolders('primary', 'log', 'transfer', 'raft'),
};

function inFolders(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, new URL(`./${name}/main${extension}`, import.meta.url).href]),
  );
}

export { type PromiseFault, type Promises, promiseFaults, survivedBy } from './common/promises.ts';

/** What each ready program promises, by name. */
export const programPromises: Readonly<Record<string, Promises>> = {
  echo: {
    summary: 'answers with what it was sent',
    promise: 'An answer is what was sent.',
    breaks: {},
  },
  kv,
  ids,
  broadcast,
  counter,
  set,
  register,
  lock,
  siblings,
  primary,
  log,
  transfer,
  raft,
};
