/**
 * The target of a plan's actions. A cluster of real processes is one; anything else that performs these
 * verbs can be another.
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

export interface Target {
  /** Performs it, and returns the nodes that it acted on and the rules that it installed. Throws a FaultlineError if it cannot be done. */
  perform(action: Action): Promise<Done>;
  /**
   * Undoes the effects of an action, and nothing else; ignores effects that are already over. Returns whether
   * anything was left to undo.
   */
  undo(undo: Undo): Promise<boolean>;
  /** Heals, resumes and starts everything, and resets every clock and disk. */
  heal(): Promise<void>;
}

type Fits = (node: NodeStatus) => boolean;

const nothing: Done = { nodes: [], rules: [] };

export interface TargetParts {
  readonly rest: Rest;
  /** The client of a plan's calls. */
  readonly client?: string;
  /** Runs a load to its end. Omitted: this target has no loads. */
  readonly load?: (load: PlannedLoad, converge: Partial<Converge> | null) => Promise<unknown>;
}

/** Resolves when no message is in flight, or after a time limit. */
export type Rest = (nodes: AtRest) => Promise<void>;

export class ClusterTarget implements Target {
  readonly #cluster: Cluster;
  readonly #parts: TargetParts;

  constructor(cluster: Cluster, parts: TargetParts) {
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
        // The player knows what was done, and what happened.
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

  /** On the nodes that still exist, and are still as the action left them. */
  async #undoOnNodes(action: Action): Promise<boolean> {
    const verb = verbOf(action);
    const meant = String(action[verb]).split(',');
    // Another SIGCONT would restore the full speed of a resumed node that is slow.
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
    // Nodes do not settle while a message is in flight, and its delay may be longer than any wait.
    if (inFlight.delayed > 0) await this.#cluster.release();
  }

  /** The nodes that a selector selects (a random one draws once) and the verb can act on. */
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

  /** The history has the reply, too. */
  async #call(
    selector: string,
    { body, timeout, client = this.#parts.client }: Record<string, unknown>,
  ): Promise<Done> {
    const [node, ...more] = await this.#cluster.select(selector);
    if (node === undefined || more.length > 0) {
      throw new FaultlineError(
        'BAD_SELECTOR',
        `expected one node to call; ${selector} selects ${more.length + 1}`,
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

/** The nodes that a verb on the cluster acted on and the rules that it added, as far as its answer has them. */
const doneBy = (answer: Answer): Done => ({
  nodes: 'nodes' in answer ? answer.nodes.map(({ id }) => id) : [],
  rules: addedBy(answer).map(({ id }) => id),
});
