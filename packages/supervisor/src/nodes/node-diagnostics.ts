/**
 * Messages of Node.js itself on a process's stderr, mixed with the program's output: the address of
 * the inspector, the caller of `process.exit` (from `--trace-exit`), and a full heap.
 */
import { sourceFinder } from '@faultline/node/source-finder';
import { ownPlace, placesIn } from '../programs/source-place.ts';

const inspectorUrl = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+)/;
const inspectorChatter =
  /^(Debugger (listening|attached|ending)|For help, see: https:\/\/nodejs|Waiting for the debugger)/;
const exitCalled = /^\(node:\d+\) WARNING: Exited the environment with code (\d+)/;
const memoryEnd = /^FATAL ERROR: .*out of memory/;

export class NodeDiagnostics {
  readonly #onInspector: (url: string) => boolean;
  /** The lines of the stack trace of the exit, once it has begun. */
  #exitStack: string[] | undefined;
  #exitCode: string | undefined;
  #isOutOfMemory = false;

  /** `onInspector` returns whether the supervisor opened the inspector. */
  constructor(onInspector: (url: string) => boolean) {
    this.#onInspector = onInspector;
  }

  /** Reads a line of stderr. Returns false for a line that Node prints only because of the supervisor. */
  readonly keep = (line: string): boolean => {
    if (this.#exitStack !== undefined && /^( {4}at .*)?$/.test(line)) {
      // Node prints an empty line after the last frame.
      if (line !== '') this.#exitStack.push(line);
      return false;
    }
    const exit = exitCalled.exec(line);
    if (exit !== null) {
      this.#exitStack = [];
      this.#exitCode = exit[1];
      return false;
    }
    if (memoryEnd.test(line)) this.#isOutOfMemory = true;
    if (!inspectorChatter.test(line)) return true;
    const url = inspectorUrl.exec(line)?.[1];
    return url !== undefined && !this.#onInspector(url);
  };

  /** Why the process exited, if Node has reported it. */
  exitReason(bundlePath: string): string | undefined {
    if (this.#isOutOfMemory) return 'ran out of memory: its JavaScript heap was full';
    if (this.#exitStack === undefined) return undefined;
    const find = sourceFinder(bundlePath);
    const places = placesIn(this.#exitStack.join('\n')).map(
      ({ file, line, column }) => find(file, line, column) ?? { file, line },
    );
    const place = ownPlace(places);
    return place === undefined ? undefined : `called process.exit(${this.#exitCode}) at ${place}`;
  }
}
