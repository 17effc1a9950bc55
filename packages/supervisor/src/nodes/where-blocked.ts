/**
 * Where in the user's source a node's event loop is stuck.
 *
 * A process in an endless loop answers nothing, but its inspector runs on a thread of its own:
 * SIGUSR1 starts it, even then, and it can pause the JavaScript and tell where that is. The node
 * closes the inspector once it can run again.
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

type Told =
  | { method: 'Debugger.scriptParsed'; params: { scriptId: string; url: string } }
  | { method: 'Debugger.paused'; params: { callFrames: CallFrame[] } }
  | { method?: undefined };

/** Pauses what runs there and lets it go on at once. Resolves to `file:line` of the program, or null. */
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
        const told = JSON.parse(String(data)) as Told;
        if (told.method === 'Debugger.scriptParsed') {
          scripts.set(told.params.scriptId, told.params.url);
        }
        if (told.method !== 'Debugger.paused') return;
        const place = placeOf(told.params.callFrames, scripts, bundlePath);
        socket.send('{"id":3,"method":"Debugger.resume"}', () => finish(place));
      } catch {
        // The program printed the address, and what listens there is no inspector.
        finish(null);
      }
    });
  });
}

/** Null: a program can print anything that looks like the address of an inspector. */
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
