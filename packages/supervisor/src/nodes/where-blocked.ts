/**
 * Finds the line of the user's source that blocks a node's event loop.
 *
 * A process in an endless loop does not respond, but its inspector runs on a separate thread. SIGUSR1
 * starts it even then; it can pause the JavaScript and report the current line. The node closes the
 * inspector once its event loop runs again.
 */
import { fileURLToPath } from 'node:url';
import { sourceFinder } from '@faultline/node/source-finder';
import { WebSocket } from 'ws';
import { ownPlace } from '../programs/source-place.ts';

const timeoutMs = 1500;

interface CallFrame {
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

type InspectorMessage =
  | { method: 'Debugger.scriptParsed'; params: { scriptId: string; url: string } }
  | { method: 'Debugger.paused'; params: { callFrames: CallFrame[] } }
  | { method?: undefined };

/** Pauses the running code and continues it at once. Resolves to `file:line` of the program, or null. */
export function whereBlocked(inspectorUrl: string, bundlePath: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(inspectorUrl);
    if (socket === null) return resolve(null);
    const scripts = new Map<string, string>();
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
      try {
        const message = JSON.parse(String(data)) as InspectorMessage;
        if (message.method === 'Debugger.scriptParsed') {
          scripts.set(message.params.scriptId, message.params.url);
        }
        if (message.method !== 'Debugger.paused') return;
        const place = placeOf(message.params.callFrames, scripts, bundlePath);
        socket.send('{"id":3,"method":"Debugger.resume"}', () => finish(place));
      } catch {
        // The program itself printed the address, and no inspector listens there.
        finish(null);
      }
    });
  });
}

/** Null: the address is invalid, as a program can print something similar to an inspector's. */
function connect(inspectorUrl: string): WebSocket | null {
  try {
    return new WebSocket(inspectorUrl, { perMessageDeflate: false });
  } catch {
    return null;
  }
}

function placeOf(
  frames: readonly CallFrame[],
  scripts: ReadonlyMap<string, string>,
  bundlePath: string,
): string | null {
  const find = sourceFinder(bundlePath);
  const places = frames.flatMap(({ location: { scriptId, lineNumber, columnNumber } }) => {
    const url = scripts.get(scriptId);
    if (!url?.startsWith('file:')) return [];
    const [file, line] = [fileURLToPath(url), lineNumber + 1];
    return find(file, line, columnNumber + 1) ?? { file, line };
  });
  return ownPlace(places) ?? null;
}
