/**
 * What a supervisor and the router say to each other over the IPC channel between them. Each request
 * has a number; its answer repeats it.
 */
import type { RuleSpec } from '../api/rule-spec.ts';
import type { RuleReport } from '../api/rules.ts';
import type { ErrorBody } from '../errors.ts';
import type { baseEvents } from '../events/catalog.ts';
import type { ReportIn } from '../events/definition.ts';

export interface Member {
  readonly name: string;
  readonly kind: 'node' | 'client';
  /** The only incarnation that may join. */
  readonly incarnation: number;
}

export interface RouterConfig {
  readonly seed: string;
  readonly port: number;
  /** Link keys are made from it. */
  readonly secret: string;
  /** Whether members sign what they send; then who cannot is not let in. */
  readonly sign?: boolean;
  readonly members: readonly Member[];
  readonly rules: readonly InstalledRuleData[];
  /** Folder to write the trace into; null: no trace. */
  readonly traceDir: string | null;
  /** How much of each body the trace keeps; by default nothing. */
  readonly traceBodyBytesMax?: number;
  /** Bytes that may wait for one receiver, delayed and held messages included. */
  readonly queueBytesMax: number;
}

/** A rule as it crosses processes. */
export interface InstalledRuleData {
  readonly id: string;
  readonly spec: RuleSpec;
  /** True time at which the cluster got it. */
  readonly installedAtMs?: number;
  /** True time at which it ends automatically; null: never. */
  readonly expiresAtMs: number | null;
}

export type ToRouter =
  | { readonly n: number; readonly to: 'start'; readonly config: RouterConfig }
  | { readonly n: number; readonly to: 'members'; readonly members: readonly Member[] }
  /** The whole list: what is not in it ends. Answered with an InFlight. */
  | {
      readonly n: number;
      readonly to: 'rules';
      readonly rules: readonly InstalledRuleData[];
      /** Drop what is delayed or held by rules that are not in the list. */
      readonly drop: boolean;
    }
  | { readonly n: number; readonly to: 'stats' }
  | { readonly n: number; readonly to: 'reports' }
  | {
      readonly n: number;
      readonly to: 'held';
      readonly links: string | null;
      readonly limit: number;
    }
  | {
      readonly n: number;
      readonly to: 'release';
      readonly links: string | null;
      /** Also what rules in force delay. */
      readonly delayed: boolean;
    }
  /** All of these or, where one is not held, none; they go in this order. */
  | { readonly n: number; readonly to: 'releaseMessages'; readonly messages: readonly string[] };

/** How a member's connection ended. */
export interface LinkClosed {
  /** With the member as its subject: "it sent a text frame that is not UTF-8". */
  readonly reason: string;
  /** The member ended it, in order or not. Its process may be gone: the router cannot know that. */
  readonly isByMember: boolean;
}

export type FromRouter =
  | { readonly from: 'answer'; readonly n: number; readonly value: unknown }
  | { readonly from: 'error'; readonly n: number; readonly error: ErrorBody }
  | { readonly from: 'linkUp'; readonly name: string; readonly incarnation: number }
  | {
      readonly from: 'linkDown';
      readonly name: string;
      readonly incarnation: number;
      readonly closed: LinkClosed;
    }
  | {
      readonly from: 'event';
      readonly atMs: number;
      readonly report: RouterEvent;
    };

/** The events that the router reports. */
export type RouterEventKind =
  | 'frame.refused'
  | 'link.refused'
  | 'message.refused'
  | 'queue.overflow'
  | 'trace.discarded'
  | 'trace.stopped';

export type RouterEvent = ReportIn<typeof baseEvents, RouterEventKind>;

/** How long copies took from their arrival at the router to their delivery. */
export interface DelayStats {
  readonly sumMs: number;
  readonly maxMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  /** Rising bounds, with the number of copies that took this long or less and more than the bucket before; 0: those that left at once. */
  readonly buckets: readonly (readonly [upToMs: number, copies: number])[];
}

export interface EdgeStats {
  readonly edge: string;
  readonly src: string;
  readonly dest: string;
  /** Copies by fate. */
  readonly fates: Readonly<Record<string, number>>;
  readonly delays: DelayStats;
}

/** What a rule has done, as the router reports it. */
export type RuleStats = RuleReport & { readonly rule: string };

export interface RouterStats {
  readonly messages: number;
  readonly waiting: number;
  readonly held: number;
  /** Bytes waiting for each receiver that has any. */
  readonly queuedBytes: Readonly<Record<string, number>>;
  readonly residentBytes: number;
  readonly edges: readonly EdgeStats[];
  /** What each rule in force has done so far. */
  readonly rules: readonly RuleStats[];
}
