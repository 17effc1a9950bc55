/** What was done on this page: each action as the command line that does the same. */
import { done } from '../state.ts';
import { CopyButton } from './copy-button.tsx';

const symbols = { running: '…', done: '✓', failed: '✗' } as const;

export function ActionLog() {
  return (
    <footer class="log">
      <ol aria-label="What was done">
        {done.value.slice(0, 4).map(({ number, command, state, error }) => (
          <li key={number} class={state}>
            <span role="img" aria-label={state}>
              {symbols[state]}
            </span>
            <code>{command}</code>
            <CopyButton text={command} />
            {error !== '' && <span class="error">{error}</span>}
          </li>
        ))}
      </ol>
    </footer>
  );
}
