/**
 * A typed client of one cluster's control API. Every method is a verb or a route of the protocol's
 * table. An error answer of the API is thrown as the same FaultlineError.
 */
import {
  type ClusterAnswerOf,
  type ClusterEvent,
  type ClusterOptionsOf,
  type ClusterVerbName,
  clusterVerbs,
  type NodeVerbName,
  nodeVerbs,
  type OptionsOf,
  routeOf,
  type VerbRoute,
} from '@faultline/actions';
import {
  type Affected,
  type CallResult,
  type DryRun,
  eventsPath,
  type FateEvent,
  FaultlineError,
  isErrorBody,
  type Route,
  type RouteAnswer,
  type RouteName,
  type RouteRequest,
  type RuleStatus,
  type RulesChanged,
  routes,
  type TraceQuery,
} from '@faultline/protocol';
import { WebSocket } from 'ws';
import { type Answer, readJson, requestJson } from './http.ts';
import { type Parameters, parametersOf, withMethods } from './route-methods.ts';
import { type Waited, type WaitedFor, type WaitOptions, waitFor } from './wait.ts';

export interface ClientOptions {
  readonly url: string;
  readonly token: string;
  /** Called before each request, without the token. */
  readonly onRequest?: (method: string, url: string, body: unknown) => void;
}

export class Client extends withMethods() {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
  }

  /** Perform this verb's action. `client.pause(nodes)` is `client.perform('pause', nodes, {})`. */
  override perform<Verb extends NodeVerbName>(
    verb: Verb,
    nodes: string,
    options: OptionsOf<Verb>,
  ): Promise<Affected> {
    const route = routeOf(nodeVerbs[verb]);
    return this.#request(route, { path: { nodes }, ...optionsIn(route, options) });
  }

  /** `client.heal()` is `client.performOnCluster('heal', {})`. */
  override performOnCluster<Verb extends ClusterVerbName>(
    verb: Verb,
    options: ClusterOptionsOf<Verb>,
  ): Promise<ClusterAnswerOf<Verb>> {
    const route = routeOf(clusterVerbs[verb]);
    return this.#request(route, optionsIn(route, options));
  }

  /** Send the route's request; most routes have a method of the same name. */
  override ask<Name extends RouteName>(
    name: Name,
    ...given: RouteRequest<Name>
  ): Promise<RouteAnswer<Name>> {
    const route: Route = routes[name];
    return this.#request(route, parametersOf(route, given));
  }

  async down(): Promise<void> {
    await this.ask('down');
  }

  async rules(): Promise<readonly RuleStatus[]> {
    return (await this.ask('rules')).rules;
  }

  addRules(rules: readonly Record<string, unknown>[]): Promise<RulesChanged> {
    return this.ask('addRules', { rules: [...rules] });
  }

  /** Report what rules would have done to the latest messages; install nothing. */
  dryRun(
    rules: readonly Record<string, unknown>[],
    options: { readonly messages?: number } = {},
  ): Promise<DryRun> {
    return this.ask('dryRun', { rules: [...rules], ...options });
  }

  /** Remove all of them or, if one does not exist, none. */
  removeRules(...rules: readonly string[]): Promise<RulesChanged> {
    return this.ask('removeRules', rules.join(','));
  }

  /**
   * Rejects with CALL_REFUSED if the answer is an error and nothing happened, and with CALL_UNKNOWN if it may
   * have happened: no answer in time, or an error such as 13 (crash).
   */
  call(
    node: string,
    body: { readonly type: string; readonly [key: string]: unknown },
    options: { readonly timeout?: string; readonly client?: string } = {},
  ): Promise<CallResult> {
    return this.ask('call', { node, body, ...options });
  }

  async trace(query: TraceQuery = {}): Promise<readonly FateEvent[]> {
    return (await this.ask('trace', query)).events;
  }

  /**
   * Every event after `since`, until the cluster is down or the signal aborts; without `follow`, up to
   * the latest.
   */
  async *events(
    options: { since?: number; signal?: AbortSignal; follow?: boolean } = {},
  ): AsyncGenerator<ClusterEvent> {
    const { url, token } = this.#options;
    const address = new URL(
      `${eventsPath}?since=${options.since ?? 0}${options.follow === false ? '&follow=no' : ''}`,
      url.replace(/^http/, 'ws'),
    );
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${token}` } });
    const queue: ClusterEvent[] = [];
    let wake: () => void = () => {};
    /** null: it ended normally. */
    let end: FaultlineError | null | undefined;
    const finish = (how: FaultlineError | null): void => {
      if (end === undefined) end = how;
      wake();
    };
    socket.on('message', (data) => {
      queue.push(JSON.parse(String(data)) as ClusterEvent);
      wake();
    });
    socket.on('unexpected-response', (_request, response) => {
      readJson(response).then(
        (value) => finish(errorOf(value) ?? unreachable(url, value)),
        (error) => finish(unreachable(url, error)),
      );
    });
    socket.on('error', (error) => finish(unreachable(url, error)));
    socket.on('close', (code, reason) => {
      const isEnd = goodCloses.has(code) || options.signal?.aborted === true;
      finish(isEnd ? null : unreachable(url, `closed with ${code} ${reason}`));
    });
    const onAbort = (): void => socket.terminate();
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        while (queue.length > 0) yield queue.shift()!;
        if (options.signal?.aborted || end === null) return;
        if (end !== undefined) throw end;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      socket.terminate();
    }
  }

  /**
   * Resolves when every node is ready, when a node has (or already has) a role or a state, or when an
   * event happens. Throws WAIT_TIMED_OUT if it times out.
   */
  wait(what: WaitedFor, options?: WaitOptions): Promise<Waited> {
    return waitFor(this, what, options);
  }

  async #request<T>(route: Route, parameters: Parameters = {}): Promise<T> {
    const { url, token, onRequest } = this.#options;
    const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
      inPath(parameters.path?.[name] ?? ''),
    );
    const address = new URL(path, url);
    for (const [name, value] of Object.entries(parameters.query ?? {})) {
      if (value !== undefined) address.searchParams.set(name, String(value));
    }
    onRequest?.(route.method, address.href, parameters.body);
    let answer: Answer;
    try {
      const headers = { authorization: `Bearer ${token}` };
      answer = await requestJson(route.method, address, headers, parameters.body);
    } catch (error) {
      throw unreachable(url, error);
    }
    const error = errorOf(answer.value);
    if (error !== undefined) throw error;
    if (answer.status < 200 || answer.status > 299) {
      throw unreachable(url, `status ${answer.status} without an error of this API`);
    }
    return answer.value as T;
  }
}

function optionsIn(route: VerbRoute, options: object): Parameters {
  if (route.query !== undefined) return { query: options };
  return route.body === undefined ? {} : { body: options };
}

/** Close codes that end a stream normally: the server is done, or goes down. */
const goodCloses = new Set([1000, 1001, 1005]);

function errorOf(answer: unknown): FaultlineError | undefined {
  if (!isErrorBody(answer)) return undefined;
  const { code, message, facts } = answer.error;
  return new FaultlineError(code, message, facts);
}

/** Encodes one segment of a path; `..` would climb, in any encoding. */
function inPath(text: string): string {
  if (text !== '' && text !== '.' && text !== '..') return encodeURIComponent(text);
  throw new FaultlineError(
    'BAD_SELECTOR',
    `expected a name or a selector, got ${JSON.stringify(text)}`,
  );
}

function unreachable(url: string, cause: unknown): FaultlineError {
  return new FaultlineError(
    'CLUSTER_UNREACHABLE',
    `the cluster at ${url} does not answer: it may be going down, or starting`,
    { url },
    { cause },
  );
}
