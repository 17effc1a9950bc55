/**
 * Reports from a node's control channel. A program shares the process with its host and can write to
 * the channel too, by mistake (`process.send('ready')`) or because of a bug. So each report is built
 * only from values of the right type and range, and strings have a maximum length.
 */
import type { CrashPlace, Exchange, Facts, FromNode } from '@faultline/protocol';

/** The range of true time in which a report's facts can have happened. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const nameCharsMax = 200;
const textCharsMax = 10_000;
const factsMax = 10;
/** More than the supervisor ever requests. */
const exchangesMax = 100;
/** The largest absolute time value of a Date (ECMA-262). */
const wallMsMax = 8.64e15;
/** Tolerance between the true times that two processes read. */
const toleranceMs = 1000;

/** Undefined if no host of a node would send this message. */
export function readReport(message: unknown, range: TimeRange): FromNode | undefined {
  try {
    return isObject(message) ? reportOf(new Fields(message, range)) : undefined;
  } catch (error) {
    if (error instanceof InvalidField) return undefined;
    throw error;
  }
}

class InvalidField extends Error {}

/** Each method throws InvalidField if the field does not have the type that its name requires. */
class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #range: TimeRange;

  constructor(values: Readonly<Record<string, unknown>>, range: TimeRange) {
    this.#values = values;
    this.#range = range;
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
    if (found === undefined) throw new InvalidField(name);
    return found;
  }

  count(name: string): number {
    return this.#take(name, isCount);
  }

  durationMs(name: string): number {
    return this.#take(name, isDuration);
  }

  /** True time, after the start of the process and not in the future. */
  atMs(name: string): number {
    const atMs = this.#take(name, isNumber);
    const { fromMs, toMs } = this.#range;
    if (atMs < fromMs - toleranceMs || atMs > toMs + toleranceMs) throw new InvalidField(name);
    return Math.min(Math.max(atMs, fromMs), toMs);
  }

  /** True time of a state that may have begun with an earlier process. */
  trueMs(name: string): number {
    return this.#take(name, isNumber);
  }

  nullableTrueMs(name: string): number | null {
    return this.#values[name] === null ? null : this.trueMs(name);
  }

  exchanges(name: string): readonly Exchange[] {
    return this.#take(name, areExchanges);
  }

  /** Data that the program adds; the recorder bounds it. */
  data(name: string): Facts {
    return this.#take(name, isObject);
  }

  object(name: string): Fields {
    return new Fields(this.#take(name, isObject), this.#range);
  }

  /** Numbers, null and short strings. */
  shortFacts(): Facts {
    const given = Object.entries(this.#values).slice(0, factsMax);
    return Object.fromEntries(
      given.map(([name, value]) => {
        if (value === null || isNumber(value)) return [name, value];
        if (!isText(value)) throw new InvalidField(name);
        return [name, value.slice(0, nameCharsMax)];
      }),
    );
  }

  #take<T>(name: string, isValid: (value: unknown) => value is T): T {
    const value = this.#values[name];
    if (!isValid(value)) throw new InvalidField(name);
    return value;
  }
}

function reportOf(fields: Fields): FromNode | undefined {
  const from = fields.text('from', nameCharsMax);
  switch (from) {
    case 'ready':
      return { from };
    case 'ack':
      return { from, n: fields.count('n') };
    case 'pong':
      return { from, n: 0 };
    case 'fatal':
      return {
        from,
        message: fields.text('message', textCharsMax),
        stack: fields.text('stack', textCharsMax),
      };
    case 'event':
      return {
        from,
        atMs: fields.atMs('atMs'),
        name: fields.name('name'),
        data: fields.data('data'),
      };
    case 'clockLate':
      return { from, atMs: fields.atMs('atMs'), lateMs: fields.durationMs('lateMs') };
    case 'time':
      return {
        from,
        n: fields.count('n'),
        clockSinceMs: fields.trueMs('clockSinceMs'),
        exchanges: fields.exchanges('exchanges'),
        answered: fields.count('answered'),
      };
    case 'diskFailure':
      return {
        from,
        atMs: fields.atMs('atMs'),
        fault: fields.oneOf('fault', ['full', 'error']),
        file: fields.name('file'),
        write: fields.count('write'),
        more: fields.count('more'),
      };
    case 'badSignature':
      return {
        from,
        atMs: fields.atMs('atMs'),
        src: fields.name('src'),
        type: fields.name('type'),
        alsoUntold: fields.count('alsoUntold'),
      };
    case 'role':
      return { from, atMs: fields.atMs('atMs'), role: fields.nullableName('role') };
    case 'traceStopped':
      return {
        from,
        code: fields.oneOf('code', ['DISK_FULL', 'DISK_ERROR']),
        reason: fields.text('reason', textCharsMax),
      };
    case 'traceDiscarded':
      return {
        from,
        files: fields.count('files'),
        bytes: fields.count('bytes'),
        fromMs: fields.nullableTrueMs('fromMs'),
        untilMs: fields.nullableTrueMs('untilMs'),
      };
    case 'fault':
      return { from, fault: fields.name('fault'), facts: fields.object('facts').shortFacts() };
    case 'crashing':
      return { from, facts: placeIn(fields.object('facts')) };
    case 'unsent':
      return {
        from,
        reason: fields.oneOf('reason', ['router down', 'overflow']),
        count: fields.count('count'),
        firstSeq: fields.count('firstSeq'),
        lastSeq: fields.count('lastSeq'),
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
