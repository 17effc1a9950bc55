/** The page `events.md`, generated from the catalog. */
import { type EventKind, eventCatalog, requiredFacts } from '../../src/index.ts';

const introduction = `# Events

Everything that happens in a cluster is an event: a process starts or crashes, a rule is added, a clock changes, a program reports something. They are in \`events.jsonl\` of the run, one JSON object a line; \`pnpm cluster events\` shows them, and [the API streams them](../supervisor/README.md#follow-events).

| field   | meaning                                                                 |
| ------- | ----------------------------------------------------------------------- |
| \`seq\`   | number of the event in its run, from 1                                  |
| \`atMs\`  | true time since the cluster began, in milliseconds                      |
| \`time\`  | true time, ISO 8601                                                     |
| \`kind\`  | one of the kinds below                                                  |
| \`node\`  | the node; for kinds about a member, the node or client; for kinds about the cluster, null |
| \`facts\` | see below, by kind; facts marked with ? are optional        |

Names and facts are stable: later versions add kinds and facts, and rename none. Ignore kinds that you do not know. An event that would be longer than 64 KiB, or nested deeper than 500 levels, has the fact \`leftOutBytes\`, its length, instead of the facts that made it too long. In TypeScript, \`event.kind === 'node.ready'\` narrows \`event.facts\`.

A test compares this page with [the catalog](src/events/catalog.ts), and \`npx vitest run packages/actions/test/events --update\` regenerates it.
`;

const topics: readonly (readonly [title: string, prefixes: readonly string[]])[] = [
  ['The cluster and its recording', ['cluster', 'members', 'recording', 'trace']],
  ['Nodes', ['node', 'restart']],
  ['Programs', ['program']],
  ['Faults of processes', []],
  ['Clocks', ['clock']],
  ['Disks', ['disk']],
  ['Rules and messages', ['rule', 'messages', 'message', 'queue', 'link', 'frame']],
  ['The router', ['router']],
  ['Experiments', ['test', 'plan', 'load', 'step']],
];

const prefixOf = (kind: EventKind): string => kind.split('.')[0]!;

/** Events of verbs whose prefix no topic names are faults of processes. */
const isIn = (prefixes: readonly string[], prefix: string): boolean =>
  prefixes.length > 0
    ? prefixes.includes(prefix)
    : !topics.some(([, others]) => others.includes(prefix));

export function eventsPage(): string {
  const kinds = Object.keys(eventCatalog) as EventKind[];
  const sections = topics.map(([title, prefixes]) => {
    const rows = kinds.filter((kind) => isIn(prefixes, prefixOf(kind))).map(rowOf);
    return [`## ${title}\n`, '| kind | about | when | facts |', '|---|---|---|---|', ...rows, ''];
  });
  return `${introduction}\n${sections.flat().join('\n')}`;
}

interface Described {
  readonly description?: string;
  readonly anyOf?: readonly Described[];
}

function rowOf(kind: EventKind): string {
  const { about, meaning, facts } = eventCatalog[kind];
  const required = requiredFacts(eventCatalog[kind]);
  const described = Object.entries(facts.properties as object) as [string, Described][];
  const lines = described.map(([name, { description, anyOf = [] }]) => {
    const said = description ?? anyOf.find((each) => each.description)?.description;
    if (said === undefined) throw new Error(`${kind}: ${name} is not described`);
    return `\`${name}\`${required.includes(name) ? '' : '?'}: ${said}`;
  });
  return `| \`${kind}\` | ${about} | ${meaning} | ${lines.join('<br>').replaceAll('|', '\\|')} |`;
}
