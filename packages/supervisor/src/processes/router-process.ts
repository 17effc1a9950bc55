/**
 * The router as seen by the supervisor. If it dies, it is restarted on the same port with the current
 * members and rules; nodes reconnect automatically.
 */
import type { RecordEvent } from '@faultline/actions';
import {
  asFaultlineError,
  type Deferred,
  deferred,
  FaultlineError,
  type FromRouter,
  type HeldMessages,
  type InFlight,
  type InstalledRuleData,
  type LinkClosed,
  type Member,
  type RouterConfig,
  type RouterEvent,
  type RouterStats,
  type RuleStats,
  type ToRouter,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { ProcessMark } from './mark.ts';
import { signalGroup } from './signal-group.ts';
import { type Exit, type Spawned, spawnGroup } from './spawn.ts';

type Request = ToRouter extends infer M ? (M extends { n: number } ? Omit<M, 'n'> : never) : never;

export interface RouterProcessOptions {
  readonly bundlePath: string;
  readonly mark: ProcessMark;
  /** Returns the router's configuration; called at each start. */
  readonly configure: () => Omit<RouterConfig, 'port'>;
  readonly record: RecordEvent;
  readonly onGroup: (change: 'add' | 'gone', group: number) => void;
  /** `closed`: the connection of this member has ended; undefined: it has joined. */
  readonly onLink: (name: string, incarnation: number, closed?: LinkClosed) => void;
  readonly onEvent: (report: RouterEvent, atTrueMs: number) => void;
  /** The router listens on a new port. */
  readonly onMoved: (port: number) => void;
  readonly onDied: () => void;
  /** A new router has replaced one that died. `sinceMs`: a time before the new process started. */
  readonly onRestarted: (sinceMs: number) => void;
}

const noneInFlight: InFlight = { released: 0, delayed: 0, lastDueInMs: null, dropped: 0 };

/** Short enough that nodes rejoin within a second, however often the router has died before. */
const backOffMsMax = 300;
/** The number of crashes in a row, before it was ever ready, after which the start fails. */
const failuresMax = 3;
const stopMsMax = 500;

export class RouterProcess {
  readonly #options: RouterProcessOptions;
  #spawned: Spawned | undefined;
  #ready: Deferred<number> = deferred();
  #hasBeenReady = false;
  #isStopped = false;
  #startedMs = 0;
  #backOffMs = 0;
  #nextStart: NodeJS.Timeout | undefined;
  #failures = 0;
  #lastRequest = 0;
  /** Members or rules have changed since the starting router was configured. */
  #hasChanges = false;
  readonly #requests = new Map<number, Deferred<unknown>>();
  state: 'starting' | 'ready' | 'crashed' = 'starting';
  port: number | null = null;
  restarts = 0;

  constructor(options: RouterProcessOptions) {
    this.#options = options;
    this.#ready.promise.catch(() => {});
  }

  /** Called once; `stop` ends the router. */
  start(): void {
    this.#spawn();
  }

  get pid(): number | null {
    return this.#spawned?.pid ?? null;
  }

  /** Resolves to the port once the router accepts members. Rejects if it cannot be started. */
  get whenReady(): Promise<number> {
    return this.#ready.promise;
  }

  async setMembers(members: readonly Member[]): Promise<void> {
    await this.#update({ to: 'members', members });
  }

  /**
   * Releases or drops the messages that removed rules delayed or held. Resolves to their outcome; a router
   * that is not running has nothing in flight.
   */
  async setRules(rules: readonly InstalledRuleData[], drop = false): Promise<InFlight> {
    const answer = await this.#update({ to: 'rules', rules, drop });
    return (answer as InFlight | undefined) ?? noneInFlight;
  }

  async release(links: string | null, delayed: boolean): Promise<number> {
    return (await this.#sendIfReady({ to: 'release', links, delayed })) as number;
  }

  async releaseMessages(messages: readonly string[]): Promise<number> {
    return (await this.#sendIfReady({ to: 'releaseMessages', messages })) as number;
  }

  async held(links: string | null, limit: number): Promise<HeldMessages> {
    return (await this.#sendIfReady({ to: 'held', links, limit })) as HeldMessages;
  }

  async reports(): Promise<readonly RuleStats[]> {
    return (await this.#sendIfReady({ to: 'reports' })) as RuleStats[];
  }

  async stats(): Promise<RouterStats> {
    return (await this.#sendIfReady({ to: 'stats' })) as RouterStats;
  }

  /** Stops the router permanently. It writes its last records. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#nextStart);
    this.#ready.reject(new FaultlineError('CLUSTER_STOPPING', 'the cluster is being taken down'));
    const spawned = this.#spawned;
    if (spawned === undefined) return;
    spawned.channel?.close();
    const timer = setTimeout(() => signalGroup(spawned.pid, 'SIGKILL'), stopMsMax);
    await spawned.exited;
    clearTimeout(timer);
  }

  #spawn(): void {
    const { bundlePath, mark, onGroup } = this.#options;
    let output = '';
    const spawned = spawnGroup({
      argv: [process.execPath, bundlePath],
      channel: {
        onMessage: (message) => this.#receive(message as FromRouter),
        onBroken: (reason) => {
          output += `\nit ${reason}`;
          signalGroup(spawned.pid, 'SIGKILL');
        },
      },
      mark,
      onGroup: (group) => onGroup('add', group),
    });
    this.#spawned = spawned;
    this.#startedMs = trueNowMs();
    this.state = 'starting';
    spawned.child.stdout?.resume();
    spawned.child.stderr?.on('data', (data) => {
      output = (output + data).slice(-4000);
    });
    spawned.exited.then((exit) => {
      onGroup('gone', spawned.pid);
      this.#ended(exit, output);
    });
    void this.#configure(this.port ?? 0);
  }

  async #configure(port: number): Promise<void> {
    const { configure, record, onMoved, onRestarted } = this.#options;
    this.#hasChanges = false;
    try {
      const config = { ...configure(), port };
      const started = (await this.#send({ to: 'start', config })) as { port: number };
      const hasMoved = this.port !== null && this.port !== started.port;
      const isFirst = !this.#hasBeenReady;
      this.port = started.port;
      this.state = 'ready';
      this.#hasBeenReady = true;
      this.#failures = 0;
      if (this.#hasChanges) {
        const { members, rules } = configure();
        await Promise.all([this.setMembers(members), this.setRules(rules)]);
      }
      record('router.ready', null, {
        pid: this.pid,
        port: started.port,
        afterMs: Math.round(trueNowMs() - this.#startedMs),
      });
      this.#ready.resolve(started.port);
      if (hasMoved) onMoved(started.port);
      if (!isFirst) onRestarted(this.#startedMs);
    } catch (thrown) {
      const error = asFaultlineError(thrown);
      if (error.code === 'PORT_IN_USE' && port !== 0) await this.#configure(0);
      // A dead router is restarted anyway. A running one that refuses may accept later, if it once did.
      else if (error.code !== 'ROUTER_DOWN') {
        if (this.#hasBeenReady) signalGroup(this.pid ?? 0, 'SIGKILL');
        else this.#ready.reject(error);
      }
    }
  }

  #ended({ code, signal, error }: Exit, output: string): void {
    this.#spawned = undefined;
    if (this.state === 'ready') this.#ready = deferred();
    this.#ready.promise.catch(() => {});
    this.state = 'crashed';
    const down = new FaultlineError('ROUTER_DOWN', 'the router died before it answered');
    for (const request of this.#requests.values()) request.reject(down);
    this.#requests.clear();
    if (this.#isStopped) return;
    this.#options.onDied();
    const reported = error ?? output;
    this.#options.record('router.crashed', null, {
      exitCode: code,
      signal,
      ...(reported === '' ? {} : { output: reported }),
    });
    this.#failures++;
    if (!this.#hasBeenReady && this.#failures >= failuresMax) {
      this.#ready.reject(
        new FaultlineError(
          'ROUTER_DOWN',
          `the router died ${this.#failures} times before it was ready (${signal ?? `exit code ${code}`}): ${reported.trim() || 'it printed nothing'}`,
          { exitCode: code, signal, output: reported },
        ),
      );
      return;
    }
    this.restarts++;
    const upMs = trueNowMs() - this.#startedMs;
    this.#backOffMs = upMs > 5000 ? 0 : Math.min(backOffMsMax, 2 * this.#backOffMs + 10);
    this.#nextStart = setTimeout(() => this.#spawn(), this.#backOffMs);
  }

  #receive(message: FromRouter): void {
    switch (message.from) {
      case 'answer':
        this.#take(message.n)?.resolve(message.value);
        break;
      case 'error': {
        const { code, message: text, facts } = message.error.error;
        this.#take(message.n)?.reject(new FaultlineError(code, text, facts));
        break;
      }
      case 'linkUp':
        this.#options.onLink(message.name, message.incarnation);
        break;
      case 'linkDown':
        this.#options.onLink(message.name, message.incarnation, message.closed);
        break;
      case 'event':
        this.#options.onEvent(message.report, message.atMs);
    }
  }

  #take(n: number): Deferred<unknown> | undefined {
    const request = this.#requests.get(n);
    this.#requests.delete(n);
    return request;
  }

  /** Sends a change. A router that is down or starting gets it when it is ready. */
  async #update(request: Request): Promise<unknown> {
    if (this.state !== 'ready') {
      this.#hasChanges = true;
      return undefined;
    }
    try {
      return await this.#send(request);
    } catch (error) {
      if (asFaultlineError(error).code !== 'ROUTER_DOWN') throw error;
      return undefined;
    }
  }

  async #sendIfReady(request: Request): Promise<unknown> {
    if (this.state !== 'ready') {
      throw new FaultlineError('ROUTER_DOWN', 'the router is not running; it is being restarted');
    }
    return this.#send(request);
  }

  #send(request: Request): Promise<unknown> {
    const n = ++this.#lastRequest;
    const answer = deferred<unknown>();
    this.#requests.set(n, answer);
    this.#spawned?.channel?.send({ ...request, n } as ToRouter);
    return answer.promise;
  }
}
