/** What matchers ask for, as plans say it; null where a plan cannot. */
import {
  appendList,
  type ConservationOptions,
  type CounterOptions,
  counter,
  type EffectsOptions,
  keyValue,
  lease,
  lock,
  type MutualExclusionOptions,
  queue,
  register,
  type SetOptions,
  set,
  type UniqueIdsOptions,
} from '@faultline/history';
import type { Check } from '@faultline/plans';
import { formatPercent, parsePercent } from '@faultline/protocol';

const models: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [register, 'register'],
  [keyValue, 'key-value'],
  [counter, 'counter'],
  [set, 'set'],
  [queue, 'queue'],
  [lock, 'lock'],
  [lease, 'lease'],
  [appendList, 'append-list'],
]);

/** A model that is made with options is known by its name. */
function modelName(model: { readonly name: string } | undefined): string | null {
  return models.get(model) ?? (model?.name === 'bank' ? 'bank' : null);
}

export function linearizableCheck(model: { readonly name: string }): Check | null {
  const name = modelName(model);
  return name === null ? null : { linearizable: name };
}

interface Consistency {
  readonly kind?: string;
  readonly model?: { readonly name: string };
  readonly order?: string;
}

/** The names of session guarantees are words; those of transactions' models are one. */
export function consistencyCheck(
  promise: string,
  { kind, model, order }: Consistency,
): Check | null {
  if (promise === 'sequential') {
    const name = modelName(model);
    return name === null ? null : { sequential: name };
  }
  if (promise.startsWith('causal')) return promise;
  const name = promise.replaceAll(' ', '-');
  if (name !== promise) return order === undefined ? name : { [name]: order };
  return kind === undefined ? promise : { [promise]: kind };
}

export const convergenceCheck = (within: string | undefined): Check =>
  within === undefined ? 'convergence' : { convergence: `<= ${within}` };

export const setCheck = ({ linearizable }: SetOptions): Check =>
  linearizable === true ? 'linearizable-set' : 'set';

export function uniqueCheck({ order, f }: UniqueIdsOptions): Check | null {
  if (f !== undefined) return null;
  if (order === undefined || order === 'none') return 'unique-ids';
  return { 'unique-ids': order.replace(' ', '-') };
}

export function conservationCheck(
  total: number | ConservationOptions['accounts'],
  options: object,
): Check | null {
  if (Object.keys(options).length > 0) return null;
  const sum =
    typeof total === 'number' ? total : Object.values(total).reduce((some, each) => some + each, 0);
  return { conservation: sum };
}

export function counterCheck({ growOnly, reads }: CounterOptions): Check | null {
  if (reads !== 'final') return growOnly === true ? null : 'linearizable-counter';
  return growOnly === true ? 'grow-only-counter' : 'counter';
}

export const exclusionCheck = ({ leases }: MutualExclusionOptions): Check =>
  leases === true ? 'fencing' : 'mutual-exclusion';

export const availabilityCheck = (share: string | number): Check => ({
  availability: `>= ${typeof share === 'number' ? formatPercent(share) : share.replace(/^\s*>=\s*/, '')}`,
});

export const latencyCheck = (quantiles: Readonly<Record<string, string>>): Check => ({
  latency: Object.entries(quantiles)
    .map(([share, most]) => {
      const percent = Math.round(parsePercent(share) * 1e8) / 1e6;
      return `${percent === 100 ? 'max' : `p${percent}`} <= ${most}`;
    })
    .join(', '),
});

export function effectsCheck(
  promise: EffectsOptions['promise'],
  { event, ...rest }: Omit<EffectsOptions, 'promise'>,
): Check | null {
  if (Object.keys(rest).length > 0) return null;
  const name = promise.replaceAll(' ', '-');
  return event === undefined ? name : { [name]: event };
}

export const orderCheck = (options: object): Check | null =>
  Object.keys(options).length === 0 ? 'total-order' : null;

export const costCheck = (most: string | number): Check => ({
  'messages-per-operation': `<= ${String(most).replace(/^\s*<=\s*/, '')}`,
});
