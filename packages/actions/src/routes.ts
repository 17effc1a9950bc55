/** The routes of verbs in the control API. */
import type { Route } from '@faultline/protocol';
import type { TObject } from 'typebox';
import type { ClusterVerb } from './cluster-verb.ts';
import type { NodeVerb } from './verb.ts';

export interface VerbRoute extends Route {
  /** The options, where they travel in the body. */
  readonly body?: TObject;
  /** The options of a DELETE: its body has no meaning in HTTP, so they travel in the query. */
  readonly query?: TObject;
}

export function routeOf({ name, summary, options, route }: NodeVerb | ClusterVerb): VerbRoute {
  const { method, path } = route ?? { method: 'POST', path: `/v1/nodes/:nodes/${name}` };
  const has = Object.keys(options.properties).length > 0;
  return {
    method,
    path,
    summary: sentence(summary),
    ...(has && { [method === 'DELETE' ? 'query' : 'body']: options }),
  };
}

const sentence = (summary: string): string => summary.charAt(0).toUpperCase() + summary.slice(1);
