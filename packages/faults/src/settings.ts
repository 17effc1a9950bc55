/**
 * Settings that several kinds share: each a schema fragment and a reader. A schema can require a text; only
 * the reader knows whether the text is a duration.
 */
import {
  asFaultlineError,
  FaultlineError,
  formatDuration,
  parseDuration,
  parsePercent,
} from '@faultline/protocol';
import { Type } from 'typebox';
import { type Distribution, delayMsMax, parseDistribution } from './distributions.ts';

export function probability(description: string) {
  return Type.Union([Type.String(), Type.Number({ minimum: 0, maximum: 1 })], {
    description,
    examples: ['5%', 0.05],
  });
}

export function duration(description: string) {
  return Type.String({ description, examples: ['10ms'] });
}

export function delayText(description: string) {
  return Type.String({ description, examples: ['50ms', '50ms ± 10ms', '10ms..90ms', 'exp 50ms'] });
}

/** From 0 to below 1: with 1, a delay or fate would never change. */
export function correlation(description: string) {
  return Type.Optional(
    Type.Union([Type.String(), Type.Number({ minimum: 0, maximum: 1 })], {
      description: `${description} (default: none)`,
      examples: ['25%', 0.25],
    }),
  );
}

export function readCorrelation(property: string, value: string | number | undefined): number {
  const correlation = value === undefined ? 0 : readProbability(property, value);
  if (correlation < 1) return correlation;
  const expected = 'a correlation below 100%';
  const facts = { property, expected };
  throw new FaultlineError('BAD_RULE', `expected ${expected}, got ${value}`, facts);
}

export function readProbability(property: string, value: string | number): number {
  return typeof value === 'number' ? value : read(property, value, parsePercent);
}

export function readDistribution(property: string, text: string): Distribution {
  return read(property, text, parseDistribution);
}

/** From 0 to a day. */
export function readDuration(property: string, text: string): number {
  const ms = read(property, text, parseDuration);
  if (ms < 0 || ms > delayMsMax) {
    const expected = `a duration from 0 to ${formatDuration(delayMsMax)}`;
    throw new FaultlineError('BAD_RULE', `expected ${expected}, got ${JSON.stringify(text)}`, {
      property,
      expected,
      text,
      at: 0,
    });
  }
  return ms;
}

/** Turns an error of the grammar into one of the rule, with the name of the property. */
export function read<T>(property: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text);
  } catch (thrown) {
    const cause = asFaultlineError(thrown);
    throw new FaultlineError('BAD_RULE', cause.message, { ...cause.facts, property }, { cause });
  }
}
