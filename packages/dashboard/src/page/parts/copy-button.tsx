/** Puts a text on the clipboard. */
import { useSignal } from '@preact/signals';

const saidMs = 1500;

export function CopyButton({ text }: { readonly text: string }) {
  const isCopied = useSignal(false);
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Copy ${text}`}
      onClick={async () => {
        await navigator.clipboard.writeText(text);
        isCopied.value = true;
        setTimeout(() => {
          isCopied.value = false;
        }, saidMs);
      }}
    >
      {isCopied.value ? 'copied' : 'copy'}
    </button>
  );
}
