/** Events as lines of text. A recording of another version may have other kinds and fewer facts. */
import type { EventDefinition } from '@faultline/protocol';
import { type ClusterEvent, eventCatalog, isEventKind } from './catalog.ts';

/** The event in one line, without its time and node. An unknown kind is shown with its facts. */
export function eventText({ kind, facts }: ClusterEvent): string {
  const { leftOutBytes } = facts;
  if (leftOutBytes !== undefined) {
    return `${kind}: ${leftOutBytes} bytes, too long to record`;
  }
  const words = saidOf(kind, { ...facts }) ?? `${kind} ${JSON.stringify(facts)}`;
  return words.replaceAll(/\s*\n\s*/g, ' ');
}

/** Undefined if the kind is unknown, or its wording needs a fact that is missing or of another type. */
function saidOf(kind: string, facts: Record<string, unknown>): string | undefined {
  const definition = definitionOf(kind);
  if (definition === undefined) return undefined;
  const required = new Set<string | symbol>(requiredFacts(definition));
  const present = new Proxy(facts, {
    get(target, name) {
      if (required.has(name) && !Object.hasOwn(target, name)) throw new TypeError('a missing fact');
      return Reflect.get(target, name);
    },
  });
  try {
    return definition.says(present);
  } catch {
    return undefined;
  }
}

/** Whether such an event is hidden from people who follow a cluster. */
export const isQuiet = ({ kind, facts }: Pick<ClusterEvent, 'kind' | 'facts'>): boolean =>
  definitionOf(kind)?.isQuiet(facts) ?? false;

/** The schema of an object without required properties has no such list. */
export const requiredFacts = ({ facts }: EventDefinition): readonly string[] =>
  facts.required ?? [];

const definitionOf = (kind: string): EventDefinition | undefined =>
  isEventKind(kind) ? eventCatalog[kind] : undefined;
