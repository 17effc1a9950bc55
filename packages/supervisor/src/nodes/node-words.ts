/**
 * What Node itself says on a node's error output, among what the program prints there: that the
 * inspector listens (we asked for it), what called `process.exit` (Node runs with `--trace-exit`), and
 * that memory has run out. One for each process.
 */
import { sourceFinder } from '@faultline/node/source-finder';
import { ownPlace, placesIn } from '../programs/source-place.ts';

const inspectorUrl = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+)/;
const inspectorChatter =
  /^(Debugger (listening|attached|ending)|For help, see: https:\/\/nodejs|Waiting for the debugger)/;
const exitCalled = /^\(node:\d+\) WARNING: Exited the environment with code (\d+)/;
const memoryEnd = /^FATAL ERROR: .*out of memory/;

export class NodeWords {
  readonly #onInspector: (url: string) => boolean;
  /** The lines of the exit's stack, once it has begun. */
  #exitStack: string[] | undefined;
  #exitCode: string | undefined;
  #isOutOfMemory = false;

  /** `onInspector` returns whether the supervisor asked for the inspector. */
  constructor(onInspector: (url: string) => boolean) {
    this.#onInspector = onInspector;
  }

  /** Takes a line of error output. False where it is about what we asked Node for, and no news. */
  readonly keep = (line: string): boolean => {
    if (this.#exitStack !== undefined && /^( {4}at .*)?$/.test(line)) {
      // Behind the last frame Node leaves a line empty.
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

  /** Why the process ended, as far as Node has told; undefined: it has not. */
  ending(bundlePath: string): string | undefined {
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
