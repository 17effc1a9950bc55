/**
 * What the actions of a plan are done to. A cluster of real processes is one stage; whatever else can
 * do these verbs is another.
 */
import {
  type Answer,
  addedBy,
  askedBy,
  isClusterForm,
  isNodeVerb,
  nodeVerbs,
  takesInPlan,
} from '@faultline/actions';
import type { Action, Converge, Done, PlannedLoad, Undo } from '@faultline/plans';
import { verbOf } from '@faultline/plans/data';
import { asFaultlineError, FaultlineError, type NodeStatus } from '@faultline/protocol';
import { type AtRest, alreadyOverCodes, type Cluster } from '@faultline/supervisor';

export interface Stage {
  /** Does it, and tells whom it meant and what it has installed. Throws a FaultlineError where it cannot be done. */
  perform(action: Action): Promise<Done>;
  /**
   * Takes back what an action did, and nothing else. What is over already is passed over. Whether
   * anything was left to take back.
   */
  undo(undo: Undo): Promise<boolean>;
  /** Everything healed, resumed, started, and every clock and disk as it was at first. */
  heal(): Promise<void>;
}

type Fits = (node: NodeStatus) => boolean;

const nothing: Done = { nodes: [], rules: [] };

export interface StageParts {
  readonly rest: Rest;
  /** Who asks what a plan asks. */
  readonly client?: string;
  /** Lets clients ask, to the end. Omitted: loads are not this stage's. */
  readonly load?: (load: PlannedLoad, converge: Partial<Converge> | null) => Promise<unknown>;
}

/** Resolves when nothing is on its way, or it takes too long. */
export type Rest = (nodes: AtRest) => Promise<void>;

export class ClusterStage implements Stage {
  readonly #cluster: Cluster;
  readonly #parts: StageParts;

  constructor(cluster: Cluster, parts: StageParts) {
    this.#cluster = cluster;
    this.#parts = parts;
  }

  async perform(action: Action): Promise<Done> {
    const cluster = this.#cluster;
    const verb = verbOf(action);
    const { [verb]: subject, for: _lifetime, as: _name, optional: _optional, ...options } = action;
    const whom = String(subject);
    if (isNodeVerb(verb)) {
      const { accepts } = nodeVerbs[verb];
      const own = Object.entries(action).filter(([name]) => takesInPlan(nodeVerbs[verb], name));
      return this.#nodes(whom, accepts, (names) =>
        cluster.perform(verb, names, Object.fromEntries(own)),
      );
    }
    if (isClusterForm(verb)) {
      const asked = askedBy(verb, subject, options);
      return doneBy(await cluster.performOnCluster(asked.verb, asked.options));
    }
    switch (verb) {
      case 'link':
        return doneBy(await cluster.addRules([subject as Record<string, unknown>]));
      case 'call':
        return this.#call(whom, options);
      case 'converge':
        await this.heal();
        await this.#parts.rest('ready');
        return nothing;
      case 'load':
        await this.#parts.load?.(
          subject as PlannedLoad,
          options.converge === true ? convergeOf(options) : null,
        );
        return nothing;
      case 'undo':
      case 'unlink':
      case 'wait':
        // Whoever plays the plan knows what was done, and what happened.
        return nothing;
    }
  }

  async undo(undo: Undo): Promise<boolean> {
    try {
      return await ('action' in undo ? this.#undoOnNodes(undo.action) : this.#remove(undo.rules));
    } catch (error) {
      if (error instanceof FaultlineError && alreadyOverCodes.has(error.code)) return false;
      throw error;
    }
  }

  /** On those nodes that are still there, and still as the action had left them. */
  async #undoOnNodes(action: Action): Promise<boolean> {
    const verb = verbOf(action);
    const meant = String(action[verb]).split(',');
    // A resumed node that is slow would be at full speed by another SIGCONT.
    const left = this.#cluster.nodes.filter(
      ({ id, state }) => meant.includes(id) && (verb !== 'resume' || state === 'paused'),
    );
    if (left.length === 0) return false;
    const nodes = left.map(({ id }) => id).join();
    await this.perform({ ...action, [verb]: nodes });
    return true;
  }

  async heal(): Promise<void> {
    const { inFlight } = await this.#cluster.heal({ all: true });
    // Nothing comes to rest while a message is on its way, and its delay may be longer than any wait.
    if (inFlight.delayed > 0) await this.#cluster.release();
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

  async #remove(rules: readonly string[]): Promise<boolean> {
    const there = new Set(this.#cluster.rules().map(({ id }) => id));
    const left = rules.filter((id) => there.has(id));
    if (left.length === 0) return false;
    await this.#cluster.removeRules(left.join());
    return true;
  }

  /** The answer stands in the history, too. */
  async #call(
    selector: string,
    { body, timeout, client = this.#parts.client }: Record<string, unknown>,
  ): Promise<Done> {
    const [node, ...more] = await this.#cluster.select(selector);
    if (node === undefined || more.length > 0) {
      throw new FaultlineError(
        'BAD_SELECTOR',
        `a call goes to one node; ${selector} names ${more.length + 1}`,
      );
    }
    const asked = this.#cluster.call(
      node.id,
      body as { type: string },
      timeout as string | undefined,
      client as string,
    );
    const answered = asked.then(
      ({ body: answer, message }) => `${JSON.stringify(answer)} (${message})`,
      (thrown: unknown) => {
        const { code, message, facts } = asFaultlineError(thrown);
        const id = typeof facts.message === 'string' ? ` (${facts.message})` : '';
        return `${code}: ${message}${id}`;
      },
    );
    return { nodes: [node.id], rules: [], answered };
  }
}

const convergeOf = ({ within }: Record<string, unknown>): Partial<Converge> =>
  typeof within === 'string' ? { within } : {};

/** Whom a verb on the cluster meant, and which rules it added, as far as its answer says so. */
const doneBy = (answer: Answer): Done => ({
  nodes: 'nodes' in answer ? answer.nodes.map(({ id }) => id) : [],
  rules: addedBy(answer).map(({ id }) => id),
});
