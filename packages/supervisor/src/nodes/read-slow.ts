/** What is asked of `slow`, checked. Pure. */
import { FaultlineError, parseDuration, parsePercent, type Slow } from '@faultline/protocol';

/** Below it the shortest slice there is comes so seldom that the node is paused rather than slow. */
const shareMin = 0.01;
const shareMax = 0.99;

/** Throws BAD_PERCENT, BAD_DURATION, BAD_REQUEST. */
export function readSlow(
  slow: Slow,
): 'off' | { readonly share: number; readonly forMs: number | null } {
  if (slow.off === true) {
    if (slow.cpu === undefined && slow.for === undefined) return 'off';
    throw new FaultlineError('BAD_REQUEST', 'off ends the slowness: it takes nothing beside it');
  }
  if (slow.cpu === undefined) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected the share of a CPU that is left, such as --cpu 10%, or --off',
    );
  }
  const share = parsePercent(slow.cpu);
  if (share < shareMin || share > shareMax) {
    throw new FaultlineError(
      'BAD_PERCENT',
      `a slow node has from 1% to 99% of a CPU, not ${slow.cpu}; with nothing at all it is paused: \`pause\``,
      { cpu: slow.cpu, shareMin, shareMax },
    );
  }
  if (slow.for === undefined) return { share, forMs: null };
  return { share, forMs: readLifetime(slow.for) };
}

/** How long a fault is to last. Throws BAD_DURATION. */
function readLifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0) return ms;
  throw new FaultlineError('BAD_DURATION', `a fault lasts longer than 0, not ${text}`, { text });
}
