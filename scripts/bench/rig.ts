/** The rig for measurements of messages: two workers, with or without a router between them. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { linkUrl } from '@faultline/link';
import type { FromRouter, InstalledRuleData, RouterConfig, RouterStats } from '@faultline/protocol';
import { bundle } from '@faultline/supervisor';
import type { FromWorker, ToWorker } from './worker.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const cacheDir = here('../../node_modules/.cache/faultline');

export interface Rig {
  readonly sender: Worker;
  readonly receiver: Worker;
  readonly router: Router | null;
  close(): void;
}

export interface RigOptions {
  readonly rules?: readonly InstalledRuleData[];
  readonly trace?: boolean;
  /** Members that only stand in rules. */
  readonly others?: readonly string[];
}

export async function directRig(): Promise<Rig> {
  const [sender, receiver] = [await Worker.start(), await Worker.start()];
  const { url } = await receiver.ask<{ is: 'up'; url: string }>({ do: 'listen', name: 'n2' });
  await sender.ask({ do: 'join', name: 'n1', url });
  return {
    sender,
    receiver,
    router: null,
    close: () => [sender, receiver].map((end) => end.close()),
  };
}

export async function routedRig(options: RigOptions = {}): Promise<Rig> {
  const [sender, receiver] = [await Worker.start(), await Worker.start()];
  const router = await Router.start(options);
  await sender.ask({ do: 'join', name: 'n1', url: router.urlOf('n1') });
  await receiver.ask({ do: 'join', name: 'n2', url: router.urlOf('n2') });
  return {
    sender,
    receiver,
    router,
    close: () => {
      for (const end of [sender, receiver, router]) end.close();
    },
  };
}

/** Starts a worker that floods a routed rig as one of its `others`. */
export async function flooder({ router }: Rig, name: string, dest: string): Promise<Worker> {
  const worker = await Worker.start();
  await worker.ask({ do: 'flood', name, url: router!.urlOf(name), dest });
  return worker;
}

class Worker {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Worker> {
    const entry = `import ${JSON.stringify(here('worker.ts'))};`;
    return new Worker(fork(await bundle({ label: 'bench-worker', entry, cacheDir, starts: true })));
  }

  /** Sends a command to the worker and resolves to its next message. */
  ask<T = FromWorker>(message: ToWorker): Promise<T> {
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`a worker exited with code ${code} before it answered`));
      this.#child.once('exit', onExit);
      this.#child.once('message', (answer) => {
        this.#child.off('exit', onExit);
        resolve(answer as T);
      });
      this.#child.send(message);
    });
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}

const secret = 'bench';

class Router {
  readonly #child: ChildProcess;
  readonly #dir: string;
  #port = 0;
  #requests = 0;

  private constructor(child: ChildProcess, dir: string) {
    this.#child = child;
    this.#dir = dir;
  }

  static async start({ rules = [], trace = false, others = [] }: RigOptions): Promise<Router> {
    const main = here('../../packages/router/src/main.ts');
    const path = await bundle({
      label: 'router',
      entry: `import ${JSON.stringify(main)};`,
      cacheDir,
      starts: true,
    });
    const dir = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
    const router = new Router(fork(path), dir);
    const config: RouterConfig = {
      seed: 'bench',
      port: 0,
      secret,
      members: ['n1', 'n2', ...others].map((name) => ({ name, kind: 'node', incarnation: 1 })),
      rules,
      traceDir: trace ? dir : null,
      queueBytesMax: 16 * 1024 * 1024,
    };
    const { port } = await router.#ask<{ port: number }>({ to: 'start', config });
    router.#port = port;
    return router;
  }

  get traceDir(): string {
    return this.#dir;
  }

  urlOf(name: string): string {
    return linkUrl(this.#port, secret, name, 1);
  }

  stats(): Promise<RouterStats> {
    return this.#ask({ to: 'stats' });
  }

  get residentBytes(): number {
    return residentBytes(this.#child.pid!);
  }

  close(): void {
    this.#child.kill('SIGKILL');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #ask<T>(request: object): Promise<T> {
    const n = ++this.#requests;
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void =>
        reject(new Error(`the router exited with code ${code} before it answered`));
      const listen = (message: FromRouter): void => {
        if (message.from === 'answer' && message.n === n) resolve(message.value as T);
        else if (message.from === 'error' && message.n === n)
          reject(new Error(message.error.error.message));
        else return;
        this.#child.off('message', listen).off('exit', onExit);
      };
      this.#child.on('message', listen).once('exit', onExit);
      this.#child.send({ ...request, n });
    });
  }
}

/** Resident memory of a process, from the kernel's own count. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}
