/** Requests to the control API. */
import type { ClusterVerbName, NodeVerbName } from '@faultline/actions';
import { clusterVerbs, nodeVerbs, routeOf } from '@faultline/actions';
import type { ClusterStatus } from '@faultline/protocol';
import { routes } from '@faultline/protocol';
import { type Explained, whyPath } from '../contract/messages.ts';
import { commandOf } from './command.ts';
import { type DoneAction, done, isLive, status } from './state.ts';

const actionsKept = 50;

let token = '';

export function useToken(text: string): void {
  token = text;
}

/** Throws what the API says is wrong. */
async function request<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (response.ok) return answer as Answer;
  const { error } = answer as {
    readonly error?: { readonly code: string; readonly message: string };
  };
  throw new Error(
    error === undefined ? `status ${response.status}` : `${error.code}: ${error.message}`,
  );
}

export const explain = async (message: string): Promise<readonly string[]> =>
  (await request<Explained>('GET', `${whyPath}?message=${encodeURIComponent(message)}`)).lines;

let isRefreshing = false;
let isStale = false;

/** Reads the cluster's status, once more if something happened meanwhile. */
export async function refreshStatus(): Promise<void> {
  if (!isLive.value) return;
  isStale = true;
  if (isRefreshing) return;
  isRefreshing = true;
  try {
    while (isStale) {
      isStale = false;
      status.value = await request<ClusterStatus>('GET', routes.status.path);
    }
  } catch {
    // The connection's own state says that the cluster is gone.
  } finally {
    isRefreshing = false;
  }
}

export type Options = Readonly<Record<string, unknown>>;

/** Resolves to whether it was done; what was wrong is in the log of actions. */
export function performOnNodes(
  verb: NodeVerbName,
  nodes: string,
  options: Options,
): Promise<boolean> {
  const { method, path, body } = routeOf(nodeVerbs[verb]);
  const url = path.replace(':nodes', encodeURIComponent(nodes));
  return logged(commandOf(verb, nodes, options), () =>
    request(method, url, body === undefined ? undefined : options),
  );
}

/** `command`: the command line that does the same. */
export function performOnCluster(
  verb: ClusterVerbName,
  options: Options,
  command: string,
): Promise<boolean> {
  const { method, path, body } = routeOf(clusterVerbs[verb]);
  return logged(command, () => request(method, path, body === undefined ? undefined : options));
}

async function logged(command: string, act: () => Promise<unknown>): Promise<boolean> {
  const number = (done.value[0]?.number ?? 0) + 1;
  let entry: DoneAction = { number, command, state: 'running', error: '' };
  done.value = [entry, ...done.value].slice(0, actionsKept);
  const change = (to: Partial<DoneAction>): void => {
    const changed = { ...entry, ...to };
    done.value = done.value.map((each) => (each === entry ? changed : each));
    entry = changed;
  };
  try {
    await act();
    change({ state: 'done' });
    return true;
  } catch (error) {
    change({ state: 'failed', error: (error as Error).message });
    return false;
  } finally {
    void refreshStatus();
  }
}
