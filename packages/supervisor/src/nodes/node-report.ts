/**
 * What comes over a node's control channel. A program shares the process with its host and can write
 * to the channel as well, by mistake (`process.send('ready')`) or as its bugs have it: so nothing is
 * taken for what it claims to be, and texts are cut at a length.
 */
import type { CrashPlace, Exchange, FromNode } from '@faultline/protocol';

const nameCharsMax = 200;
const textCharsMax = 10_000;

/** Undefined where it is nothing that a node's host would say. */
export function readReport(told: unknown): FromNode | undefined {
  if (!isObject(told)) return undefined;
  const atMs = told.atMs as number;
  switch (told.from) {
    case 'ready':
      return { from: 'ready' };
    case 'heard':
      return Number.isFinite(told.n) ? { from: 'heard', n: told.n as number } : undefined;
    case 'pong':
      return { from: 'pong', n: 0 };
    case 'fatal':
      if (typeof told.message !== 'string' || typeof told.stack !== 'string') return undefined;
      return {
        from: 'fatal',
        message: told.message.slice(0, textCharsMax),
        stack: told.stack.slice(0, textCharsMax),
      };
    case 'event':
      if (typeof told.name !== 'string' || !isObject(told.data) || !Number.isFinite(atMs)) {
        return undefined;
      }
      return { from: 'event', atMs, name: told.name.slice(0, nameCharsMax), data: told.data };
    case 'clockLate': {
      const lateMs = told.lateMs as number;
      if (!Number.isFinite(atMs) || !Number.isFinite(lateMs)) return undefined;
      return { from: 'clockLate', atMs, lateMs };
    }
    case 'time': {
      const { n, clockSinceMs, exchanges } = told as Record<string, unknown>;
      if (!Number.isFinite(n) || !Number.isFinite(clockSinceMs)) return undefined;
      if (!Array.isArray(exchanges) || !exchanges.every(isExchange)) return undefined;
      return { from: 'time', n: n as number, clockSinceMs: clockSinceMs as number, exchanges };
    }
    case 'diskFailure': {
      const { fault, file, write, more } = told as Record<string, unknown>;
      if (![atMs, write, more].every(Number.isFinite)) return undefined;
      return {
        from: 'diskFailure',
        atMs,
        fault: fault === 'full' ? 'full' : 'error',
        file: String(file).slice(0, nameCharsMax),
        write: write as number,
        more: more as number,
      };
    }
    case 'badSignature': {
      const { src, type, alsoUntold } = told as Record<string, unknown>;
      if (!Number.isFinite(atMs) || !Number.isFinite(alsoUntold)) return undefined;
      return {
        from: 'badSignature',
        atMs,
        src: String(src).slice(0, nameCharsMax),
        type: String(type).slice(0, nameCharsMax),
        alsoUntold: alsoUntold as number,
      };
    }
    case 'role':
      if (!Number.isFinite(atMs)) return undefined;
      if (told.role === null) return { from: 'role', atMs, role: null };
      return { from: 'role', atMs, role: String(told.role).slice(0, nameCharsMax) };
    case 'traceStopped':
      return {
        from: 'traceStopped',
        code: told.code === 'DISK_FULL' ? 'DISK_FULL' : 'DISK_ERROR',
        reason: String(told.reason).slice(0, textCharsMax),
      };
    case 'fault':
      if (typeof told.fault !== 'string' || !isObject(told.facts)) return undefined;
      return {
        from: 'fault',
        fault: told.fault.slice(0, nameCharsMax),
        facts: shortFacts(told.facts),
      };
    case 'crashing':
      return isObject(told.facts) ? { from: 'crashing', facts: placeOf(told.facts) } : undefined;
    case 'unsent': {
      const { reason, count, firstSeq, lastSeq } = told as Record<string, number>;
      if (![count, firstSeq, lastSeq].every(Number.isFinite)) return undefined;
      return {
        from: 'unsent',
        reason: String(reason) === 'overflow' ? 'overflow' : 'router down',
        count: count!,
        firstSeq: firstSeq!,
        lastSeq: lastSeq!,
      };
    }
    default:
      return undefined;
  }
}

function isExchange(value: unknown): value is Exchange {
  if (!isObject(value)) return false;
  return [value.t1Ms, value.t2Ms, value.t3Ms, value.t4Ms].every(Number.isFinite);
}

const placeFacts = ['message', 'to', 'from', 'type', 'file'] as const;

function placeOf(facts: Readonly<Record<string, unknown>>): CrashPlace {
  const place: { -readonly [K in keyof CrashPlace]: CrashPlace[K] } = {};
  for (const name of placeFacts) {
    if (facts[name] !== undefined) place[name] = String(facts[name]).slice(0, nameCharsMax);
  }
  return place;
}

/** Numbers stay what they are. */
function shortFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isShort = (value: unknown): boolean => value === null || Number.isFinite(value);
  const given = Object.entries(facts).slice(0, 10);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      isShort(value) ? value : String(value).slice(0, nameCharsMax),
    ]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
