/**
 * The wrong forms that the checkers are tried on. Each is a file in test/fixtures/wrong that builds a
 * ready program with one of its rules made wrong, and beside it a plan that shows what comes of that.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plan, parsePlan, readPlan } from '@faultline/plans';

export interface Form {
  readonly name: string;
  /** The rule that it breaks. */
  readonly breaks: string;
  /** The ready program of which it is a wrong form, with what it is set to. */
  readonly right: {
    readonly program: string;
    readonly settings?: Readonly<Record<string, string>>;
  };
}

export const forms: readonly Form[] = [
  {
    name: 'votes-twice',
    breaks: 'a vote is on disk before it is given',
    right: { program: 'raft' },
  },
  {
    name: 'counts-old-terms',
    breaks: 'only entries of the own term are committed by counting',
    right: { program: 'raft' },
  },
  {
    name: 'reads-when-deposed',
    breaks: 'a leader makes sure that it still is one before it answers',
    right: { program: 'raft' },
  },
  {
    name: 'forgets-retries',
    breaks: 'what was done is not done again when it is asked again',
    right: { program: 'raft' },
  },
  {
    name: 'answers-before-sync',
    breaks: 'what is acknowledged is on disk',
    right: { program: 'register' },
  },
  {
    name: 'quorum-of-half',
    breaks: 'any two quorums meet',
    right: { program: 'register' },
  },
  {
    name: 'reads-without-write-back',
    breaks: 'what a read has found, later reads find',
    right: { program: 'register' },
  },
  {
    name: 'last-write-by-wall-clock',
    breaks: 'a write that knows of another one wins over it',
    right: { program: 'kv', settings: { order: 'hybrid' } },
  },
  {
    name: 'locks-without-fencing',
    breaks: 'who lost the lock is kept out',
    right: { program: 'lock' },
  },
  {
    name: 'ids-by-clock',
    breaks: 'an id is given out once',
    right: { program: 'ids' },
  },
  {
    name: 'drops-gossip',
    breaks: 'what was acknowledged reaches everybody',
    right: { program: 'broadcast' },
  },
];

/** Where they are, and where the paths in their plans start. */
export const folder = fileURLToPath(new URL('../../test/fixtures/wrong/', import.meta.url));

/** The form's plan, and the same plan for the right form. */
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
