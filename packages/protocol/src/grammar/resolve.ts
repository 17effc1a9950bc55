/**
 * From selectors to names. What a selector means depends on the cluster (who is there, who leads)
 * and, for majority, minority and random, on a draw. Both come from the caller, so the same context
 * and the same draws give the same names.
 *
 * One `Resolver` serves one text: majority and minority are the two sides of a single draw however
 * often the text names them, so `minority | majority` splits the cluster. Each `random:N` is a draw
 * of its own.
 */
import type { FaultlineError } from '../errors.ts';
import { type Misfit, misfit } from './misfit.ts';
import { namesOfRange } from './names.ts';
import type { NodeSelector, NodeTerm } from './nodes.ts';

export interface SelectorContext {
  /** Names of the nodes, in the cluster's order. */
  readonly nodes: readonly string[];
  /** Names of the clients that are known now. */
  readonly clients: readonly string[];
  /** The leader, if the program reports it. */
  readonly leader?: string | undefined;
  /** `count` different ones of `among`, drawn from the caller's seed. */
  readonly pick: (count: number, among: readonly string[]) => readonly string[];
}

/** Each name once, nodes in the cluster's order and then clients. */
export function resolveNodes(selector: NodeSelector, context: SelectorContext): string[] {
  const resolver = new Resolver(selector.text, context);
  return resolver.ordered(selector.terms.flatMap((term) => resolver.names(term)));
}

export class Resolver {
  readonly context: SelectorContext;
  readonly #text: string;
  #majority: ReadonlySet<string> | undefined;

  constructor(text: string, context: SelectorContext) {
    this.#text = text;
    this.context = context;
  }

  /** `among`: the nodes that `random` draws from. */
  names(term: NodeTerm, among: readonly string[] = this.context.nodes): readonly string[] {
    const { nodes, clients } = this.context;
    switch (term.kind) {
      case 'name':
        return [this.#known(term.name, term)];
      case 'range':
        return namesOfRange(term.range).map((name) => this.#known(name, term));
      case 'all':
        return nodes;
      case 'clients':
        return clients;
      case 'any':
        return [...nodes, ...clients];
      case 'majority':
        return [...this.#drawnMajority(term)];
      case 'minority':
        return this.#minority(term);
      case 'random':
        return this.#random(term.count, among, term);
      case 'leader':
        return [this.#leader(term)];
    }
  }

  ordered(names: readonly string[]): string[] {
    const chosen = new Set(names);
    return [...this.context.nodes, ...this.context.clients].filter((name) => chosen.delete(name));
  }

  error(
    term: { readonly at: number },
    expected: string,
    more: Partial<Misfit> = {},
  ): FaultlineError {
    return misfit('BAD_SELECTOR', { text: this.#text, at: term.at, expected, ...more });
  }

  #known(name: string, term: NodeTerm): string {
    const { nodes, clients } = this.context;
    if (nodes.includes(name) || clients.includes(name)) return name;
    const there = `${listed('node', nodes)}${clients.length === 0 ? '' : ` and ${listed('client', clients)}`}`;
    throw misfit('NODE_UNKNOWN', {
      text: this.#text,
      at: term.at,
      expected: there,
      says: `there is no ${name}, only ${there},`,
      facts: { name, nodes, clients },
    });
  }

  #drawnMajority(term: NodeTerm): ReadonlySet<string> {
    const { nodes } = this.context;
    if (nodes.length === 0) throw this.error(term, 'a cluster with nodes');
    this.#majority ??= new Set(this.#pick(Math.floor(nodes.length / 2) + 1, nodes));
    return this.#majority;
  }

  #minority(term: NodeTerm): readonly string[] {
    const { nodes } = this.context;
    if (nodes.length < 3) {
      throw this.error(term, 'a cluster of 3 nodes or more', {
        hint: `${nodes.length} cannot spare one and keep a majority`,
      });
    }
    const majority = this.#drawnMajority(term);
    return nodes.filter((name) => !majority.has(name));
  }

  #random(count: number, among: readonly string[], term: NodeTerm): readonly string[] {
    if (count > among.length) {
      throw this.error(term, `at most random:${among.length}`, {
        hint: `there are ${among.length} nodes to draw from`,
      });
    }
    return this.#pick(count, among);
  }

  #leader(term: NodeTerm): string {
    const { leader } = this.context;
    if (leader === undefined) {
      throw this.error(term, 'a cluster whose nodes report their leader', {
        says: 'no node reports that it leads, so leader matches no node,',
        hint: 'name the node instead, or have the program report its role',
      });
    }
    return this.#known(leader, term);
  }

  #pick(count: number, among: readonly string[]): readonly string[] {
    const picked = this.context.pick(count, among);
    const isFair =
      new Set(picked).size === count &&
      picked.length === count &&
      picked.every((name) => among.includes(name));
    if (!isFair) throw new Error(`pick(${count}) gave [${picked}] of [${among}]`);
    return picked;
  }
}

const listedMax = 12;

function listed(noun: string, names: readonly string[]): string {
  if (names.length === 0) return `no ${noun}s`;
  const more = names.length > listedMax ? ` and ${names.length - listedMax} more` : '';
  return `${noun}${names.length === 1 ? '' : 's'} ${names.slice(0, listedMax).join(', ')}${more}`;
}
