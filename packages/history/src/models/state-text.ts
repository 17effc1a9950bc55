/**
 * One text for states that are equal, for models without a `hash`. Data, sets, maps, dates, typed arrays and
 * class instances are compared by what is in them. What cannot be looked into, such as private fields,
 * is refused: all of its states would look alike, and a wrong history would pass.
 */
import { FaultlineError } from '@faultline/protocol';

/** @throws FaultlineError BAD_MODEL if the state cannot be compared. */
export function stateText(state: unknown): string {
  if (typeof state === 'string') return JSON.stringify(state);
  if (typeof state === 'bigint') return `${state}n`;
  if (typeof state === 'function' || typeof state === 'symbol') throw opaque(typeof state);
  if (typeof state !== 'object' || state === null) return String(state);
  if (Array.isArray(state)) return `[${state.map(stateText).join()}]`;
  const prototype: unknown = Object.getPrototypeOf(state);
  if (prototype === Object.prototype || prototype === null) return fieldsText(state);
  if (state instanceof Set) return `Set{${[...state].map(stateText).sort().join()}}`;
  if (state instanceof Map) {
    const entries = [...state].map(([key, value]) => `${stateText(key)}:${stateText(value)}`);
    return `Map{${entries.sort().join()}}`;
  }
  if (state instanceof Date) return `Date(${state.getTime()})`;
  const name = state.constructor.name;
  if (ArrayBuffer.isView(state)) {
    const bytes = new Uint8Array(state.buffer, state.byteOffset, state.byteLength);
    return `${name}(${bytes.join()})`;
  }
  if (Object.keys(state).length === 0 || hasPrivateFields(state)) throw opaque(`a ${name}`);
  return `${name}${fieldsText(state)}`;
}

/** A state for a sentence, whatever it is. */
export function stateWords(state: unknown): string {
  try {
    return stateText(state);
  } catch {
    return String(state);
  }
}

function fieldsText(state: object): string {
  const fields = Object.entries(state)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${JSON.stringify(name)}:${stateText(value)}`);
  return `{${fields.join()}}`;
}

const privateField = /#[\p{ID_Start}$_]/u;

/** Whether the source of one of its classes names private fields. */
function hasPrivateFields(state: object): boolean {
  for (let at: unknown = state; typeof at === 'object' && at !== null; ) {
    const source = Function.prototype.toString.call(at.constructor);
    if (at !== Object.prototype && privateField.test(source)) return true;
    at = Object.getPrototypeOf(at);
  }
  return false;
}

const opaque = (what: string): FaultlineError =>
  new FaultlineError(
    'BAD_MODEL',
    `states of a model are compared by their contents, and the contents of ${what} are hidden: give the model a \`hash\`, or use plain data, sets and maps as its state`,
    { what },
  );
