/**
 * What each kind of rule is asked to do, and how the outcome is judged. Each check has its own message
 * type, which its rules match, so that all run at the same time on one link.
 *
 * Delays are judged twice. As *decided*, by the draws of the rules, they must have the requested
 * distribution. As *given*, by the recording, none may be shorter than decided, nor longer by more than
 * the machine's own timers are late.
 */
import { decide, parseDistribution, RuleSet } from '@faultline/faults';
import { type FateEvent, formatPercent } from '@faultline/protocol';
import {
  kolmogorovSmirnov,
  kolmogorovSmirnovBound,
  quantileOf,
  shareBelow,
  shareBound,
} from './statistics.ts';

export interface Row {
  readonly check: string;
  readonly asked: string;
  readonly given: string;
  readonly isRight: boolean;
}

/** One message, with the fate of each of its copies. */
export interface Observed {
  /** The last fate of each copy. */
  readonly copies: readonly FateEvent[];
}

interface Seen {
  readonly messages: readonly Observed[];
  /** The sums that the check's rules have kept. */
  readonly sums: Readonly<Record<string, number>>;
  readonly seed: string;
  /** How late a delay may be on this machine in its present state. */
  readonly allowanceMs: number;
}

export interface Check {
  /** Also the type of its messages. */
  readonly name: string;
  /** Without links and type. */
  readonly rules: readonly Record<string, unknown>[];
  readonly messages: number;
  /** Of the field `pad` in the body. */
  readonly padBytes?: number;
  readonly judge: (seen: Seen, check: Check) => Row[];
}

export const checkLinks = 'c1>n1';

const delays = [
  '20ms',
  '10ms..90ms',
  '50ms ± 10ms',
  'exp 20ms',
  'lognormal 20ms p99 120ms',
  'pareto 5ms alpha 2',
];

const isLost = ({ copies }: Observed): boolean => copies.every(({ fate }) => fate === 'lost');
const isDelivered = ({ copies }: Observed): boolean =>
  copies.every(({ fate }) => fate === 'delivered');
const originalOf = ({ copies }: Observed): FateEvent =>
  copies.find(({ copy }) => copy === 0) ?? copies[0]!;
const delayOf = ({ atMs, arrivedMs }: FateEvent): number => atMs - arrivedMs;

export const checks: readonly Check[] = [
  ...delays.map(
    (text, i): Check => ({
      name: `delay-${i + 1}`,
      rules: [{ kind: 'delay', settings: { delay: text } }],
      messages: 400,
      judge: judgeDelay(text),
    }),
  ),
  share('loss', '30%', { kind: 'loss', settings: { probability: '30%' } }, 0.3, isLost),
  share(
    'loss-gemodel',
    'p 5%, r 25%: 16.7%',
    { kind: 'loss-gemodel', settings: { p: '5%', r: '25%' } },
    0.05 / 0.3,
    isLost,
    // Fates resemble each other by 1 - p - r.
    1.7 / 0.3,
  ),
  share(
    'match --probability',
    '40%',
    { kind: 'loss', probability: '40%', settings: { probability: 1 } },
    0.4,
    isLost,
  ),
  share(
    'duplicate',
    '20%',
    { kind: 'duplicate', settings: { probability: '20%' } },
    0.2,
    ({ copies }) => copies.length === 2,
  ),
  share(
    'corrupt',
    '10%',
    { kind: 'corrupt', settings: { probability: '10%' } },
    0.1,
    (message) => originalOf(message).altered === true,
  ),
  {
    name: 'reorder',
    rules: [
      { kind: 'delay', settings: { delay: '30ms' } },
      { kind: 'reorder', settings: { probability: '25%' } },
    ],
    messages: 600,
    judge: judgeShare('25%', 0.25, (message) => delayOf(originalOf(message)) < 30),
  },
  exactly(
    'match --every 4',
    { kind: 'loss', every: 4, settings: { probability: 1 } },
    100,
    25,
    isLost,
  ),
  exactly(
    'match --first 10',
    { kind: 'loss', first: 10, settings: { probability: 1 } },
    100,
    10,
    isLost,
  ),
  exactly(
    'match --after 10',
    { kind: 'loss', after: 10, settings: { probability: 1 } },
    100,
    90,
    isLost,
  ),
  exactly('cut', { kind: 'cut', settings: {} }, 100, 100, ({ copies }) =>
    copies.every(({ fate }) => fate === 'cut'),
  ),
  exactly('reset', { kind: 'reset', settings: {} }, 100, 100, ({ copies }) =>
    copies.every(({ fate }) => fate === 'refused'),
  ),
  exactly('hold and release', { kind: 'hold', settings: {} }, 100, 100, isDelivered),
  exactly(
    'tamper',
    { kind: 'tamper', settings: { field: 'pad', value: 'x' } },
    100,
    100,
    (message) => originalOf(message).altered === true,
  ),
  exactly('size', { kind: 'size', settings: { max: '64B' } }, 50, 50, isLost, 100),
  {
    name: 'cost',
    rules: [{ kind: 'cost', settings: { perMessage: 0.5 } }],
    messages: 100,
    judge({ sums, messages }) {
      const cost = sums.cost ?? 0;
      return [
        {
          check: 'cost',
          asked: `${messages.length} × 0.5 = ${messages.length / 2}`,
          given: String(cost),
          isRight: cost === messages.length / 2,
        },
      ];
    },
  },
  {
    name: 'rate',
    rules: [{ kind: 'rate', settings: { rate: '500kB/s', limit: '10MB' } }],
    messages: 60,
    padBytes: 10_000,
    judge({ messages, allowanceMs }) {
      const events = messages.map(originalOf);
      const bytes = events.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
      const first = Math.min(...events.map(({ arrivedMs }) => arrivedMs));
      const ms = Math.max(...events.map(({ atMs }) => atMs)) - first;
      const askedMs = bytes / 500;
      return [
        {
          check: 'rate',
          asked: `500 kB/s: ${bytes} bytes in ${Math.round(askedMs)} ms`,
          given: `${Math.round(bytes / ms)} kB/s: in ${Math.round(ms)} ms (${lateBy(allowanceMs)})`,
          isRight: ms >= askedMs && ms <= askedMs * 1.02 + allowanceMs,
        },
      ];
    },
  },
];

const lateBy = (allowanceMs: number): string => `allowed +${allowanceMs.toFixed(1)} ms`;

function judgeDelay(text: string): Check['judge'] {
  return ({ messages, seed, allowanceMs }, check) => {
    const decided = decidedDelays(messages, check, seed);
    const { quantile } = parseDistribution(text);
    const isFixed = quantile(0) === quantile(0.999);
    const distance = isFixed
      ? Math.max(...decided.map((ms) => Math.abs(ms - quantile(0))))
      : kolmogorovSmirnov(decided, (x) => shareBelow(quantile, x));
    const bound = isFixed ? 0 : kolmogorovSmirnovBound(decided.length);
    const late = messages.map((message, i) => delayOf(originalOf(message)) - decided[i]!);
    const [middle, most] = [quantileOf(late, 0.5), quantileOf(late, 0.99)];
    // Recorded times are doubles: being early by less than this does not count.
    const isEarly = late.some((ms) => ms < -1e-6);
    return [
      {
        check: `delay ${text}, as decided`,
        asked: isFixed ? 'always' : `KS distance ≤ ${bound.toFixed(3)}`,
        given: isFixed ? `off by ${distance} ms` : distance.toFixed(3),
        isRight: distance <= bound,
      },
      {
        check: `delay ${text}, as given`,
        asked: `none early, p99 ${lateBy(allowanceMs)}`,
        given: `${isEarly ? 'early, ' : ''}p50 +${middle.toFixed(2)} ms, p99 +${most.toFixed(2)} ms`,
        isRight: !isEarly && most <= allowanceMs,
      },
    ];
  };
}

/** What the rules decide about exactly these messages, by the ordinal of each on its edge. */
function decidedDelays(
  messages: readonly Observed[],
  { name, rules }: Check,
  seed: string,
): number[] {
  const set = new RuleSet(seed);
  for (const rule of rules) set.add({ ...rule, links: checkLinks, type: name }, { nowMs: 0 });
  const edge = set.edge('c1', 'n1');
  return messages.map((message) => {
    const { ordinal, type, isReply, bodyBytes, arrivedMs } = originalOf(message);
    edge.ordinal = ordinal - 1;
    return decide(edge, { type, isReply, bodyBytes }, arrivedMs)![0]!.delayMs;
  });
}

function share(
  name: string,
  asked: string,
  rule: Record<string, unknown>,
  p: number,
  isHit: (message: Observed) => boolean,
  inflation = 1,
): Check {
  return { name, rules: [rule], messages: 1000, judge: judgeShare(asked, p, isHit, inflation) };
}

function judgeShare(
  asked: string,
  p: number,
  isHit: (message: Observed) => boolean,
  inflation = 1,
): Check['judge'] {
  return ({ messages }, { name }) => {
    const given = messages.filter(isHit).length / messages.length;
    const bound = shareBound(messages.length, p, inflation);
    return [
      {
        check: name,
        asked: `${asked} ± ${formatPercent(Number(bound.toFixed(3)))}`,
        given: formatPercent(Number(given.toFixed(3))),
        isRight: Math.abs(given - p) <= bound,
      },
    ];
  };
}

function exactly(
  name: string,
  rule: Record<string, unknown>,
  messages: number,
  hits: number,
  isHit: (message: Observed) => boolean,
  padBytes = 1,
): Check {
  return {
    name,
    rules: [rule],
    messages,
    padBytes,
    judge(seen) {
      const given = seen.messages.filter(isHit).length;
      const of = `of ${seen.messages.length}`;
      return [
        {
          check: name,
          asked: `${hits} of ${messages}`,
          given: `${given} ${of}`,
          isRight: given === hits && seen.messages.length === messages,
        },
      ];
    },
  };
}
