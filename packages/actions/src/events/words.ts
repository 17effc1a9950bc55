/** Events as lines for people. A recording of another version may have other kinds and fewer facts. */
import type { EventDefinition } from '@faultline/protocol';
import { type ClusterEvent, eventCatalog, isEventKind } from './catalog.ts';

/** What happened, in one line, without its time and its node. What is not known is shown as it is. */
export function eventText({ kind, facts }: ClusterEvent): string {
  const { leftOutBytes } = facts;
  if (leftOutBytes !== undefined) {
    return `${kind}: ${leftOutBytes} bytes, which is more than is recorded`;
  }
  const words = saidOf(kind, { ...facts }) ?? `${kind} ${JSON.stringify(facts)}`;
  return words.replaceAll(/\s*\n\s*/g, ' ');
}

/** Undefined where the kind is not known, or its words need a fact that is not there, or is of another type. */
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

/** Whether a person who follows a cluster is not shown such an event. */
export const isQuiet = ({ kind, facts }: Pick<ClusterEvent, 'kind' | 'facts'>): boolean =>
  definitionOf(kind)?.isQuiet(facts) ?? false;

/** The schema of an object without any has no list of them. */
export const requiredFacts = ({ facts }: EventDefinition): readonly string[] =>
  facts.required ?? [];

const definitionOf = (kind: string): EventDefinition | undefined =>
  isEventKind(kind) ? eventCatalog[kind] : undefined;
