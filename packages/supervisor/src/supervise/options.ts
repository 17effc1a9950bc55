/** What a cluster is started with. */
import type { ClusterEvent, ProgramWords } from '@faultline/actions';
import type { HistoryEntry, TraceLevel } from '@faultline/protocol';
import type { RestartPolicy } from '../nodes/back-off.ts';
import type { DiskPolicy } from './kept-disks.ts';

export interface SuperviseOptions {
  readonly stateDir: string;
  readonly name: string;
  readonly nodes: number;
  /** A ready program's name, a file, or a command. */
  readonly program: string | readonly string[];
  /** What single nodes run instead, by their names. */
  readonly programs?: Readonly<Record<string, ProgramWords>>;
  /** Ready programs by name, as URLs of their modules. */
  readonly readyPrograms: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly seed?: string | undefined;
  /** The weather of all clocks, such as `drifting 50ppm`; `perfect` where left out. */
  readonly clocks?: string | undefined;
  readonly host?: string;
  readonly port?: number;
  /** `auto`: vector clocks up to `vectorNodesMax` nodes. */
  readonly vector?: 'on' | 'off' | 'auto';
  /** Nodes and clients sign what they send, and drop what is not signed by whom it claims to be from. */
  readonly sign?: boolean;
  /** What is recorded of messages: nothing, all but their bodies (by default), or all. */
  readonly trace?: TraceLevel;
  /** Of each body, where bodies are recorded; by default 4 KiB, at most 32 KiB. */
  readonly traceBodyBytesMax?: number;
  readonly queueBytesMax?: number;
  readonly readyTimeoutMs?: number;
  /** What becomes of a node that ends without being asked to. */
  readonly restart?: RestartPolicy;
  readonly stopGraceMs?: number;
  /** Where relative paths of programs start. */
  readonly cwd?: string;
  readonly onEvent?: (event: ClusterEvent) => void;
  /** Told of each line of the history as it is written. */
  readonly onHistory?: (entry: HistoryEntry) => void;
  /** Whether the control API is served; it is what takes longest to load. Default true. */
  readonly api?: boolean;
  /** Where bundled programs are kept; in the state directory where left out. */
  readonly cacheDir?: string;
  /** What becomes of disks that an earlier run of this name left; default: `own`. */
  readonly disks?: DiskPolicy;
  /** Gives up a start that is under way: what was started is taken down again. */
  readonly signal?: AbortSignal;
}
