/**
 * Serves the page beside a control API: the document and its script at `/`, and under `/v1/page/`, with the
 * token, what is recorded and why.
 */
import { FaultlineError } from '@faultline/protocol';
import { openRun } from '@faultline/recording';
import type { PageSocket, ServePage } from '@faultline/supervisor';
import { type Explained, streamPath, whyPath } from '../contract/messages.ts';
import { Assets } from './assets.ts';
import { documentText, policy } from './document.ts';

/** `cacheDir`: where the page's bundled code is kept. */
export function servePage(cacheDir: string): ServePage {
  const assets = new Assets(cacheDir);
  return (host) => {
    host.get('/', async () => ({
      type: 'text/html',
      headers: {
        'content-security-policy': policy,
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
      body: documentText,
    }));
    host.get('/page/page.js', async () => ({
      type: 'text/javascript',
      headers: { 'cache-control': 'no-cache' },
      body: await assets.script(),
    }));
    host.get(whyPath, async ({ message }) => {
      if (typeof message !== 'string') {
        throw new FaultlineError('BAD_REQUEST', 'expected ?message= with the id of a message');
      }
      const explained = await explain(host.runDir, message);
      return { type: 'application/json', body: JSON.stringify(explained) };
    });
    host.connect(streamPath, (socket) => void stream(socket, host.runDir));
  };
}

// Loaded with the first page that is opened: most clusters have none.
async function explain(runDir: string, message: string): Promise<Explained> {
  const { explainFromFiles, explanationInWords } = await import('@faultline/analysis');
  const { run, explanation } = await explainFromFiles(await openRun(runDir), message);
  return { lines: explanationInWords(run, explanation) };
}

const closeDone = 1000;
const closeFailed = 1011;
const reasonCharsMax = 100;

async function stream(socket: PageSocket, runDir: string): Promise<void> {
  const ended = new AbortController();
  let acknowledgedBytes = 0;
  let wake = (): void => {};
  socket.onMessage((text) => {
    const bytes = Number(text);
    if (Number.isSafeInteger(bytes)) acknowledgedBytes = bytes;
    wake();
  });
  socket.onClose(() => {
    ended.abort();
    wake();
  });
  try {
    const { RunStream } = await import('./stream.ts');
    const page = {
      send: (frame: string | Uint8Array) => socket.send(frame),
      get acknowledgedBytes() {
        return acknowledgedBytes;
      },
      acknowledged: () =>
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
    };
    await new RunStream(await openRun(runDir), page, ended.signal).send();
    socket.close(closeDone, 'the run is over');
  } catch (error) {
    socket.close(closeFailed, (error as Error).message.slice(0, reasonCharsMax));
  }
}
