/**
 * The members of the cluster, and their access to the network: nodes, the time server and the clients
 * in this process. Notifies the router and the nodes of every change, issues addresses and keys derived
 * from one secret, and tracks which links are up.
 *
 * It does not start or stop nodes.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordEvent } from '@faultline/actions';
import { linkUrl, Signatures, signingKeys } from '@faultline/link';
import {
  clientsMax,
  deferred,
  FaultlineError,
  type Member,
  type NodeConfig,
  timeServer,
} from '@faultline/protocol';

import type { NodeProcess } from '../nodes/node-process.ts';
import type { RouterProcess } from '../processes/router-process.ts';
import { Caller } from './caller.ts';

export interface MembersOptions {
  /** Members sign what they send. */
  readonly sign: boolean;
  /** Read again at each use. */
  readonly nodes: ReadonlyMap<string, NodeProcess>;
  readonly router: Pick<RouterProcess, 'setMembers' | 'whenReady'>;
  readonly record: RecordEvent;
}

/** How long a leaving node may take to hand over its work. */
const leaveMsMax = 2000;

export class Members {
  readonly secret = randomBytes(32).toString('base64url');
  readonly #options: MembersOptions;
  readonly #clients = new Set<string>();
  /** The clients that have called already. */
  readonly #callers = new Map<string, Caller>();
  /** Members whose link is up. */
  readonly #linked = new Set<string>();
  /** Nodes that are leaving but still run. */
  readonly #leaving = new Set<string>();
  /** The members last sent to the nodes. */
  #sentMembers = '';
  /** The latest incarnation of each present or former node. */
  readonly #latest = new Map<string, number>();
  #sentIncarnations = '';
  #isClosed = false;
  readonly #closed = deferred<never>();
  #onRejoined: () => void = () => {};

  constructor(options: MembersOptions) {
    this.#options = options;
    this.#closed.promise.catch(() => {});
  }

  get leaving(): ReadonlySet<string> {
    return this.#leaving;
  }

  get clients(): ReadonlySet<string> {
    return this.#clients;
  }

  list(): Member[] {
    const nodes = [...this.#options.nodes.values()].map(
      ({ id, incarnation }): Member => ({ name: id, kind: 'node', incarnation }),
    );
    const clients = [timeServer, ...this.#clients].map(
      (name): Member => ({ name, kind: 'client', incarnation: 1 }),
    );
    return [...nodes, ...clients];
  }

  /** Resolves to what a node needs to join, once the router admits it; rejects if it never will. */
  async admit(
    id: string,
    incarnation: number,
  ): Promise<Pick<NodeConfig, 'linkUrl' | 'members' | 'incarnations' | 'signing'>> {
    const { nodes, router } = this.#options;
    const port = await router.whenReady;
    this.#sendIncarnations();
    await router.setMembers(this.list());
    return {
      members: [...nodes.keys()],
      incarnations: this.#incarnations(),
      linkUrl: this.#linkUrl(port, id, incarnation),
      ...this.#signing(id),
    };
  }

  /** The URL of the time server's link. Rejects if the router cannot be started. */
  async timeServerUrl(): Promise<string> {
    return this.#linkUrl(await this.#options.router.whenReady, timeServer);
  }

  /** Notifies the router and all nodes of the current members. */
  async changed(): Promise<void> {
    const { router, nodes } = this.#options;
    for (const id of this.#leaving) if (!nodes.has(id)) this.#leaving.delete(id);
    await router.setMembers(this.list());
    void this.#notifyNodes();
  }

  /** Notifies all nodes that these are leaving, and resolves when they have handed over. Until then they remain members. */
  async leave(leaving: readonly NodeProcess[]): Promise<void> {
    for (const { id } of leaving) this.#leaving.add(id);
    await this.#notifyNodes();
  }

  /** Runs before a new incarnation can send messages, so that others know it. */
  #sendIncarnations(): void {
    const incarnations = this.#incarnations();
    const text = JSON.stringify(incarnations);
    if (text === this.#sentIncarnations) return;
    this.#sentIncarnations = text;
    for (const node of this.#options.nodes.values()) node.setIncarnations(incarnations);
  }

  #incarnations(): NodeConfig['incarnations'] {
    for (const { id, incarnation } of this.#options.nodes.values())
      this.#latest.set(id, incarnation);
    return Object.fromEntries(this.#latest);
  }

  /** Waits for the leaving nodes to hand over. */
  async #notifyNodes(): Promise<void> {
    const { nodes, record } = this.#options;
    const names = [...nodes.keys()].filter((id) => !this.#leaving.has(id));
    if (String(names) !== this.#sentMembers) record('members.changed', null, { nodes: names });
    this.#sentMembers = String(names);
    await Promise.all(
      [...nodes.values()].map((node) => {
        const { signing } = this.#signing(node.id);
        return node.setMembers(names, signing, this.#leaving.has(node.id) ? leaveMsMax : 0);
      }),
    );
  }

  /**
   * The client of this name, which becomes a member if necessary. Undefined if the router was not up in
   * time. Throws BAD_REQUEST if there are too many, and CLUSTER_STOPPING once this is closed.
   */
  async caller(name: string, waitMsMax: number): Promise<Caller | undefined> {
    const existing = this.#callers.get(name);
    if (existing !== undefined) return existing;
    const late = sleep(waitMsMax, undefined, { ref: false });
    return Promise.race([this.#newCaller(name), late, this.#closed.promise]);
  }

  async #newCaller(name: string): Promise<Caller> {
    const { router, record } = this.#options;
    if (this.#clients.size >= clientsMax) {
      throw new FaultlineError('BAD_REQUEST', `a cluster has at most ${clientsMax} clients`, {
        clientsMax,
      });
    }
    // A member from now on, so that concurrent changes sent to the router include it.
    this.#clients.add(name);
    const port = await router.whenReady;
    await router.setMembers(this.list());
    // A client created during shutdown would never be closed.
    if (this.#isClosed) throw stopping();
    const caller =
      this.#callers.get(name) ??
      new Caller(name, 1, this.#linkUrl(port, name), {
        signatures: this.#signatures(name),
        onForged: ({ src, type }) => record('message.forged', null, { client: name, src, type }),
      });
    this.#callers.set(name, caller);
    return caller;
  }

  /** The router listens on a new port. */
  redirect(port: number): string {
    for (const node of this.#options.nodes.values()) {
      node.redirect(this.#linkUrl(port, node.id, node.incarnation));
    }
    for (const caller of this.#callers.values()) caller.redirect(this.#linkUrl(port, caller.name));
    return this.#linkUrl(port, timeServer);
  }

  linkChanged(name: string, isUp: boolean): void {
    if (isUp) this.#linked.add(name);
    else this.#linked.delete(name);
    if (this.#hasRejoined()) this.#onRejoined();
  }

  allLinksDown(): void {
    this.#linked.clear();
  }

  /** Resolves when all ready nodes and all clients are connected, or after `waitMsMax`. */
  async rejoined(waitMsMax: number): Promise<void> {
    const rejoined = deferred();
    this.#onRejoined = rejoined.resolve;
    if (this.#hasRejoined()) rejoined.resolve();
    await Promise.race([rejoined.promise, sleep(waitMsMax, null, { ref: false })]);
  }

  close(): void {
    this.#isClosed = true;
    this.#closed.reject(stopping());
    for (const caller of this.#callers.values()) caller.close();
  }

  #hasRejoined(): boolean {
    const nodes = [...this.#options.nodes.values()].filter(({ state }) => state === 'ready');
    const names = [...nodes.map(({ id }) => id), ...this.#callers.keys()];
    return names.every((name) => this.#linked.has(name));
  }

  #linkUrl(port: number, name: string, incarnation = 1): string {
    return linkUrl(port, this.secret, name, incarnation);
  }

  /** The keys for a node; none in a cluster that does not sign. */
  #signing(name: string): Pick<NodeConfig, 'signing'> {
    const { sign, nodes } = this.#options;
    return sign ? { signing: signingKeys(this.secret, name, [...nodes.keys()]) } : {};
  }

  #signatures(client: string): Signatures | undefined {
    const { sign, nodes } = this.#options;
    return sign ? Signatures.ofInsider(this.secret, client, (name) => !nodes.has(name)) : undefined;
  }
}

function stopping(): FaultlineError {
  return new FaultlineError('CLUSTER_STOPPING', 'the cluster is being taken down');
}
