/** Holds memory for nothing. An order's `bytes`: how much, 0 frees it; `bytesPerSecond`: how fast it grows. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Later, ProcessFault } from './process-fault.ts';

export const leak: ProcessFault = ({ report, later }) => {
  const memory = new HeldMemory(later);
  return ({ bytes, bytesPerSecond }) => {
    const pace = typeof bytesPerSecond === 'number' ? bytesPerSecond : null;
    memory.set(Number(bytes), pace, (held) => report({ bytes: held }));
  };
};

const chunkBytes = 4 * 1024 * 1024;
/** As much as is taken before other work has its turn. */
const turnBytes = 4 * chunkBytes;
const tickMs = 100;

/** Memory that is held for nothing. It is outside of JavaScript's heap, whose limit does not stop it. */
class HeldMemory {
  readonly #later: Later;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #bytesMax = 0;
  /** Counts requests: of two that grow, only the later one continues. */
  #asked = 0;

  constructor(later: Later) {
    this.#later = later;
  }

  /** Grows or shrinks to this many bytes; `onDone` receives how many there are in the end. */
  set(bytes: number, bytesPerSecond: number | null, onDone: (bytes: number) => void): void {
    const asked = ++this.#asked;
    this.#bytesMax = bytes;
    if (bytes < this.#bytes) this.#free();
    const perTurn =
      bytesPerSecond === null ? turnBytes : Math.max(1, (bytesPerSecond * tickMs) / 1000);
    const grow = (): void => {
      if (asked !== this.#asked) return;
      if (this.#take(perTurn)) this.#later(grow, bytesPerSecond === null ? 0 : tickMs);
      else onDone(this.#bytes);
    };
    grow();
  }

  /** False where there is no more to take. */
  #take(bytes: number): boolean {
    const end = Math.min(this.#bytesMax, this.#bytes + Math.ceil(bytes));
    while (this.#bytes < end) {
      const size = Math.min(chunkBytes, end - this.#bytes);
      try {
        // Filled, because memory is only allocated when it is written to.
        this.#chunks.push(Buffer.alloc(size, 0x55));
      } catch {
        return false;
      }
      this.#bytes += size;
    }
    return this.#bytes < this.#bytesMax;
  }

  #free(): void {
    this.#chunks = [];
    this.#bytes = 0;
    // Only this code knows that this is the moment.
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  }
}
