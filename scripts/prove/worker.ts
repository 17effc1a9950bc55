/** The process of a worker: runs the trials that it receives, one after another. Ends with its parent. */
import { type Trial, tryOut } from './trial.ts';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
  process.once(signal, () => ending.abort());
}

process.on('message', async (trial: Trial) => {
  try {
    const outcome = await tryOut(trial, ending.signal);
    if (process.connected) process.send?.(outcome);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    if (process.connected) process.disconnect();
  }
});
