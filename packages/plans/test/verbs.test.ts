/** A plan can do whatever the control API can do to a cluster; exceptions are listed here, with reasons. */
import {
  type ClusterVerbName,
  clusterVerbNames,
  clusterVerbs,
  type Form,
  isClusterVerb,
  type NodeVerbName,
  nodeVerbNames,
  nodeVerbs,
  routeOf,
  type VerbRoute,
} from '@faultline/actions';
import { describeFaults } from '@faultline/faults';
import { type RouteName, routeSchemas, routes } from '@faultline/protocol';
import type { TObject, TSchema } from 'typebox';
import { describe, expect, test } from 'vitest';
import { readAction, type VerbName, verbs } from '../src/index.ts';

const context = {
  nodes: ['n1', 'n2', 'n3'],
  clients: ['c1', 'time'],
  leader: 'n1',
  pick: (count: number, among: readonly string[]) => among.slice(0, count),
};

/** Routes that have other names in a plan, or that a plan does not need. */
const otherwise: Partial<Record<ChangeName, readonly VerbName[] | string>> = {
  addRules: ['link'],
  removeRules: ['unlink'],
  endGeography: ['geography'],
  dryRun: 'it changes nothing',
  down: 'a plan ends automatically',
};
/** Fields of a route that a plan expresses differently, or by the verb itself. */
const spokenFor: Partial<Record<ChangeName, Readonly<Record<string, string>>>> = {
  addRules: { rules: 'the verb' },
  add: { count: 'the verb', nodes: 'the verb' },
  release: { messages: 'ids are known only while it runs' },
  call: { node: 'the verb' },
};
type ChangeName = RouteName | NodeVerbName | ClusterVerbName;
const changes: [ChangeName, TSchema | undefined][] = [
  ...(Object.keys(routes) as RouteName[])
    .filter((name) => routes[name].method !== 'GET')
    .map((name): [RouteName, TSchema | undefined] => [name, routeSchemas[name].body]),
  ...nodeVerbNames.map((name): [NodeVerbName, TSchema | undefined] => [
    name,
    optionsOf(routeOf(nodeVerbs[name])),
  ]),
  ...clusterVerbNames.map((name): [ClusterVerbName, TSchema | undefined] => [
    name,
    optionsOf(routeOf(clusterVerbs[name])),
  ]),
];

function optionsOf({ body, query }: VerbRoute): TSchema | undefined {
  return body ?? query;
}

const formsOf = (name: ChangeName): Readonly<Record<string, Partial<Form>>> =>
  isClusterVerb(name) ? clusterVerbs[name].forms : { [name]: {} };

/** Whether a form's name or subject implies this option. */
function says({ subject, says = {} }: Partial<Form>, option: string): boolean {
  if (subject === 'options' || Object.hasOwn(says, option)) return true;
  return subject?.options.includes(option) ?? false;
}

test.each(changes)('%s is an action of plans', (name, body) => {
  const forms = formsOf(name);
  const there = otherwise[name] ?? (Object.keys(forms) as VerbName[]);
  if (typeof there === 'string') return;
  for (const verb of there) expect(Object.keys(verbs)).toContain(verb);
  const fields = Object.keys((body as TObject | undefined)?.properties ?? {});
  const left = fields.filter((field) => {
    if (spokenFor[name]?.[field] !== undefined) return false;
    if (Object.values(forms).some((form) => says(form, field))) return false;
    return !there.some((verb) => {
      const { options, undo } = verbs[verb];
      return Object.hasOwn(options, field) || (field === 'for' && undo !== undefined);
    });
  });
  expect(left).toEqual([]);
});

test('restartAfter belongs to the verbs that start undoes', () => {
  const taking = Object.entries(verbs).filter(([, { options }]) => 'restartAfter' in options);
  expect(taking.map(([name]) => name)).toEqual(['kill', 'stop']);
  for (const [name, { undo }] of taking) {
    const action = { [name]: 'leader', restartAfter: '1s' };
    expect(undo?.(action, { nodes: ['n1', 'n2'], rules: [] })).toEqual({
      action: { start: 'n1,n2' },
    });
  }
});

describe('a link of a plan', () => {
  const { kinds, profiles, match } = describeFaults();

  test.each(kinds)('can be of the kind $name', ({ name, settings }) => {
    const given = settings
      .filter(({ isRequired }, i) => isRequired || i === 0)
      .map((setting) => [setting.name, setting.examples[0]]);
    const rule = { links: 'n1>n2', kind: name, settings: Object.fromEntries(given) };
    expect(readAction({ link: rule }, context)).toMatchObject({ link: { kind: name } });
  });

  test.each(profiles)('can have the profile $name', ({ name }) => {
    readAction({ link: { links: '*', profile: name }, for: '1s' }, context);
  });

  test.each(match.filter(({ name }) => name !== 'for' && name !== 'links'))(
    'can be about messages by $name',
    ({ name, examples }) => {
      readAction({ link: { links: '*', kind: 'cut', [name]: examples[0] } }, context);
    },
  );
});
