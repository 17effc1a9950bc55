/**
 * One HTTP request with JSON both ways. Node's `fetch` would work, but it takes longer to load than a
 * whole command takes to run.
 */
import { Agent, type IncomingMessage, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

export interface Answer {
  readonly status: number;
  readonly value: unknown;
}

/** Rejects if there is no answer, or it is not JSON. */
export function requestJson(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      method,
      agent,
      headers: {
        ...headers,
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      },
    });
    asked.on('error', reject);
    asked.on('response', (response) => {
      readJson(response).then((value) => resolve({ status: response.statusCode!, value }), reject);
    });
    asked.end(text);
  });
}

/** Rejects if it ends early or is not JSON. */
export async function readJson(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}
