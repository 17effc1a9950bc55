/** Gathers small texts into chunks that are worth a write. */
const chunkChars = 64 * 1024;

export function* inChunks(texts: Iterable<string>): Generator<string> {
  let chunk = '';
  for (const text of texts) {
    chunk += text;
    if (chunk.length < chunkChars) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** `head`, the texts with `between` between them, `tail`. */
export function* joined(
  head: string,
  texts: Iterable<string>,
  between: string,
  tail: string,
): Generator<string> {
  let before = head;
  for (const text of texts) {
    yield before + text;
    before = between;
  }
  yield (before === head ? head : '') + tail;
}
