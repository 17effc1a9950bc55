import { Type } from 'typebox';
import { checkUniqueIds, type UniqueIdsOptions } from '../promises/unique-ids.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const uniqueIds = defineCheck({
  name: 'unique-ids',
  summary: 'no two ids are equal; with an order, they grow',
  options: Type.Object({
    order: Type.Optional(
      Type.Enum(['process', 'real-time'], {
        title: 'an order of ids',
        description: 'ids grow: of one client, or in real time; default: in no order',
      }),
    ),
    f: Type.Optional(
      Type.String({ default: 'generate', description: 'the operation that answers with an id' }),
    ),
  }),
  short: 'order',
  matcher: 'toBeUnique()',
  promise: 'have unique ids',
  run: (history, { order, ...options }) =>
    checkUniqueIds(history, {
      ...options,
      ...(order === undefined ? {} : { order: order === 'process' ? order : 'real time' }),
    }),
});

export const uniqueIdsChecks = [uniqueIds];

export const uniqueIdsMatchers = {
  /** No id was issued twice. */
  toBeUnique({ order, ...options }: UniqueIdsOptions = {}): Question {
    const ordered =
      order === undefined || order === 'none' ? {} : { order: order.replace(' ', '-') };
    return { check: uniqueIds, options: { ...ordered, ...given(options) } };
  },
};
