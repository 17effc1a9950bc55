/** Events as JSON Schemas: a component of the API document for each kind, and one for all. */
import type { About } from '@faultline/protocol';
import { type EventKind, eventCatalog } from './catalog.ts';

const nodes: Readonly<Record<About, object>> = {
  node: { type: 'string', description: 'the node' },
  member: { type: 'string', description: 'the node or the client' },
  cluster: { type: 'null', description: 'null: the event is about the cluster' },
  'node or cluster': {
    anyOf: [{ type: 'string' }, { type: 'null' }],
    description: 'the node; null: not about a single node',
  },
};

/** The name of the type of `node.ready`: `NodeReadyEvent`. */
export const eventSchemaName = (kind: string): string =>
  `${kind.replaceAll(/(?:^|\.)(\w)/g, (_, letter: string) => letter.toUpperCase())}Event`;

const pathTo = (name: string): string => `#/components/schemas/${name}`;
const noFacts = 'NoFacts';

/** Kinds without facts share one schema. */
const factsSchemaName = (kind: EventKind): string =>
  Object.keys(eventCatalog[kind].facts.properties).length === 0
    ? noFacts
    : eventSchemaName(kind).replace(/Event$/, 'Facts');

/** By the name of each component; `ClusterEvent` is any of the events. */
export function eventSchemas(): Record<string, object> {
  const kinds = Object.keys(eventCatalog) as EventKind[];
  return {
    ClusterEvent: {
      description:
        'An event in a cluster. Other versions have other kinds: ignore those that you do not know.',
      oneOf: kinds.map((kind) => ({ $ref: pathTo(eventSchemaName(kind)) })),
      discriminator: {
        propertyName: 'kind',
        mapping: Object.fromEntries(kinds.map((kind) => [kind, pathTo(eventSchemaName(kind))])),
      },
    },
    ...Object.fromEntries(kinds.map((kind) => [eventSchemaName(kind), schemaOf(kind)])),
    ...Object.fromEntries(kinds.map((kind) => [factsSchemaName(kind), factsOf(kind)])),
  };
}

function schemaOf(kind: EventKind): object {
  const { about, meaning } = eventCatalog[kind];
  return {
    type: 'object',
    description: meaning,
    properties: {
      seq: { type: 'integer', minimum: 1, description: 'number of the event in its run, from 1' },
      atMs: { type: 'number', description: 'true time since the cluster began, in ms' },
      time: { type: 'string', format: 'date-time', description: 'true time' },
      kind: { type: 'string', enum: [kind] },
      node: nodes[about],
      facts: { $ref: pathTo(factsSchemaName(kind)) },
    },
    required: ['seq', 'atMs', 'time', 'kind', 'node', 'facts'],
  };
}

function factsOf(kind: EventKind): object {
  const { facts } = eventCatalog[kind];
  return {
    ...facts,
    properties: {
      ...facts.properties,
      leftOutBytes: {
        type: 'integer',
        description:
          'only if the event was too long to record: its length; the facts that made it too long are missing',
      },
    },
  };
}
