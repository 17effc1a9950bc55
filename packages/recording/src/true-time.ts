/**
 * True time: the monotonic clock that all processes of this machine share, in milliseconds. Only the
 * tool reads it; a program gets its node's clock. The reader is bound when this module loads, before
 * any program can run and before a node's clock replaces the global one.
 */
const now = performance.now.bind(performance);

/**
 * When `now` read 0. A process that is interrupted between the two readings gets an origin that is
 * too early for its whole lifetime, so the latest of a few readings is used.
 */
let originMs = Number.NEGATIVE_INFINITY;
for (let sample = 0; sample < 5; sample++) {
  originMs = Math.max(originMs, Number(process.hrtime.bigint()) / 1e6 - now());
}

export function trueNowMs(): number {
  return originMs + now();
}
