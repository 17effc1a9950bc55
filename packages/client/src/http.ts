/**
 * One HTTP request with JSON both ways. Node's `fetch` would do, but it takes longer to load than a
 * whole command of the command line takes to run.
 */
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true });

/** Rejects where there is no answer or one that is not JSON. */
export function requestJson(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Promise<unknown> {
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
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.end(text);
  });
}
