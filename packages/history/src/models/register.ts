/**
 * A register: `read`, `write v`, `cas [from, to]`. With `readName` and others, it is a key-value store
 * too, since keys are independent of each other: see key-value.ts.
 *
 * A compare-and-set that failed with Maelstrom's code 22 (precondition failed) says that the value was
 * another one, and a read that failed with code 20 (key does not exist) that there was none.
 */
import { type Json, maelstromErrors } from '@faultline/protocol';
import { canonicalText, sameValue } from '../canonical.ts';
import { type Asked, defineModel, type Model } from './model.ts';
import { registerShortcut } from './register-shortcut.ts';

interface Cas {
  readonly from: Json;
  readonly to: Json;
  /** Whether it also succeeds if there is no value yet. */
  readonly creates: boolean;
}

/** Both spellings of a compare-and-set: `[from, to]` and Maelstrom's body. */
export function readCas(input: Json): Cas | undefined {
  if (Array.isArray(input)) {
    return input.length === 2 ? { from: input[0], to: input[1], creates: false } : undefined;
  }
  if (typeof input !== 'object' || input === null) return undefined;
  const { from, to, create_if_not_exists } = input as Record<string, Json>;
  if (from === undefined || to === undefined) return undefined;
  return { from, to, creates: create_if_not_exists === true };
}

export function stepCas(state: Json, asked: Asked): Json | undefined {
  const cas = readCas(asked.input);
  if (cas === undefined) return undefined;
  const matches = sameValue(state, cas.from) || (state === null && cas.creates);
  if (asked.type === 'fail') return matches ? undefined : state;
  return matches ? cas.to : undefined;
}

export const sawMissingKey = ({ error }: Asked): boolean =>
  error?.code === maelstromErrors.keyDoesNotExist;
export const sawOtherValue = ({ f, error }: Asked): boolean =>
  f === 'cas' && error?.code === maelstromErrors.preconditionFailed;

/** What a read, a write or a compare-and-set leaves; a failed one says only what the value was not. */
export function valueAfter({ f, type, input, output }: Asked): Json | undefined {
  if (type === 'fail') return undefined;
  if (f === 'write') return input;
  if (f === 'cas') return readCas(input)?.to;
  return f === 'read' && type === 'ok' ? output : undefined;
}

/** The register of Jepsen's and of the labelled histories. It starts as `initial`. */
export function registerOf(initial: Json): Model<Json> {
  return defineModel<Json>({
    name: 'register',
    knows: ['read', 'write', 'cas'],
    init: initial,
    anonymous: true,
    step(state, asked) {
      switch (asked.f) {
        case 'read':
          return sameValue(state, asked.type === 'fail' ? null : asked.output) ? state : undefined;
        case 'write':
          return asked.input;
        case 'cas':
          return stepCas(state, asked);
        default:
          return undefined;
      }
    },
    isRead: ({ f, type }) => f === 'read' || type === 'fail',
    observesFailure: (asked) =>
      sawOtherValue(asked) || (asked.f === 'read' && sawMissingKey(asked)),
    stateAfter: valueAfter,
    unobserved: unobservedValues,
    shortcut: (operations) => registerShortcut(operations, initial),
  });
}

export const register: Model<Json> = registerOf(null);

/**
 * Writes of values that no operation read or compared with. Where something was seen *not* to be the value,
 * each write may have been what made it so, and all are kept.
 */
function unobservedValues(operations: readonly Asked[]): ReadonlySet<Asked> {
  if (operations.some(({ type }) => type === 'fail')) return new Set();
  const seen = new Set<string>();
  for (const { f, input, output } of operations) {
    if (f === 'read') seen.add(canonicalText(output));
    else if (f === 'cas') {
      const cas = readCas(input);
      if (cas?.creates === true) return new Set();
      seen.add(canonicalText(cas?.from));
    } else if (f !== 'write') return new Set();
  }
  return new Set(
    operations.filter(({ f, input }) => {
      if (f === 'write') return !seen.has(canonicalText(input));
      return f === 'cas' && !seen.has(canonicalText(readCas(input)?.to));
    }),
  );
}
