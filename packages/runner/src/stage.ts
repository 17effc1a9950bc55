/**
 * What the actions of a plan are done to. A cluster of real processes is one stage; whatever else can
 * do these verbs is another.
 */
import type { Action, Done, Undo } from '@faultline/plans';
import { verbOf } from '@faultline/plans';
import { FaultlineError, type NodeStatus } from '@faultline/protocol';
import type { Cluster } from '@faultline/supervisor';

export interface Stage {
  /** Does it, and tells whom it meant and what it has installed. Throws a FaultlineError where it cannot be done. */
  perform(action: Action): Promise<Done>;
  /** What is undone otherwise already is passed over. */
  undo(undo: Undo): Promise<void>;
  /** Everything healed, resumed, started, and every clock and disk as it was at first. */
  heal(): Promise<void>;
}

type Fits = (node: NodeStatus) => boolean;

const nothing: Done = { nodes: [], rules: [] };
const runs: Fits = ({ state }) => state !== 'crashed' && state !== 'stopped';
const isDown: Fits = (node) => !runs(node);
const any: Fits = () => true;

export class ClusterStage implements Stage {
  readonly #cluster: Cluster;
  /** The weather of all clocks. */
  readonly #clocks: string;
  /** Who asks what a plan asks. */
  readonly #client: string;
  /** Rules of links by the name that the plan gave them. */
  readonly #named = new Map<string, string[]>();

  constructor(
    cluster: Cluster,
    { clocks, client }: { readonly clocks: string; readonly client: string },
  ) {
    this.#cluster = cluster;
    this.#clocks = clocks;
    this.#client = client;
  }

  async perform(action: Action): Promise<Done> {
    const cluster = this.#cluster;
    const verb = verbOf(action);
    const { [verb]: subject, for: _lifetime, restartAfter: _restart, ...options } = action;
    const whom = String(subject);
    switch (verb) {
      case 'partition':
        return rulesOf(await cluster.partition({ groups: whom, ...options }));
      case 'isolate':
      case 'bridge':
        return rulesOf(await cluster.partition({ [verb]: whom, ...options }));
      case 'ring':
        return rulesOf(await cluster.partition({ ring: true }));
      case 'heal':
        await cluster.heal();
        return nothing;
      case 'link':
        return this.#link(subject as Record<string, unknown>, options.as);
      case 'unlink':
        await this.#unlink(whom);
        return nothing;
      case 'geography':
        return rulesOf(
          await (subject === 'off' ? cluster.endGeography() : cluster.geography(subject as never)),
        );
      case 'release':
        await cluster.release(subject === true ? {} : { links: whom });
        return nothing;
      case 'add': {
        const asked = typeof subject === 'number' ? { count: subject } : { nodes: whom };
        const added = await cluster.add({ ...asked, ...options });
        return { nodes: added.map(({ id }) => id), rules: [] };
      }
      case 'remove':
        return this.#nodes(whom, any, (names) => cluster.remove(names));
      case 'kill':
        return this.#nodes(whom, runs, (names) => cluster.kill(names));
      case 'stop':
        return this.#nodes(whom, runs, (names) => cluster.stop(names));
      case 'start':
        return this.#nodes(whom, isDown, (names) => cluster.startNodes(names, options));
      case 'restart':
        return this.#nodes(whom, any, (names) => cluster.restart(names, options));
      case 'pause':
        return this.#nodes(whom, runs, (names) => cluster.pause(names));
      case 'resume':
        return this.#nodes(whom, runs, (names) => cluster.resume(names));
      case 'slow':
        return this.#nodes(whom, runs, (names) => cluster.slow(names, options));
      case 'hang':
        return this.#nodes(whom, runs, (names) => cluster.hang(names, { for: String(action.for) }));
      case 'leak':
        return this.#nodes(whom, runs, (names) => cluster.leak(names, options));
      case 'exhaust':
        return this.#nodes(whom, runs, (names) => cluster.exhaust(names, options));
      case 'crash':
        return this.#nodes(whom, any, (names) => cluster.crash(names, options));
      case 'clock':
        return this.#nodes(whom, any, (names) => cluster.clock(names, options));
      case 'disk':
        return this.#nodes(whom, any, (names) => cluster.disk(names, options));
      case 'call':
        return this.#call(whom, options);
    }
  }

  async undo(undo: Undo): Promise<void> {
    try {
      if ('action' in undo) await this.perform(undo.action);
      else await this.#remove(undo.rules);
    } catch (error) {
      if (!(error instanceof FaultlineError && isOverAnyway.has(error.code))) throw error;
    }
  }

  async heal(): Promise<void> {
    const cluster = this.#cluster;
    await cluster.heal();
    for (const { id, state, faults } of cluster.nodes) {
      if (state === 'paused') await cluster.resume(id);
      for (const { kind } of faults) await this.#end(id, kind);
    }
    const down = cluster.nodes.filter(isDown).map(({ id }) => id);
    if (down.length > 0) await cluster.startNodes(down.join());
    for (const { id, clock } of cluster.nodes) {
      if (clock.describes === 'perfect' && clock.weather === null && clock.sync === null) continue;
      await cluster.clock(id, { reset: true });
      if (this.#clocks !== 'perfect') await cluster.clock(id, { weather: this.#clocks });
    }
  }

  async #end(id: string, kind: string): Promise<void> {
    const cluster = this.#cluster;
    try {
      if (kind === 'slow') await cluster.slow(id, { off: true });
      else if (kind === 'crash') await cluster.crash(id, { off: true });
      else if (kind === 'disk') await cluster.disk(id, { off: true });
      else if (kind === 'leak') await cluster.leak(id, { off: true });
      else if (kind === 'exhaust') await cluster.exhaust(id, { off: true });
    } catch (error) {
      if (!(error instanceof FaultlineError && isOverAnyway.has(error.code))) throw error;
    }
  }

  /** A selector that draws, draws once; of those whom it means, those that the verb fits. */
  async #nodes(
    selector: string,
    fits: Fits,
    act: (names: string) => Promise<readonly NodeStatus[]>,
  ): Promise<Done> {
    const meant = await this.#cluster.select(selector);
    const fitting = meant.filter(fits).map(({ id }) => id);
    if (fitting.length === 0) {
      const states = meant.map(({ id, state }) => `${id} is ${state}`).join(', ');
      throw new FaultlineError('NODE_NOT_RUNNING', states, { nodes: meant.map(({ id }) => id) });
    }
    await act(fitting.join());
    return { nodes: fitting, rules: [] };
  }

  async #link(rule: Record<string, unknown>, name: unknown): Promise<Done> {
    const done = rulesOf(await this.#cluster.addRules([rule]));
    if (typeof name === 'string') {
      this.#named.set(name, [...(this.#named.get(name) ?? []), ...done.rules]);
    }
    return done;
  }

  async #unlink(name: string): Promise<void> {
    const rules = this.#named.get(name) ?? [];
    this.#named.delete(name);
    await this.#remove(rules);
  }

  async #remove(rules: readonly string[]): Promise<void> {
    const there = new Set(this.#cluster.rules().map(({ id }) => id));
    const left = rules.filter((id) => there.has(id));
    if (left.length > 0) await this.#cluster.removeRules(left.join());
  }

  /** The answer stands in the history; nobody waits for it. */
  async #call(selector: string, { body, timeout }: Record<string, unknown>): Promise<Done> {
    const [node, ...more] = await this.#cluster.select(selector);
    if (node === undefined || more.length > 0) {
      throw new FaultlineError(
        'BAD_SELECTOR',
        `a call goes to one node; ${selector} names ${more.length + 1}`,
      );
    }
    this.#cluster
      .call(node.id, body as { type: string }, timeout as string | undefined, this.#client)
      .catch(() => {});
    return { nodes: [node.id], rules: [] };
  }
}

const rulesOf = ({ added }: { readonly added: readonly { readonly id: string }[] }): Done => ({
  nodes: [],
  rules: added.map(({ id }) => id),
});

/** What was undone by something else meanwhile. */
const isOverAnyway: ReadonlySet<string> = new Set([
  'NODE_NOT_RUNNING',
  'NODE_ALREADY_RUNNING',
  'NODE_UNKNOWN',
  'NOT_FOUND',
]);
