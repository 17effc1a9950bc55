/** The options of a cluster. */
import type { ClusterEvent, ProgramWords } from '@faultline/actions';
import type { HistoryEntry, TraceLevel } from '@faultline/protocol';
import type { ServePage } from '../api/page.ts';
import type { RestartPolicy } from '../nodes/back-off.ts';
import type { DiskPolicy } from './kept-disks.ts';

export interface SuperviseOptions {
  readonly stateDir: string;
  readonly name: string;
  readonly nodes: number;
  /** A ready program's name, a file, or a command. */
  readonly program: string | readonly string[];
  /** Programs of single nodes that do not run `program`, by node name. */
  readonly programs?: Readonly<Record<string, ProgramWords>>;
  /** URLs of the modules of ready programs, by name. */
  readonly readyPrograms: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly seed?: string | undefined;
  /** The weather of all clocks, such as `drifting 50ppm` (default: `perfect`). */
  readonly clocks?: string | undefined;
  readonly host?: string;
  readonly port?: number;
  /** `auto`: vector clocks up to `vectorNodesMax` nodes. */
  readonly vector?: 'on' | 'off' | 'auto';
  /** Nodes and clients sign their messages, and drop messages without a valid signature of the sender. */
  readonly sign?: boolean;
  /** The part of each message that is recorded: nothing, all but the body (default), or all. */
  readonly trace?: TraceLevel;
  /** Per body, if bodies are recorded (default: 4 KiB, at most 32 KiB). */
  readonly traceBodyBytesMax?: number;
  readonly queueBytesMax?: number;
  readonly readyTimeoutMs?: number;
  /** Whether a node restarts after it exits without a request (default: `no`). */
  readonly restart?: RestartPolicy;
  readonly stopGraceMs?: number;
  /** The base of relative program paths. */
  readonly cwd?: string;
  readonly onEvent?: (event: ClusterEvent) => void;
  /** Called with each line of the history as it is written. */
  readonly onHistory?: (entry: HistoryEntry) => void;
  /** Whether to serve the control API, which takes longest to load (default: true). */
  readonly api?: boolean;
  /** The page that the API's server offers at `/` (default: none). */
  readonly page?: ServePage;
  /** The folder for bundled programs (default: in the state directory). */
  readonly cacheDir?: string;
  /** What to do with disks left by an earlier run of this name (default: `own`). */
  readonly disks?: DiskPolicy;
  /** Aborts a start in progress: everything started so far is taken down. */
  readonly signal?: AbortSignal;
}
