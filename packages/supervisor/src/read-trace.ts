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
  const losses = new LossFinder();
  const take = (event: FateEvent): void => {
    if (!fits(event, query)) return;
    found.push(event);
    if (found.length > 2 * limit) found.splice(0, found.length - limit);
  };
  for (const path of await traceFiles(dir)) {
    const reader = new TraceReader();
    for await (const piece of pieces(path)) {
      for (const event of reader.read(piece)) {
        if (event.kind === 'fate') take(event);
        for (const loss of losses.next(event)) take(loss);
      }
    }
  }
  return found.slice(-limit);
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
  const file = await open(path);
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
