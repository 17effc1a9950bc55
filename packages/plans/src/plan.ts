/**
 * A plan: the cluster, its load, timed faults, and what must hold at the end. It is plain data, the same as
 * in its YAML or JSON file, so that programs can draw, reduce and compare plans, and people can write them.
 *
 *   plan       cluster, before, load, steps, converge, checks
 *   before     actions that run one after another before the load begins
 *   step       a condition, and the actions that run when it is met
 *   condition  `at` a time, `after` an event, or `every` interval
 *   action     one fault, or the end of one; `for` ends it automatically
 *   firing     one run of a step's actions: steps with `every` have several
 *
 * A `Plan` is in canonical form: lists even for single items, one form for each duration and seed, and no
 * default values. Two plans that say the same in the same words are then the same data.
 *
 * Nothing here runs or judges: `experiment` does.
 */
import type { Seen } from '@faultline/actions';

export type { Seen };

/** Default limit for a `wait` and for the end of a run. */
export const withinDefault = '10s';

export interface Plan {
  readonly name: string;
  /** Notes for the reader, printed with each verdict. */
  readonly notes?: readonly string[];
  /** Decides about every message, random node and load (default: a new seed for each run). */
  readonly seed?: string;
  readonly cluster: PlannedCluster;
  /** Run one after another before the load begins. The history of this phase is not judged. */
  readonly before?: readonly Action[];
  /** Omitted: no clients, so only what nodes report can be checked. */
  readonly load?: PlannedLoad;
  readonly steps: readonly Step[];
  /** How the run ends. False: right after the load, without healing and final reads. */
  readonly converge: Converge | false;
  readonly checks: readonly Check[];
}

/** Heals, resumes and starts everything, then does the final reads. */
export interface Converge {
  /** How long nodes have to settle and to agree. */
  readonly within: string;
}

export interface PlannedCluster {
  readonly nodes: number;
  /** A ready program, a file, or the words of a command. */
  readonly program: string | readonly string[];
  /** Programs of single nodes, by node name. */
  readonly programs?: Readonly<Record<string, string | readonly string[]>>;
  readonly settings?: Readonly<Record<string, string>>;
  /** The weather of all clocks. */
  readonly clocks?: string;
  readonly vector?: 'on' | 'off';
  readonly sign?: true;
  readonly trace?: 'off' | 'full';
  readonly restart?: 'on-failure' | 'always';
  /** How long a node may take to become ready. */
  readonly readyTimeout?: string;
}

export interface PlannedLoad {
  readonly workload: string;
  readonly clients?: number;
  readonly keys?: number;
  /** At least one of `for` and `operations` is present; the load ends at whichever comes first. */
  readonly for?: string;
  readonly operations?: number;
  /** Operations per second, all clients together (default: as fast as replies arrive). */
  readonly rate?: number;
  /** Operations per second that clients must reach; a run below that is not `ok`. */
  readonly minRate?: number;
  /** How long a client waits for a reply. */
  readonly timeout?: string;
  /** Which node a client calls: `own`, `any`, or a selector. */
  readonly ask?: string;
  /** Options of the workload itself. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export type Step = Condition & {
  readonly name?: string;
  /** A run may be ok although this step never ran, or one of its actions could not be done. */
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
  /** A delay after that. */
  readonly plus?: string;
}

export interface Every {
  readonly every: string;
  /** When to begin (default: the value of `every`). */
  readonly from?: string;
  /** Not at or after this time (default: the end of the load). */
  readonly until?: string;
}

/**
 * One verb with its subject and options: `{ pause: 'leader', for: '1s' }`. With `optional: true` a run may
 * be ok although the action could not be done.
 */
export type Action = Readonly<Record<string, unknown>>;

/** The name of a check, or the name with its options: `{ availability: '>= 90%' }`. */
export type Check = string | Readonly<Record<string, unknown>>;
