/** Looks through the trace files of a run, in pieces, so that nobody has to wait for it. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FateEvent, LossFinder, type TraceQuery, TraceReader } from '@faultline/protocol';

const pieceBytes = 1024 * 1024;
const limitDefault = 100;

/** The latest `limit` fates that fit the query, oldest first. */
export async function readTrace(dir: string, query: TraceQuery): Promise<FateEvent[]> {
  const limit = query.limit ?? limitDefault;
  const found: FateEvent[] = [];
  await eachFate(dir, (event) => {
    if (!fits(event, query)) return;
    found.push(event);
    if (found.length > 2 * limit) found.splice(0, found.length - limit);
  });
  return found.slice(-limit);
}

export interface Losses {
  readonly count: number;
  /** The ids of the first of them. */
  readonly messages: readonly string[];
}

/** Which messages went down with a router, as far as routers that began since then could tell. */
export async function readLosses(dir: string, sinceMs: number, idsMax: number): Promise<Losses> {
  const lost = new Set<string>();
  await eachFate(dir, ({ fate, atMs, id }) => {
    if (fate === 'router down' && atMs >= sinceMs) lost.add(id);
  });
  return { count: lost.size, messages: [...lost].slice(0, idsMax) };
}

/** Every fate of a run, those included that only follow from what was recorded. */
async function eachFate(dir: string, take: (event: FateEvent) => void): Promise<void> {
  const paths = await traceFiles(dir);
  const losses = new LossFinder({ isWhole: paths[0]?.endsWith('trace-1.bin') ?? true });
  for (const path of paths) {
    const reader = new TraceReader();
    for await (const piece of pieces(path)) {
      for (const event of reader.read(piece)) {
        if (event.kind === 'fate') take(event);
        for (const loss of losses.next(event)) take(loss);
      }
    }
  }
}

async function traceFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir);
  return names
    .flatMap((name) => {
      const number = /^trace-(\d+)\.bin$/.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .sort((a, b) => a.number - b.number)
    .map(({ name }) => join(dir, name));
}

async function* pieces(path: string): AsyncGenerator<Buffer> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    // The router removes the oldest file when there are too many.
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return;
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

function fits(event: FateEvent, { src, dest, type, fate, id }: TraceQuery): boolean {
  return (
    (src === undefined || event.src === src) &&
    (dest === undefined || event.dest === dest) &&
    (type === undefined || event.type === type) &&
    (fate === undefined || event.fate === fate) &&
    (id === undefined || event.id === id)
  );
}
