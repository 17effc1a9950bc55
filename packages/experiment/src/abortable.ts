/** Resolves as `done` does, or rejects with the reason once the signal is aborted. */
export async function abortable<Result>(
  done: Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const ended = new AbortController();
  try {
    return await Promise.race([
      done,
      new Promise<never>((_, reject) => {
        const give = (): void => reject(signal.reason);
        if (signal.aborted) give();
        signal.addEventListener('abort', give, { once: true, signal: ended.signal });
      }),
    ]);
  } finally {
    ended.abort();
  }
}
