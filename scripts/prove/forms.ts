/**
 * The wrong forms that the checkers are tried on. Each is a file in test/fixtures/wrong that builds a
 * ready program with one broken rule, next to a plan that exposes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plan, parsePlan, readPlan } from '@faultline/plans';

export interface Form {
  readonly name: string;
  /** The rule that it breaks. */
  readonly breaks: string;
  /** The ready program of which it is a wrong form, with its settings. */
  readonly right: {
    readonly program: string;
    readonly settings?: Readonly<Record<string, string>>;
  };
}

export const forms: readonly Form[] = [
  {
    name: 'votes-twice',
    breaks: 'a node stores its vote before it sends it',
    right: { program: 'raft' },
  },
  {
    name: 'counts-old-terms',
    breaks: 'a leader commits only entries of its own term by counting',
    right: { program: 'raft' },
  },
  {
    name: 'reads-when-deposed',
    breaks: 'a leader checks that it still leads before it answers',
    right: { program: 'raft' },
  },
  {
    name: 'forgets-retries',
    breaks: 'a retried request takes effect once',
    right: { program: 'raft' },
  },
  {
    name: 'answers-before-sync',
    breaks: 'acknowledged writes are on disk',
    right: { program: 'register' },
  },
  {
    name: 'quorum-of-half',
    breaks: 'any two quorums overlap',
    right: { program: 'register' },
  },
  {
    name: 'reads-without-write-back',
    breaks: 'later reads return what a read has returned',
    right: { program: 'register' },
  },
  {
    name: 'last-write-by-wall-clock',
    breaks: 'a write wins over the writes that it knows of',
    right: { program: 'kv', settings: { order: 'hybrid' } },
  },
  {
    name: 'locks-without-fencing',
    breaks: 'a client that has lost the lock is rejected',
    right: { program: 'lock' },
  },
  {
    name: 'ids-by-clock',
    breaks: 'an id is issued once',
    right: { program: 'ids' },
  },
  {
    name: 'drops-gossip',
    breaks: 'acknowledged messages reach all nodes',
    right: { program: 'broadcast' },
  },
];

/** The folder of the forms. Paths in their plans are relative to it. */
export const folder = fileURLToPath(new URL('../../test/fixtures/wrong/', import.meta.url));

/** The form's plan, and the same plan for the correct program. */
export function plansOf({ name, right }: Form): { readonly wrong: Plan; readonly right: Plan } {
  const file = join(folder, `${name}.yaml`);
  const wrong = parsePlan(readFileSync(file, 'utf8'), file);
  const { settings, ...cluster } = wrong.cluster;
  const both = { ...settings, ...right.settings };
  return {
    wrong,
    right: readPlan({
      ...wrong,
      name: `${name}-right`,
      cluster: {
        ...cluster,
        program: right.program,
        ...(Object.keys(both).length === 0 ? {} : { settings: both }),
      },
    }),
  };
}
