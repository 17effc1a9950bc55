/** Which of an edge's messages a rule acts on: by their properties, by count, by probability. */
import { formatPercent, type Json, type RuleSpec } from '@faultline/protocol';
import type { Miss } from './explanation.ts';
import { readField, readSizes } from './match-texts.ts';
import type { Message } from './message.ts';
import { readProbability } from './settings.ts';

export interface Match {
  readonly needsType: boolean;
  /** Whether the rule selects messages by count or probability, which it does when they are sent. */
  readonly isPicky: boolean;
  /** The share of the selected messages that it acts on; 1: all, without a draw. */
  readonly probability: number;
  /** Its texts in canonical form. */
  readonly normal: { size?: string; field?: string; probability?: number };
  /** Whether the rule matches this message, apart from counts and probability. */
  matches(message: Message): boolean;
  /** Whether it acts on the n-th match, from 1. */
  isTurn(n: number): boolean;
  /** Why `matches` is false. */
  missOf(message: Message): Miss;
  /** Why `isTurn` is false. */
  turnMissOf(n: number): Miss;
}

/** One condition of a rule. */
interface Test {
  readonly by: Miss['by'];
  readonly wanted: string;
  readonly holds: (message: Message) => boolean;
  readonly got: (message: Message) => string;
}

/** Throws BAD_RULE if a text in it is invalid. */
export function matchOf(spec: RuleSpec): Match {
  const { after = 0, every = 1, first = Number.POSITIVE_INFINITY } = spec;
  // The cheapest test comes first; a body is parsed only if everything else matches.
  const tests = [directionTest(spec), typeTest(spec), sizeTest(spec), fieldTest(spec)].filter(
    (test) => test !== null,
  );
  const probability =
    spec.probability === undefined ? 1 : readProbability('probability', spec.probability);
  return {
    needsType: spec.type !== undefined,
    isPicky: after > 0 || every > 1 || first < Number.POSITIVE_INFINITY || probability < 1,
    probability,
    normal: {
      ...(spec.size === undefined ? {} : { size: readSizes('size', spec.size).text }),
      ...(spec.field === undefined ? {} : { field: fieldTest(spec)!.wanted }),
      ...(spec.probability === undefined ? {} : { probability }),
    },
    matches: allOf(tests),
    isTurn: (n) => n > after && (n - after) % every === 0 && (n - after) / every <= first,
    missOf(message) {
      const { by, wanted, got } = tests.find((test) => !test.holds(message))!;
      return { by, wanted, got: got(message) };
    },
    turnMissOf: (n) => ({ by: 'count', wanted: countsInWords(spec), got: `number ${n}` }),
  };
}

/** Handles the usual small numbers of tests without a loop. */
function allOf(tests: readonly Test[]): (message: Message) => boolean {
  const [one, two] = tests;
  if (one === undefined) return () => true;
  const isOne = one.holds;
  if (two === undefined) return isOne;
  const isTwo = two.holds;
  if (tests.length === 2) return (message) => isOne(message) && isTwo(message);
  return (message) => tests.every((test) => test.holds(message));
}

function directionTest({ replies }: RuleSpec): Test | null {
  if (replies === undefined) return null;
  const say = (isReply: boolean): string => (isReply ? 'a reply' : 'a message that is not a reply');
  return {
    by: 'direction',
    wanted: say(replies),
    holds: (message) => message.isReply === replies,
    got: (message) => say(message.isReply),
  };
}

function typeTest({ type }: RuleSpec): Test | null {
  if (type === undefined) return null;
  const start = type.slice(0, -1);
  return {
    by: 'type',
    wanted: type,
    holds: type.endsWith('*')
      ? (message) => message.type.startsWith(start)
      : (message) => message.type === type,
    got: (message) => message.type,
  };
}

function sizeTest({ size }: RuleSpec): Test | null {
  if (size === undefined) return null;
  const { text, least, most } = readSizes('size', size);
  return {
    by: 'size',
    wanted: text,
    holds: ({ bodyBytes }) => bodyBytes >= least && bodyBytes <= most,
    got: ({ bodyBytes }) => `${bodyBytes}B`,
  };
}

function fieldTest({ field }: RuleSpec): Test | null {
  if (field === undefined) return null;
  const { path, value } = readField('field', field);
  return {
    by: 'field',
    wanted: `${path}=${value}`,
    holds: (message) => textOf(message.field?.(path)) === value,
    got: (message) => {
      if (message.field === undefined) return 'an unknown body';
      return `${path}=${textOf(message.field(path)) ?? 'nothing'}`;
    },
  };
}

/** A value as it is typed: a string unchanged, everything else as JSON. */
function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `on each link after the first 5, only every 2nd, at most 1`; '' without counts. */
export function countsInWords({ after = 0, every = 1, first }: RuleSpec): string {
  return [
    after > 0 ? `after the first ${after}` : '',
    every > 1 ? `only every ${every}${ending(every)}` : '',
    first === undefined ? '' : `at most ${first}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** 2nd, 3rd, 11th, 21st. */
function ending(n: number): string {
  if (n % 100 >= 11 && n % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
}

export function chanceInWords({ probability }: RuleSpec): string {
  if (probability === undefined) return '';
  return `${formatPercent(readProbability('probability', probability))} of `;
}
