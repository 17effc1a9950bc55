/**
 * A model says what a correct, sequential object does: from which state an operation may be answered
 * as it was, and which state follows. It is all that a linearizability checker needs to know.
 *
 *     const switchModel = defineModel({
 *       name: 'switch',
 *       init: false,
 *       step(on, { f, output }) {
 *         if (f === 'flip') return !on;
 *         return output === on ? on : undefined;
 *       },
 *     });
 *
 * `step` is asked of `ok` operations, with their output, and of `info` operations, which have none:
 * then it answers what would follow if the operation took effect. It must be a pure function.
 */
import type { Operation } from '../operation.ts';
import { stateText, stateWords } from './state-text.ts';

/** What a model may read. Neither times nor nodes: those belong to the checker. */
export type Asked = Pick<
  Operation,
  'f' | 'key' | 'input' | 'output' | 'type' | 'process' | 'error'
>;

/** Several states that may follow, for an object that is not deterministic. */
export class OneOf<State> {
  readonly states: readonly State[];

  constructor(states: readonly State[]) {
    this.states = states;
  }
}

export const oneOf = <State>(...states: readonly State[]): OneOf<State> => new OneOf(states);

export type Step<State> = State | OneOf<State> | undefined;

export interface ModelSpec<State> {
  readonly name: string;
  readonly init: State;
  /**
   * All operations that the object has. Of a history with others nothing can be said; without it,
   * `step` refuses what it does not know, and an answer to that is a violation.
   */
  readonly knows?: readonly string[];
  /** The state that follows; undefined if the operation cannot be answered so in this state. */
  step(state: State, asked: Asked): Step<State>;
  /**
   * Equal for equal states. Without it states are compared by what is in them (data, sets, maps and
   * public fields), which costs their length each time. With it and without `equals`, states with
   * equal hashes are the same.
   */
  hash?(state: State): string | number;
  equals?(a: State, b: State): boolean;
  /**
   * Which part of the object an operation is about. Parts are checked one by one, which is sound
   * because linearizability is local (Herlihy & Wing 1990, theorem 1). Without it, its key.
   */
  partition?(asked: Asked): string | number | undefined;
  /** Whether the operation changes no state whatever it is answered. Makes the search much faster. */
  isRead?(asked: Asked): boolean;
  /** Whether `step` never reads `process`, so that equal operations are interchangeable. */
  readonly anonymous?: boolean;
  /**
   * Whether a failed operation still says something about the state, such as a compare-and-set that
   * failed because the value was another one. Such operations are reads: `step` answers the same
   * state or undefined. All other failed operations are left out.
   */
  observesFailure?(asked: Asked): boolean;
  /**
   * Which of these changed nothing that any other of them saw, so that the others are linearizable
   * without them exactly if they are with them, should they be unknown.
   */
  unobserved?(operations: readonly Asked[]): ReadonlySet<Asked>;
  /**
   * Whether two operations that change something can always change places: in every state both
   * orders come to the same, and neither makes the other possible or impossible.
   */
  commutes?(a: Asked, b: Asked): boolean;
  /**
   * The state after an operation that was answered so, if it is the same from every state in which that
   * is possible; else undefined. It makes the witnesses of long histories small.
   */
  stateAfter?(asked: Asked): State | undefined;
  /** True if an operation that is still to come cannot be answered so any more from this state on. */
  isHopeless?(state: State, toCome: Asked): boolean;
  /** A quick and exact decision for histories of a special form. Undefined for all others. */
  shortcut?(operations: readonly Operation[]): Shortcut<State> | undefined;
  /** The same, where some of the operations may have been without effect. It makes witnesses small sooner. */
  shortcutWithOptional?(
    operations: readonly Operation[],
    optional: ReadonlySet<Operation>,
  ): Shortcut<State> | undefined;
  /**
   * A few operations, `last` among them, that have no order whichever of the others took effect, if that
   * shows without a search; undefined if it does not. `optional`: those that may have been without effect.
   * It makes the witnesses of histories small in which too many sets of unknown operations are possible.
   */
  conflictAt?(
    operations: readonly Operation[],
    last: Operation,
    optional: ReadonlySet<Operation>,
  ): readonly Operation[] | undefined;
  /** A state in words. */
  words?(state: State): string;
}

/** What a model found out without a search. */
export interface Shortcut<State = unknown> {
  /**
   * None if the operations are linearizable, else some that are not, whichever of the others took
   * effect. Few if that can be decided, because the witness consists of them.
   */
  readonly conflict: readonly Operation[];
  /** Of linearizable ones: an order, of all that took effect. */
  readonly order: () => readonly Operation[];
  /**
   * Of linearizable ones: the states in which another operation might have met the object. Without it
   * they are searched for.
   */
  readonly statesAt?: (
    operation: Operation,
  ) => readonly { readonly state: State; readonly by: Operation | undefined }[];
}

export interface Model<State = unknown> extends ModelSpec<State> {
  partition(asked: Asked): string | number | undefined;
  isRead(asked: Asked): boolean;
  observesFailure(asked: Asked): boolean;
  words(state: State): string;
}

/** @throws FaultlineError BAD_MODEL if states such as `init` cannot be compared, and there is no `hash`. */
export function defineModel<State>(spec: ModelSpec<State>): Model<State> {
  if (spec.hash === undefined) stateText(spec.init);
  return {
    partition: ({ key }) => key,
    isRead: () => false,
    observesFailure: () => false,
    words: stateWords,
    ...spec,
  };
}

/** Those kinds of operations that may have done something and are none of the model's; in words. */
export function strangers(
  { name, knows }: Pick<ModelSpec<never>, 'name' | 'knows'>,
  operations: readonly Operation[],
): string | undefined {
  if (knows === undefined) return undefined;
  const strange = new Set(
    operations.flatMap(({ f, type }) => (type === 'fail' || knows.includes(f) ? [] : [f])),
  );
  if (strange.size === 0) return undefined;
  const shown = [...strange].slice(0, 5).join(', ');
  return `a ${name} has no ${shown}, only ${knows.join(', ')}: name the model that these are about`;
}
