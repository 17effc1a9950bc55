/** When a step is done: read, and compared with what happens. Pure: who watches is the runner. */

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
      Type.String({ description: 'a node says that it has this role', examples: ['leader'] }),
    ),
    state: Type.Optional(Type.Enum(seenStates, { description: 'a node comes into this state' })),
    node: Type.Optional(
      Type.String({ description: 'of this node; of any where left out', examples: ['n1'] }),
    ),
    count: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'the how-manyeth time since the load began, or for `wait` since the cluster did; 1 where left out',
      }),
    ),
  },
  { additionalProperties: false },
);

/** The fields of a step that say when. */
export const conditionFields = {
  at: Type.Optional(
    takesDuration(
      'at this true time since the load began; a distribution such as 1s..3s draws it',
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
  plus: Type.Optional(takesDuration('and so much later, or a distribution', '100ms')),
  every: Type.Optional(
    takesDuration(
      'repeatedly, with this time between; or a distribution, such as exp 5s',
      '5s',
      'exp 5s',
    ),
  ),
  from: Type.Optional(takesDuration('the first time; `every` where left out', '3s')),
  until: Type.Optional(
    takesDuration('not at or after this; the end of the load where left out', '9s'),
  ),
};

type Given = Readonly<Record<string, unknown>>;

/** `loadMs`: how long the load lasts, where that is known. */
export function readCondition(
  step: Given,
  context: SelectorContext,
  hasLoadTime: boolean,
): Condition {
  const named = (['at', 'after', 'every'] as const).filter((name) => step[name] !== undefined);
  if (named.length !== 1) {
    const what = named.length === 0 ? 'it has none' : `it has ${named.join(' and ')}`;
    throw new Problem(`a step says when with one of at, after and every; ${what}`);
  }
  const kind = named[0]!;
  for (const [name, owner] of [
    ['plus', 'after'],
    ['from', 'every'],
    ['until', 'every'],
  ] as const) {
    if (step[name] !== undefined && owner !== kind) {
      throw new Problem(`${name} goes with ${owner}, not with ${kind}`, [name]);
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
        throw new Problem('every needs until where the load has no for: nothing says when it ends');
      }
      return {
        every: time('every', false),
        ...optional('from'),
        ...optional('until'),
      } as Condition;
  }
}

/** Throws a problem. */
export function readSeen(value: unknown, context: SelectorContext): Seen {
  if (typeof value === 'string') return readSeen(seenOf(value), context);
  const given = fields(SeenSchema, value);
  const named = ['event', 'role', 'state'].filter((name) => given[name] !== undefined);
  if (named.length !== 1) {
    throw new Problem(
      `a step waits for one of event, role and state; it names ${named.join(' and ') || 'none'}`,
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
    `no state is called ${shown(what)}; ${meant === undefined ? '' : `did you mean ${meant}? `}(there are ${seenStates.join(', ')})`,
  );
}
