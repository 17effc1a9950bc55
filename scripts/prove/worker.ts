/** The process of a worker: runs the trials that it receives, one after another. Ends with its parent. */
import { type Trial, tryOut } from './trial.ts';

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) {
  process.once(signal, () => stopping.abort());
}

process.on('message', async (trial: Trial) => {
  try {
    const outcome = await tryOut(trial, stopping.signal);
    if (process.connected) process.send?.(outcome);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    if (process.connected) process.disconnect();
  }
});
