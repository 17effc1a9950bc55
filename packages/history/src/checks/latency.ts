import { parsePercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { checkLatency } from '../promises/budgets.ts';
import { canonicalLatencies, latenciesAtMost, quantileName } from './bounds.ts';
import { defineCheck } from './check.ts';
import { kindsOption, whileLoaded } from './loaded.ts';
import type { Question } from './matcher.ts';

const latency = defineCheck({
  name: 'latency',
  summary: 'answers take at most this long',
  options: Type.Object({
    quantiles: Type.String({
      title: 'a bound',
      description: 'at most, by share of operations',
      examples: ['p99 <= 200ms'],
    }),
    f: kindsOption,
  }),
  short: 'quantiles',
  canonical: { quantiles: canonicalLatencies },
  matcher: "toBeQuick({ '99%': '200ms' })",
  promise: 'meet its latency limits',
  run: (history, { quantiles, ...options }) =>
    checkLatency(whileLoaded(history), { quantilesMs: latenciesAtMost(quantiles), ...options }),
});

export const latencyChecks = [latency];

export const latencyMatchers = {
  /** Latencies by share of operations: `{ '99%': '200ms' }`. */
  toBeQuick: (quantiles: Readonly<Record<string, string>>): Question => ({
    check: latency,
    options: {
      quantiles: Object.entries(quantiles)
        .map(([share, most]) => `${quantileName(parsePercent(share))} <= ${most}`)
        .join(', '),
    },
  }),
};
