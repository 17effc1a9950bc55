/** The verbs on nodes as verbs of plans. */
import {
  isTextKind,
  type NodeVerb,
  type NodeVerbName,
  needsSome,
  nodeVerbNames,
  nodeVerbs,
  type TextsOfOption,
  takesInPlan,
  undoingOf,
} from '@faultline/actions';
import { type TProperties, Type } from 'typebox';
import { type Fields, isObject, refine } from './fields.ts';
import { Problem } from './problem.ts';
import {
  needs,
  oneOf,
  type Reader,
  readable,
  readerOfText,
  readLifetime,
  readNodes,
  some,
  type Undo,
  type Verb,
  whom,
  words,
} from './verb.ts';

/** Verbs that end nodes: `start` undoes them. */
const endsNodes = (name: NodeVerbName): boolean => undoingOf(name, {})?.verb === 'start';
const restartAfter = Type.Optional(words('start the nodes again after this time', '500ms'));

/** Without `for`: in a plan, every verb that lasts accepts it. */
function optionsOf(name: NodeVerbName): TProperties {
  const { for: _lifetime, ...own }: TProperties = nodeVerbs[name].options.properties;
  return { ...own, ...(endsNodes(name) && { restartAfter }) };
}

function readersOf(name: NodeVerbName): Record<string, Reader> {
  const { texts = {} }: NodeVerb = nodeVerbs[name];
  const readers = Object.entries(texts).flatMap(([option, kind]) =>
    kind === undefined ? [] : [[option, readerOf(kind)] as const],
  );
  return {
    ...Object.fromEntries(readers),
    ...(endsNodes(name) && { restartAfter: readLifetime }),
  };
}

/** If an option with fields is a word such as `off`, there is nothing to read. */
function readerOf(texts: TextsOfOption): Reader {
  if (isTextKind(texts)) return readerOfText(texts);
  const readers = Object.entries(texts).map(([name, { parse, expected }]) => [
    name,
    readable(parse, expected),
  ]);
  return (value) => (isObject(value) ? refine(value, Object.fromEntries(readers)) : value);
}

function check(verb: NodeVerb, action: Fields): void {
  const { main, cure = {} } = verb;
  const [end] = Object.keys(cure);
  if (main?.isRequired && end !== undefined) oneOf(action, main.option, end);
  for (const option of verb.options.required ?? []) needs(action, option);
  if (needsSome(verb)) some(action, Object.keys(verb.options.properties));
  for (const [option, why] of Object.entries(verb.stays ?? {})) {
    if (action[option] === undefined || action.for === undefined) continue;
    throw new Problem(`${why}: ${option} accepts no for`);
  }
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
    ...(verb.switches && { switches: verb.switches }),
  };
}

export const nodeActions = Object.fromEntries(
  nodeVerbNames.map((name) => [name, nodeAction(name)]),
) as Record<NodeVerbName, Verb>;
