/**
 * Where in the user's source a node's event loop is stuck.
 *
 * A process in an endless loop answers nothing, but its inspector runs on a thread of its own:
 * SIGUSR1 starts it, even then, and it can pause the JavaScript and tell where that is. The node
 * closes the inspector once it can run again.
 */
import { fileURLToPath } from 'node:url';
import { sourceFinder } from '@faultline/protocol/host';
import { WebSocket } from 'ws';
import { ownPlace } from './source-place.ts';

const timeoutMs = 1500;

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly location: { readonly lineNumber: number; readonly columnNumber: number };
}

/** Pauses what runs there and lets it go on at once. Resolves to `file:line` of the program, or null. */
export function whereBlocked(inspectorUrl: string, bundlePath: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = new WebSocket(inspectorUrl, { perMessageDeflate: false });
    const finish = (place: string | null): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve(place);
    };
    const timer = setTimeout(() => finish(null), timeoutMs);
    socket.on('error', () => finish(null));
    socket.on('close', () => finish(null));
    socket.on('open', () => {
      socket.send('{"id":1,"method":"Debugger.enable"}');
      socket.send('{"id":2,"method":"Debugger.pause"}');
    });
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as {
        method?: string;
        params?: { callFrames?: CallFrame[] };
      };
      if (message.method !== 'Debugger.paused') return;
      socket.send('{"id":3,"method":"Debugger.resume"}', () =>
        finish(placeOf(message.params?.callFrames ?? [], bundlePath)),
      );
    });
  });
}

function placeOf(frames: readonly CallFrame[], bundlePath: string): string | null {
  const find = sourceFinder(bundlePath);
  const places = frames.flatMap(({ url, location }) => {
    if (!url.startsWith('file:')) return [];
    const path = fileURLToPath(url);
    return (
      find(path, location.lineNumber + 1, location.columnNumber + 1) ?? {
        file: path,
        line: location.lineNumber + 1,
      }
    );
  });
  return ownPlace(places) ?? null;
}
