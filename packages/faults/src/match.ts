/** Which of an edge's messages a rule is about: by what they are, by count, by chance. */
import { formatPercent, type Json, type RuleSpec } from '@faultline/protocol';
import type { Miss } from './look.ts';
import { readField, readSizes } from './match-texts.ts';
import type { Message } from './message.ts';
import { readProbability } from './settings.ts';

export interface Match {
  readonly needsType: boolean;
  /** Whether the rule picks messages by their number or by chance, which it does as they set out. */
  readonly isPicky: boolean;
  /** The share of those whose turn it is that it acts on; 1: all, without a draw. */
  readonly probability: number;
  /** The texts in it that have several spellings, in one. */
  readonly normal: { size?: string; field?: string; probability?: number };
  /** Whether the rule is about messages such as this one, counts and chance aside. */
  looksAt(message: Message): boolean;
  /** Whether it acts on the n-th of these, from 1. */
  isTurn(n: number): boolean;
  /** Why `looksAt` is false. */
  missOf(message: Message): Miss;
  /** Why `isTurn` is false. */
  turnMissOf(n: number): Miss;
}

/** One thing that a rule asks of a message. */
interface Test {
  readonly by: Miss['by'];
  readonly wanted: string;
  readonly holds: (message: Message) => boolean;
  readonly got: (message: Message) => string;
}

/** Throws BAD_RULE where a text in it cannot be read. */
export function matchOf(spec: RuleSpec): Match {
  const { after = 0, every = 1, first = Number.POSITIVE_INFINITY } = spec;
  // What costs least to find out comes first; a body is parsed only for what all else is right of.
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
    looksAt: allOf(tests),
    isTurn: (n) => n > after && (n - after) % every === 0 && (n - after) / every <= first,
    missOf(message) {
      const { by, wanted, got } = tests.find((test) => !test.holds(message))!;
      return { by, wanted, got: got(message) };
    },
    turnMissOf: (n) => ({ by: 'count', wanted: countsInWords(spec), got: `number ${n}` }),
  };
}

/** The usual few tests without a loop around them. */
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
  const say = (isReply: boolean): string => (isReply ? 'a reply' : 'no reply');
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
      if (message.field === undefined) return 'a body that is not known';
      return `${path}=${textOf(message.field(path)) ?? 'nothing'}`;
    },
  };
}

/** A value as one would type it: a string as it is, everything else as JSON. */
function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `on each link after the first 5, only every 2nd, at most 1`; '' where nothing is counted. */
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
