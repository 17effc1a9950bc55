/**
 * Who gets through the router's door. It listens on loopback, but any web page a user visits can
 * reach loopback too: so a page's Origin is refused (libraries send the
 * router's own address as theirs, and the router serves no page), a Host that is not ours (DNS rebinding) is
 * refused, and only the process that holds the key of a member's current incarnation may join as it.
 */
import type { IncomingMessage } from 'node:http';
import { isLinkKey } from '@faultline/link';
import { FaultlineError, isName, seqMax } from '@faultline/protocol';

export interface Applicant {
  readonly name: string;
  readonly incarnation: number;
  readonly isText: boolean;
  /** The last sequence number that it used before. */
  readonly seq: number;
}

/** Throws FOREIGN_HOST, FOREIGN_ORIGIN, UNAUTHORIZED, NOT_FOUND or BAD_REQUEST. */
export function admit(
  request: IncomingMessage,
  { port, secret, sign }: { port: number; secret: string; sign: boolean },
): Applicant {
  const { host, origin } = request.headers;
  if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`) {
    throw new FaultlineError(
      'FOREIGN_HOST',
      `expected the Host 127.0.0.1:${port} or localhost:${port}, got ${host}`,
      { host },
    );
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new FaultlineError(
      'FOREIGN_ORIGIN',
      `web pages may not join: expected no Origin or http://${host}, got ${origin}`,
      {
        origin,
      },
    );
  }
  const url = readUrl(request.url ?? '/', host);
  if (url.pathname !== '/link') {
    throw new FaultlineError('NOT_FOUND', `expected the path /link, got ${url.pathname}`);
  }
  const query = url.searchParams;
  const name = query.get('name') ?? '';
  const incarnation = Number(query.get('incarnation'));
  if (!isLinkKey(query.get('key') ?? '', secret, name, incarnation)) {
    throw new FaultlineError(
      'UNAUTHORIZED',
      `the key does not belong to ${isName(name) ? name : 'an invalid name'}: join with the complete address from the cluster`,
      { name, incarnation },
    );
  }
  const format = query.get('format') ?? 'text';
  if (format !== 'text' && format !== 'binary') {
    throw new FaultlineError('BAD_REQUEST', `format must be text or binary, got ${format}`, {
      format,
    });
  }
  if (sign && format === 'text') {
    throw new FaultlineError(
      'BAD_REQUEST',
      `this cluster signs its messages, but ${name}, a text member, cannot sign: start the cluster without --sign, or write the program with the SDK`,
      { name, format },
    );
  }
  const seq = Number(query.get('seq') ?? 0);
  if (!Number.isSafeInteger(seq) || seq < 0 || seq > seqMax) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'seq must be the number of the last message sent, 0 or more',
    );
  }
  return {
    name,
    incarnation,
    isText: format === 'text',
    seq,
  };
}

function readUrl(path: string, host: string): URL {
  if (URL.canParse(path, `http://${host}`)) return new URL(path, `http://${host}`);
  throw new FaultlineError(
    'BAD_REQUEST',
    'expected the path /link with the query from the cluster',
  );
}
