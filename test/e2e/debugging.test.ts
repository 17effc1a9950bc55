/** A developer opens a node's inspector and stops at breakpoints. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { root, TestCluster, until } from '../helpers/cluster.ts';
import { placeOf, program } from '../helpers/fixtures.ts';

test("SIGUSR1 opens a node's inspector, its log has the address, and a stop at a breakpoint in TypeScript leaves it open", async () => {
  await using cluster = await TestCluster.up(['--nodes', '1', '--program', program('notes')]);
  process.kill((await cluster.node('n1')).pid!, 'SIGUSR1');
  const address = await until(async () => {
    const { stdout } = await cluster.run('logs', 'n1');
    return /Debugger listening on (ws:\S+)/.exec(stdout)?.[1];
  }, 'the log has the address');

  using debug = await Inspector.attach(address);
  await debug.ask('Debugger.enable');
  await debug.ask('Debugger.pause');
  await debug.paused();
  const { facts } = await cluster.event('node.slow');
  expect(facts.reason).toBe('its event loop does not answer');
  await debug.ask('Debugger.resume');
  await cluster.event('node.recovered');
  expect((await cluster.client.call('n1', { type: 'read' })).body).toMatchObject({ texts: [] });

  // As an editor does: a breakpoint at a line of TypeScript is set where the source map has that line.
  const [file, lineFrom1] = placeOf('notes', 'node.disk.append').split(':');
  const wanted = { source: join(root, file!), line: Number(lineFrom1) - 1 };
  const [place] = debug.scripts.flatMap((script) => script.placesOf(wanted));
  await debug.ask('Debugger.setBreakpoint', { location: place });
  const answer = cluster.client.call('n1', { type: 'write', text: 'hi' }, { timeout: '20s' });
  const stopped = await debug.paused();
  const script = debug.scripts.find(({ scriptId }) => scriptId === stopped.scriptId);
  expect(script?.sourceOf(stopped)).toEqual(wanted);
  await debug.ask('Debugger.resume');
  expect((await answer).body).toMatchObject({ type: 'write_ok' });
  expect(debug.isOpen).toBe(true);
});

interface Place {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Lines count from 0, as in the protocol. */
interface SourceLine {
  readonly source: string;
  readonly line: number;
}

interface Said {
  readonly id?: number;
  readonly method?: string;
  readonly error?: { readonly message: string };
  readonly params?: {
    readonly scriptId: string;
    readonly url: string;
    readonly sourceMapURL?: string;
    readonly callFrames: readonly { readonly location: Place }[];
  };
}

/** A file that the process has loaded, with the source map that it names. */
class Script {
  readonly scriptId: string;
  readonly #lines: readonly string[];
  readonly #map: SourceMap;
  readonly #mapUrl: URL;

  constructor(scriptId: string, url: string, sourceMapUrl: string) {
    this.scriptId = scriptId;
    this.#mapUrl = new URL(sourceMapUrl, url);
    this.#lines = readFileSync(fileURLToPath(url), 'utf8').split('\n');
    this.#map = new SourceMap(JSON.parse(readFileSync(this.#mapUrl, 'utf8')));
  }

  sourceOf({ lineNumber, columnNumber }: Omit<Place, 'scriptId'>): SourceLine | undefined {
    const entry = this.#map.findEntry(lineNumber, columnNumber);
    if (!('originalSource' in entry)) return undefined;
    const source = fileURLToPath(new URL(entry.originalSource, this.#mapUrl));
    return { source, line: entry.originalLine };
  }

  /** The places that a line of a source has become. */
  placesOf({ source, line }: SourceLine): Place[] {
    return this.#lines
      .map((text, lineNumber) => ({ lineNumber, columnNumber: text.search(/\S|$/) }))
      .filter((place) => {
        const from = this.sourceOf(place);
        return from?.source === source && from.line === line;
      })
      .map((place) => ({ ...place, scriptId: this.scriptId }));
  }
}

class Inspector implements Disposable {
  readonly scripts: Script[] = [];
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, Said>();
  readonly #pauses: Place[] = [];
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#read(JSON.parse(String(data))));
  }

  static async attach(address: string): Promise<Inspector> {
    const socket = new WebSocket(address);
    const inspector = new Inspector(socket);
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
    return inspector;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  async ask(method: string, params: object = {}): Promise<void> {
    const id = ++this.#lastId;
    this.#socket.send(JSON.stringify({ id, method, params }));
    const { error } = await until(() => this.#answers.get(id), `an answer to ${method}`);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  }

  /** Where it stops next. */
  paused(): Promise<Place> {
    return until(() => this.#pauses.shift(), 'it stops');
  }

  #read(said: Said): void {
    if (said.id !== undefined) this.#answers.set(said.id, said);
    const { scriptId, url, sourceMapURL, callFrames } = said.params ?? {};
    if (said.method === 'Debugger.paused') this.#pauses.push(callFrames![0]!.location);
    if (said.method !== 'Debugger.scriptParsed' || !sourceMapURL || url!.startsWith('node:'))
      return;
    this.scripts.push(new Script(scriptId!, url!, sourceMapURL));
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
