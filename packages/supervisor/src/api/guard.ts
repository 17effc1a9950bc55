/**
 * Who may use the control API. It can start and kill processes, and any web page that a user visits
 * can send requests to loopback: so the Host must be ours (DNS rebinding), a browser's Origin must be
 * ours, and every request but those for the documentation carries the token.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { sameSecret } from '@faultline/link';
import { FaultlineError } from '@faultline/protocol';

export interface Guard {
  /** Throws FOREIGN_HOST or FOREIGN_ORIGIN. */
  checkOrigin(headers: IncomingHttpHeaders): void;
  /** Takes `Authorization: Bearer`, or the `token` of a WebSocket's query. Throws UNAUTHORIZED. */
  checkToken(headers: IncomingHttpHeaders, queryToken?: string | null): void;
}

export function guard(host: string, port: () => number, token: string): Guard {
  const names = [...new Set(['127.0.0.1', 'localhost', host.includes(':') ? `[${host}]` : host])];
  // Listening on every address, it has more of them than it knows; rebinding needs a name.
  const takesAddresses = host === '0.0.0.0' || host === '::';

  const isOurs = (given: string): boolean => {
    const [, name, portText] = /^(.+):(\d+)$/.exec(given) ?? [];
    if (name === undefined || Number(portText) !== port()) return false;
    return names.includes(name) || (takesAddresses && isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0);
  };

  return {
    checkOrigin(headers) {
      if (!isOurs(headers.host ?? '')) {
        const ours = names.map((name) => `${name}:${port()}`).join(' and ');
        throw new FaultlineError(
          'FOREIGN_HOST',
          `this API answers to ${ours}; the request was for ${headers.host ?? 'no host'}`,
          { host: headers.host },
        );
      }
      const { origin } = headers;
      if (origin !== undefined && !(origin.startsWith('http://') && isOurs(origin.slice(7)))) {
        throw new FaultlineError('FOREIGN_ORIGIN', `web pages of ${origin} may not use this API`, {
          origin,
        });
      }
    },
    checkToken(headers, queryToken) {
      const given = queryToken ?? /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
      if (given === undefined) {
        throw new FaultlineError(
          'UNAUTHORIZED',
          'expected the header `Authorization: Bearer TOKEN`; the token is in cluster.json in the state directory',
        );
      }
      if (!sameSecret(given, token)) {
        throw new FaultlineError(
          'UNAUTHORIZED',
          "the token is not this cluster's; it is in cluster.json in the state directory",
        );
      }
    },
  };
}
