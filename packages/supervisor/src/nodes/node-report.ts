/**
 * What comes over a node's control channel. A program shares the process with its host and can write
 * to the channel as well, by mistake (`process.send('ready')`) or as its bugs have it. So each report is
 * built from values of the right type and range, and texts are cut at a length.
 */
import type { CrashPlace, Exchange, Facts, FromNode } from '@faultline/protocol';

/** True time within which a report's facts can have happened. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const nameCharsMax = 200;
const textCharsMax = 10_000;
const factsMax = 10;
/** More than a node is ever asked to exchange. */
const exchangesMax = 100;
/** ECMA-262: a Date holds at most this, on either side of 1970. */
const wallMsMax = 8.64e15;
/** Two processes read true time a little apart. */
const apartMsMax = 1000;

/** Undefined where it is nothing that a node's host would say. */
export function readReport(told: unknown, span: Span): FromNode | undefined {
  try {
    return isObject(told) ? reportOf(new Fields(told, span)) : undefined;
  } catch (error) {
    if (error instanceof Unfit) return undefined;
    throw error;
  }
}

class Unfit extends Error {}

/** Each reader throws Unfit where the field is not what its name says. */
class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #span: Span;

  constructor(values: Readonly<Record<string, unknown>>, span: Span) {
    this.#values = values;
    this.#span = span;
  }

  text(name: string, charsMax: number): string {
    return this.#take(name, isText).slice(0, charsMax);
  }

  name(name: string): string {
    return this.text(name, nameCharsMax);
  }

  nullableName(name: string): string | null {
    return this.#values[name] === null ? null : this.name(name);
  }

  optionalName(name: string): string | undefined {
    return this.#values[name] === undefined ? undefined : this.name(name);
  }

  oneOf<const T extends string>(name: string, known: readonly T[]): T {
    const value = this.#values[name];
    const found = known.find((each) => each === value);
    if (found === undefined) throw new Unfit(name);
    return found;
  }

  count(name: string): number {
    return this.#take(name, isCount);
  }

  durationMs(name: string): number {
    return this.#take(name, isDuration);
  }

  /** True time, since the process started and not in the future. */
  atMs(name: string): number {
    const atMs = this.#take(name, isNumber);
    const { fromMs, toMs } = this.#span;
    if (atMs < fromMs - apartMsMax || atMs > toMs + apartMsMax) throw new Unfit(name);
    return Math.min(Math.max(atMs, fromMs), toMs);
  }

  /** True time, of a state that may have begun with an earlier process. */
  trueMs(name: string): number {
    return this.#take(name, isNumber);
  }

  nullableTrueMs(name: string): number | null {
    return this.#values[name] === null ? null : this.trueMs(name);
  }

  exchanges(name: string): readonly Exchange[] {
    return this.#take(name, areExchanges);
  }

  /** Whatever the program adds; the recorder bounds it. */
  data(name: string): Facts {
    return this.#take(name, isObject);
  }

  object(name: string): Fields {
    return new Fields(this.#take(name, isObject), this.#span);
  }

  /** Numbers, null and short texts. */
  shortFacts(): Facts {
    const given = Object.entries(this.#values).slice(0, factsMax);
    return Object.fromEntries(
      given.map(([name, value]) => {
        if (value === null || isNumber(value)) return [name, value];
        if (!isText(value)) throw new Unfit(name);
        return [name, value.slice(0, nameCharsMax)];
      }),
    );
  }

  #take<T>(name: string, isFit: (value: unknown) => value is T): T {
    const value = this.#values[name];
    if (!isFit(value)) throw new Unfit(name);
    return value;
  }
}

function reportOf(told: Fields): FromNode | undefined {
  const from = told.text('from', nameCharsMax);
  switch (from) {
    case 'ready':
      return { from };
    case 'heard':
      return { from, n: told.count('n') };
    case 'pong':
      return { from, n: 0 };
    case 'fatal':
      return {
        from,
        message: told.text('message', textCharsMax),
        stack: told.text('stack', textCharsMax),
      };
    case 'event':
      return { from, atMs: told.atMs('atMs'), name: told.name('name'), data: told.data('data') };
    case 'clockLate':
      return { from, atMs: told.atMs('atMs'), lateMs: told.durationMs('lateMs') };
    case 'time':
      return {
        from,
        n: told.count('n'),
        clockSinceMs: told.trueMs('clockSinceMs'),
        exchanges: told.exchanges('exchanges'),
        answered: told.count('answered'),
      };
    case 'diskFailure':
      return {
        from,
        atMs: told.atMs('atMs'),
        fault: told.oneOf('fault', ['full', 'error']),
        file: told.name('file'),
        write: told.count('write'),
        more: told.count('more'),
      };
    case 'badSignature':
      return {
        from,
        atMs: told.atMs('atMs'),
        src: told.name('src'),
        type: told.name('type'),
        alsoUntold: told.count('alsoUntold'),
      };
    case 'role':
      return { from, atMs: told.atMs('atMs'), role: told.nullableName('role') };
    case 'traceStopped':
      return {
        from,
        code: told.oneOf('code', ['DISK_FULL', 'DISK_ERROR']),
        reason: told.text('reason', textCharsMax),
      };
    case 'traceDiscarded':
      return {
        from,
        files: told.count('files'),
        bytes: told.count('bytes'),
        fromMs: told.nullableTrueMs('fromMs'),
        untilMs: told.nullableTrueMs('untilMs'),
      };
    case 'fault':
      return { from, fault: told.name('fault'), facts: told.object('facts').shortFacts() };
    case 'crashing':
      return { from, facts: placeIn(told.object('facts')) };
    case 'unsent':
      return {
        from,
        reason: told.oneOf('reason', ['router down', 'overflow']),
        count: told.count('count'),
        firstSeq: told.count('firstSeq'),
        lastSeq: told.count('lastSeq'),
      };
    default:
      return undefined;
  }
}

const placeFacts = ['message', 'to', 'from', 'type', 'file'] as const;

function placeIn(facts: Fields): CrashPlace {
  const place: { -readonly [K in keyof CrashPlace]: CrashPlace[K] } = {};
  for (const name of placeFacts) {
    const value = facts.optionalName(name);
    if (value !== undefined) place[name] = value;
  }
  return place;
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isDuration = (value: unknown): value is number =>
  isNumber(value) && value >= 0 && value <= wallMsMax;
const areExchanges = (value: unknown): value is readonly Exchange[] =>
  Array.isArray(value) && value.length <= exchangesMax && value.every(isExchange);
const isWallMs = (value: unknown): boolean => isNumber(value) && Math.abs(value) <= wallMsMax;

function isExchange(value: unknown): value is Exchange {
  return isObject(value) && [value.t1Ms, value.t2Ms, value.t3Ms, value.t4Ms].every(isWallMs);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
