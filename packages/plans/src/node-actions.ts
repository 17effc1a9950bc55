/** The actions verbs on nodes as verbs of plans. */
import {
  type NodeVerb,
  type NodeVerbName,
  nodeVerbNames,
  nodeVerbs,
  takesInPlan,
  undoingOf,
} from '@faultline/actions';
import { type TProperties, Type } from 'typebox';
import type { Fields } from './fields.ts';
import {
  needs,
  oneOf,
  type Reader,
  readable,
  readDuration,
  readNodes,
  type Undo,
  type Verb,
  whom,
  words,
} from './verb.ts';

/** An end of nodes: `start` undoes it. */
const endsNodes = (name: NodeVerbName): boolean => undoingOf(name, {})?.verb === 'start';
const restartAfter = Type.Optional(words('and started again so much later', '500ms'));

/** Without `for`: in a plan, every verb that lasts takes it. */
function optionsOf(name: NodeVerbName): TProperties {
  const { for: _lifetime, ...own }: TProperties = nodeVerbs[name].options.properties;
  return { ...own, ...(endsNodes(name) && { restartAfter }) };
}

function readersOf(name: NodeVerbName): Record<string, Reader> {
  const { texts = {} }: NodeVerb = nodeVerbs[name];
  const readers = Object.entries(texts).flatMap(([option, kind]) =>
    kind === undefined ? [] : [[option, readable(kind.parse, kind.expected)] as const],
  );
  return {
    ...Object.fromEntries(readers),
    ...(endsNodes(name) && { restartAfter: readDuration }),
  };
}

function check(verb: NodeVerb, action: Fields): void {
  const { main, cure = {} } = verb;
  const [end] = Object.keys(cure);
  if (main?.isRequired && end !== undefined) oneOf(action, main.option, end);
  for (const option of verb.options.required ?? []) needs(action, option);
  const own = Object.entries(action).filter(([name]) => takesInPlan(verb, name));
  verb.read(Object.fromEntries(own));
}

function undone(verb: NodeVerbName, action: Fields, nodes: readonly string[]): Undo | null {
  const undoing = nodes.length === 0 ? null : undoingOf(verb, action);
  if (undoing === null) return null;
  return { action: { [undoing.verb]: nodes.join(','), ...undoing.options } };
}

function nodeAction(name: NodeVerbName): Verb {
  const verb: NodeVerb = nodeVerbs[name];
  return {
    summary: verb.summary,
    takes: whom('which nodes'),
    read: readNodes,
    options: optionsOf(name),
    readOptions: readersOf(name),
    check: (action) => check(verb, action),
    ...(verb.lasts && { undo: (action, { nodes }) => undone(name, action, nodes) }),
    isFault: verb.isFault,
  };
}

export const nodeActions = Object.fromEntries(
  nodeVerbNames.map((name) => [name, nodeAction(name)]),
) as Record<NodeVerbName, Verb>;
