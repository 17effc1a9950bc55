/** Options that are texts: the name of each grammar, and how it is parsed. */
import { parseDistribution } from '@faultline/faults';
import {
  parseCrashPoint,
  parseDuration,
  parseGroups,
  parseLinks,
  parseNewNodes,
  parseNodes,
  parsePercent,
  parsePpm,
  parseSize,
  parseWeather,
  readZones,
  resolveGroups,
  resolveLinks,
  resolveNodes,
  type SelectorContext,
} from '@faultline/protocol';

export interface TextKind {
  /** The placeholder of a flag: `<duration>`. */
  readonly name: string;
  /** Completes "expected …". */
  readonly expected: string;
  /** Throws a FaultlineError that points at the mistake. */
  readonly parse: (text: string) => unknown;
  /** It may be a file, whose path is relative to the user's working directory. */
  readonly mayBePath?: true;
  /** It may also be a list of texts, the words of a command: on the command line, those after `--`. */
  readonly mayBeList?: true;
  /** For a selector: the members that it selects. Throws for unknown names. */
  readonly resolve?: (text: string, context: SelectorContext) => unknown;
}

/** The kind of an option, or of each text in an option that has fields. */
export type TextsOfOption = TextKind | Readonly<Record<string, TextKind>>;

export const isTextKind = (texts: TextsOfOption): texts is TextKind =>
  typeof texts.parse === 'function';

export const duration: TextKind = {
  name: 'duration',
  expected: 'a duration such as 2s',
  parse: parseDuration,
};

export const percent: TextKind = {
  name: 'percent',
  expected: 'a share such as 10%',
  parse: parsePercent,
};

export const size: TextKind = {
  name: 'size',
  expected: 'a size such as 200MB',
  parse: parseSize,
};

export const ppm: TextKind = {
  name: 'ppm',
  expected: 'a rate such as 500ppm',
  parse: parsePpm,
};

export const delay: TextKind = {
  name: 'delay',
  expected: 'a delay such as 20ms',
  parse: parseDistribution,
};

export const weather: TextKind = {
  name: 'weather',
  expected: 'a weather such as ntp 5ms',
  parse: parseWeather,
};

export const crashPoint: TextKind = {
  name: 'point',
  expected: "a point such as 'sends vote'",
  parse: parseCrashPoint,
};

export const program: TextKind = {
  name: 'program',
  expected: 'a program such as kv or ./v2.ts',
  parse: (text) => text,
  mayBePath: true,
  mayBeList: true,
};

export const newNodes: TextKind = {
  name: 'new-nodes',
  expected: 'names of new nodes such as n6 or n6,n7',
  parse: parseNewNodes,
};

export const nodes: TextKind = {
  name: 'nodes',
  expected: 'nodes such as n1, n1,n2, leader or random:1',
  parse: parseNodes,
  resolve: (text, context) => resolveNodes(parseNodes(text), context),
};

export const groups: TextKind = {
  name: 'groups',
  expected: 'sides such as n1,n2 | n3 or minority | majority',
  parse: parseGroups,
  resolve: (text, context) => resolveGroups(parseGroups(text), context),
};

export const links: TextKind = {
  name: 'links',
  expected: 'links such as n1>n2',
  parse: parseLinks,
  resolve: (text, context) => resolveLinks(parseLinks(text), context),
};

/** Names can be resolved among members only. */
export const zones: TextKind = {
  name: 'zones',
  expected: 'zones such as eu: n1,n2 | us: n3',
  parse: (text) => text,
  resolve: readZones,
};
