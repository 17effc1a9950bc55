/**
 * What a supervisor and a node's host say to each other over the IPC channel between them. No fault
 * rule ever touches it: cluster traffic goes over the link, control goes here.
 */
import type { ClockState } from '@faultline/clocks';
import type { Facts } from '../errors.ts';
import type { CrashPoint } from '../grammar/crash-point.ts';

export interface CrashWhen {
  readonly point: CrashPoint;
  /** Number of times that the point is passed without a crash. */
  readonly after: number;
}

export interface NodeConfig {
  readonly id: string;
  readonly incarnation: number;
  /** Names of all nodes, this one included. */
  readonly members: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  readonly seed: string;
  /** Where the router listens, credentials of this incarnation included. */
  readonly linkUrl: string;
  /** The node's own directory for its disk. */
  readonly diskDir: string;
  readonly vector: boolean;
  /** The latest incarnation of each node, by name. */
  readonly incarnations: Readonly<Record<string, number>>;
  /** Where messages are signed: the keys, as `SigningKeys` of the host part. */
  readonly signing?: { readonly root: string; readonly to: Readonly<Record<string, string>> };
  /** Where the node records what it does, and how much of it at most; null: nowhere. */
  readonly trace?: { readonly dir: string; readonly bytesMax: number } | null;
  /** The clock's state when this is sent. */
  readonly clock: ClockState;
  /** The states after it that have not begun by then, in order. */
  readonly clocksToCome: readonly ClockState[];
  /** Where the process is to crash. */
  readonly crash?: CrashWhen | null;
  /** Default: a disk without faults. */
  readonly disk?: DiskFaults;
}

/** What is wrong with a node's disk, as it crosses processes. */
export interface DiskFaults {
  /** How long a write takes, in true time: quantiles at equal distances from 0 to 1; null: no delay. */
  readonly slowMs: readonly number[] | null;
  /** Every write fails with ENOSPC. */
  readonly full: boolean;
  /** The share of writes that fail with EIO, from 0 to 1. */
  readonly errorShare: number;
  /** Of what is not synced, the last record is on disk in part. */
  readonly torn: boolean;
}

/** T1 to T4 of RFC 5905, section 8: by the asker's wall clock, and by the server's. */
export interface Exchange {
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly t3Ms: number;
  readonly t4Ms: number;
}

export type ToNode =
  | { readonly to: 'start'; readonly config: NodeConfig }
  /** A new state of its clock, sent at `sentMs` of true time. */
  | {
      readonly to: 'clock';
      readonly clock: ClockState;
      readonly sentMs: number;
      readonly n: number;
    }
  /** Sends `samples` requests to a time server, at this interval, and waits `timeoutMs` for the last answer. */
  | {
      readonly to: 'requestTime';
      readonly n: number;
      readonly server: string;
      readonly samples: number;
      readonly everyMs: number;
      readonly timeoutMs: number;
    }
  | { readonly to: 'disk'; readonly faults: DiskFaults; readonly n: number }
  | {
      readonly to: 'members';
      readonly n: number;
      /** Without the node itself: it is leaving, and acknowledges when it is ready to leave. */
      readonly members: readonly string[];
      readonly signing?: NodeConfig['signing'];
    }
  /** A node starts again, or is new: as `incarnations` in the configuration; sent before it can send messages. */
  | { readonly to: 'incarnations'; readonly incarnations: NodeConfig['incarnations'] }
  | { readonly to: 'link'; readonly linkUrl: string }
  | { readonly to: 'crash'; readonly when: CrashWhen | null }
  /** A fault that the process brings about in itself: which one, and what the host needs to know. */
  | { readonly to: 'fault'; readonly fault: string; readonly order: Facts }
  | { readonly to: 'ping'; readonly n: number }
  | { readonly to: 'closeInspector' }
  | { readonly to: 'stop' };

/** What a planned crash happens at: a message or a file. */
export interface CrashPlace {
  /** By the number that it has or would have had. */
  readonly message?: string;
  readonly to?: string;
  readonly from?: string;
  readonly type?: string;
  readonly file?: string;
}

export type FromNode =
  | { readonly from: 'ready' }
  /** The program cannot run: `stack` points into the user's source. */
  | { readonly from: 'fatal'; readonly message: string; readonly stack: string }
  | { readonly from: 'pong'; readonly n: number }
  | { readonly from: 'event'; readonly atMs: number; readonly name: string; readonly data: Facts }
  /** The node was busy, and kept reading its old clock until `atMs`. */
  | { readonly from: 'clockLate'; readonly atMs: number; readonly lateMs: number }
  /**
   * The exchanges that were answered in time, read by the clock that began at `clockSinceMs`; `answered`
   * counts those as well that a change of the clock spoiled.
   */
  | {
      readonly from: 'time';
      readonly n: number;
      readonly clockSinceMs: number;
      readonly exchanges: readonly Exchange[];
      readonly answered: number;
    }
  /** The order with this number is in force from now on. */
  | { readonly from: 'ack'; readonly n: number }
  /** A write failed because of a disk fault. `more`: number of others that were not reported. */
  | {
      readonly from: 'diskFailure';
      readonly atMs: number;
      readonly fault: 'full' | 'error';
      readonly file: string;
      readonly write: number;
      readonly more: number;
    }
  /** A message was dropped because its signature is wrong; of many from one source only some are reported. */
  | {
      readonly from: 'badSignature';
      readonly atMs: number;
      readonly src: string;
      readonly type: string;
      readonly alsoUntold: number;
    }
  | { readonly from: 'role'; readonly atMs: number; readonly role: string | null }
  /** The node continues, its recording does not. */
  | { readonly from: 'traceStopped'; readonly code: string; readonly reason: string }
  /** The oldest part of its recording was removed for the size limit. Times are true time. */
  | {
      readonly from: 'traceDiscarded';
      readonly files: number;
      readonly bytes: number;
      readonly fromMs: number | null;
      readonly untilMs: number | null;
    }
  /** What has come of such a fault so far. */
  | { readonly from: 'fault'; readonly fault: string; readonly facts: Facts }
  /** It crashes at the requested point; the process ends right after this. */
  | { readonly from: 'crashing'; readonly facts: CrashPlace }
  /** Messages with consecutive numbers that never left the node. */
  | {
      readonly from: 'unsent';
      readonly reason: 'router down' | 'overflow';
      readonly count: number;
      readonly firstSeq: number;
      readonly lastSeq: number;
    };
