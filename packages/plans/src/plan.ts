/**
 * A plan: which cluster, what clients ask of it, which faults come when, and what must hold in the
 * end. Plain data, the same as its YAML or JSON file says, so that a program can draw it, reduce it
 * and compare it as well as a person can write it.
 *
 *   plan       cluster, before, load, steps, converge, checks
 *   before     actions that are done one after another before the load begins
 *   step       a condition, and the actions that follow when it is met
 *   condition  `at` a time, `after` something was seen, or `every` so often
 *   action     one fault, or the end of one; `for` ends it by itself
 *   firing     one time that a step's actions are done: steps with `every` have several
 *
 * A `Plan` is in canonical form: lists where a list or one thing may be written, each duration and
 * seed in one form, nothing that is a default. Two plans that mean the same in the same words are then the same data.
 *
 * Nothing here runs or judges: `experiment` does.
 */
import type { Seen } from '@faultline/actions';

export type { Seen };

/** How long a `wait` or the end of a run goes on at most, where a plan does not say. */
export const withinDefault = '10s';

export interface Plan {
  readonly name: string;
  /** What a reader should know; told with each verdict. */
  readonly notes?: readonly string[];
  /** Decides about every message, drawn node and load; drawn anew for each run where left out. */
  readonly seed?: string;
  readonly cluster: PlannedCluster;
  /** Each is done when the one before it is; then the load begins. What clients are told meanwhile is not judged. */
  readonly before?: readonly Action[];
  /** Left out: no clients, and what nodes tell of themselves is all there is to check. */
  readonly load?: PlannedLoad;
  readonly steps: readonly Step[];
  /** How the run ends. False: as it is when the load is over; nothing is healed, and nothing read. */
  readonly converge: Converge | false;
  readonly checks: readonly Check[];
}

/** Everything is healed, resumed and started, and read once more. */
export interface Converge {
  /** How long nodes have to come to rest and to agree. */
  readonly within: string;
}

export interface PlannedCluster {
  readonly nodes: number;
  /** A ready program, a file, or the words of a command. */
  readonly program: string | readonly string[];
  /** What single nodes run instead, by their names. */
  readonly programs?: Readonly<Record<string, string | readonly string[]>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** The weather of all clocks. */
  readonly clocks?: string;
  readonly vector?: 'on' | 'off';
  readonly sign?: true;
  readonly trace?: 'off' | 'full';
  readonly restart?: 'on-failure' | 'always';
  /** How long a node that starts may take to be ready. */
  readonly readyTimeout?: string;
}

export interface PlannedLoad {
  readonly workload: string;
  readonly clients?: number;
  readonly keys?: number;
  /** One of `for` and `operations` is there; of both, what is over first ends it. */
  readonly for?: string;
  readonly operations?: number;
  /** Operations a second, of all clients together; as fast as answers come where left out. */
  readonly rate?: number;
  /** Operations a second that have to be reached; a run below it is not `ok`. */
  readonly minRate?: number;
  /** How long a client waits for an answer. */
  readonly timeout?: string;
  /** Which node a client asks: `own`, `any`, or a selector. */
  readonly ask?: string;
  /** What the workload knows beside these. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export type Step = Condition & {
  readonly name?: string;
  /** A run may be ok in which this step never came, or one of its actions could not be done. */
  readonly optional?: true;
  readonly do: readonly Action[];
};

export type Condition = At | After | Every;

/** True time since the load began. */
export interface At {
  readonly at: string;
}

export interface After {
  readonly after: Seen;
  /** And so much later. */
  readonly plus?: string;
}

export interface Every {
  readonly every: string;
  /** The first time; `every` where left out. */
  readonly from?: string;
  /** Not at or after this; the end of the load where left out. */
  readonly until?: string;
}

/**
 * One verb with what it takes, and its options: `{ pause: 'leader', for: '1s' }`. With `optional: true` a
 * run may be ok in which it could not be done.
 */
export type Action = Readonly<Record<string, unknown>>;

/** The name of a check, or the name with what it asks for: `{ availability: '>= 90%' }`. */
export type Check = string | Readonly<Record<string, unknown>>;
