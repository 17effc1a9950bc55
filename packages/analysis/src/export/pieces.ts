/** Gathers small texts into chunks that are worth a write. */
const pieceChars = 64 * 1024;

export function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < pieceChars) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
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
