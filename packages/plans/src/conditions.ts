/** Conditions of steps: reading them and comparing them with events. Pure: the player observes events. */

import { type Seen, seenStates } from '@faultline/actions';
import type { SelectorContext } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import { Type } from 'typebox';
import { readTime } from './drawn-time.ts';
import { duration, fields, namedNodes, refine, text } from './fields.ts';
import type { After, Condition } from './plan.ts';
import { inside, Problem } from './problem.ts';

const takesDuration = (description: string, ...examples: string[]) =>
  Type.String({ description, examples });

export const SeenSchema = Type.Object(
  {
    event: Type.Optional(
      Type.String({
        description:
          "a program's node.event of this name, or an event of the cluster, with a dot in its name",
        examples: ['elected', 'router.crashed'],
      }),
    ),
    role: Type.Optional(
      Type.String({ description: 'a node reports this role', examples: ['leader'] }),
    ),
    state: Type.Optional(Type.Enum(seenStates, { description: 'a node enters this state' })),
    node: Type.Optional(
      Type.String({ description: 'which node (default: any)', examples: ['n1'] }),
    ),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'which occurrence since the load began or, for a `wait` before it, since the cluster started (default: 1)',
      }),
    ),
  },
  { additionalProperties: false },
);

/** The fields of a step that define its time. */
export const conditionFields = {
  at: Type.Optional(
    takesDuration(
      'true time since the load began, fixed or drawn from a distribution such as 1s..3s',
      '2s',
      '1s..3s',
    ),
  ),
  after: Type.Optional(
    Type.Union([
      SeenSchema,
      Type.String({
        description: 'NODE becomes ROLE, NODE is STATE, or NODE reports EVENT; any for any node',
        examples: ['n1 becomes leader', 'any is crashed', 'n2 reports elected'],
      }),
    ]),
  ),
  plus: Type.Optional(takesDuration('a delay after that, or a distribution', '100ms')),
  every: Type.Optional(
    takesDuration(
      'repeat at this interval, fixed or drawn from a distribution such as exp 5s',
      '5s',
      'exp 5s',
    ),
  ),
  from: Type.Optional(takesDuration('when to begin (default: the value of `every`)', '3s')),
  until: Type.Optional(
    takesDuration('not at or after this time (default: the end of the load)', '9s'),
  ),
};

type Given = Readonly<Record<string, unknown>>;

/** `loadMs`: how long the load lasts, if known. */
export function readCondition(
  step: Given,
  context: SelectorContext,
  hasLoadTime: boolean,
): Condition {
  const named = (['at', 'after', 'every'] as const).filter((name) => step[name] !== undefined);
  if (named.length !== 1) {
    const what = named.length === 0 ? 'got none' : `got ${named.join(' and ')}`;
    throw new Problem(`expected one of at, after and every; ${what}`);
  }
  const kind = named[0]!;
  for (const [name, owner] of [
    ['plus', 'after'],
    ['from', 'every'],
    ['until', 'every'],
  ] as const) {
    if (step[name] !== undefined && owner !== kind) {
      throw new Problem(`expected ${name} only with ${owner}, not with ${kind}`, [name]);
    }
  }
  const time = (name: string, mayBeZero = true): string =>
    inside(name, () =>
      name === 'until' ? duration(step[name], { mayBeZero }) : readTime(step[name], { mayBeZero }),
    );
  const optional = (name: string): object =>
    step[name] === undefined ? {} : { [name]: time(name) };
  switch (kind) {
    case 'at':
      return { at: time('at') };
    case 'after':
      return {
        after: inside('after', () => readSeen(step.after, context)),
        ...optional('plus'),
      } as After;
    case 'every':
      if (step.until === undefined && !hasLoadTime) {
        throw new Problem('every needs until, because the load has no for that would end it');
      }
      return {
        every: time('every', false),
        ...optional('from'),
        ...optional('until'),
      } as Condition;
  }
}

/** Throws a Problem. */
export function readSeen(value: unknown, context: SelectorContext): Seen {
  if (typeof value === 'string') return readSeen(seenOf(value), context);
  const given = fields(SeenSchema, value);
  const named = ['event', 'role', 'state'].filter((name) => given[name] !== undefined);
  if (named.length !== 1) {
    throw new Problem(
      `expected one of event, role and state, got ${named.join(' and ') || 'none'}`,
    );
  }
  const { count, ...rest } = given;
  const seen = refine(rest, {
    event: (name) => text(name, 'the name of an event'),
    role: (name) => text(name, 'a role such as leader'),
    node: (name) => {
      const node = text(name, 'a node such as n1');
      const named = namedNodes(node, context);
      if (named.length === 1 && named[0] === node) return node;
      throw new Problem(`expected one node by its name, got ${shown(node)}`);
    },
  });
  return { ...seen, ...(count === undefined || count === 1 ? {} : { count: count as number }) };
}

/** `n1 becomes leader`, `any is crashed`, `n1 reports elected`. */
function seenOf(value: string): object {
  const match = /^\s*(\S+)\s+(becomes|is|reports)\s+(?:the\s+|a\s+)?(\S+)\s*$/.exec(value);
  if (match === null) {
    throw new Problem(
      `expected "n1 becomes leader", "n1 is crashed" or "any reports EVENT", got ${shown(value)}`,
    );
  }
  const [, node, verb, what] = match;
  const of = node === 'any' ? {} : { node };
  if (verb === 'becomes') return { role: what, ...of };
  if (verb === 'reports') return { event: what, ...of };
  if (seenStates.includes(what!)) return { state: what, ...of };
  const meant = nearest(what!, seenStates);
  throw new Problem(
    `no state is called ${shown(what)}; ${meant === undefined ? '' : `did you mean ${meant}? `}(expected one of ${seenStates.join(', ')})`,
  );
}
