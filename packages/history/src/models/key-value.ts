/**
 * A key-value store. Keys are independent, so a part is one key: a register that also knows `delete`
 * and `append` (to a text or to a list). `get` and `put` are synonyms of `read` and `write`.
 */
import type { Json } from '@faultline/protocol';
import { sameValue } from '../canonical.ts';
import { type Asked, defineModel, type Model } from './model.ts';
import { registerOf, sawMissingKey, sawOtherValue, stepCas, valueAfter } from './register.ts';

const readNames = new Set(['read', 'get']);
const plainNames = new Map([
  ['get', 'read'],
  ['put', 'write'],
]);
const plain = new Set(['read', 'write']);

/** Without the key a read answers `missing`; the labelled histories answer the empty text. */
export function keyValueOf(missing: Json): Model<Json> {
  const simple = registerOf(missing);
  return defineModel<Json>({
    name: 'key-value',
    knows: ['read', 'get', 'write', 'put', 'append', 'delete', 'cas'],
    init: missing,
    anonymous: true,
    step(state, asked) {
      switch (asked.f) {
        case 'read':
        case 'get':
          return sameValue(state, asked.type === 'fail' ? missing : asked.output)
            ? state
            : undefined;
        case 'write':
        case 'put':
          return asked.input;
        case 'append':
          return appended(state, asked.input, missing);
        case 'delete':
          return missing;
        case 'cas':
          return stepCas(state, asked);
        default:
          return undefined;
      }
    },
    isRead: ({ f, type }) => readNames.has(f) || type === 'fail',
    observesFailure: (asked) =>
      sawOtherValue(asked) || (readNames.has(asked.f) && sawMissingKey(asked)),
    stateAfter: (asked) => valueAfter({ ...asked, f: plainNames.get(asked.f) ?? asked.f }),
    unobserved: (operations: readonly Asked[]) => simple.unobserved!(operations),
    shortcut: (operations) =>
      operations.every(({ f }) => plain.has(f)) ? simple.shortcut!(operations) : undefined,
  });
}

export const keyValue: Model<Json> = keyValueOf(null);

function appended(state: Json, more: Json, missing: Json): Json | undefined {
  if (Array.isArray(state)) return [...state, more];
  if (typeof state === 'string') return typeof more === 'string' ? state + more : undefined;
  if (state !== missing) return undefined;
  return typeof more === 'string' ? more : [more];
}
