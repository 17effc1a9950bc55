/** The selected message: its recorded facts, and the reasons for its fate. */
import { roundedDuration } from '@faultline/protocol';
import { useSignal, useSignalEffect } from '@preact/signals';
import type { Copy } from '../../contract/worker.ts';
import { copyStatuses, statusMeanings } from '../../model/copy-status.ts';
import { explain } from '../api.ts';
import { selected } from '../state.ts';
import { moment } from '../time-words.ts';
import { CopyButton } from './copy-button.tsx';

export function CopyPanel() {
  const copy = selected.value;
  if (copy === null) return null;
  const close = (): void => {
    selected.value = null;
  };
  return (
    <aside class="panel" aria-label="Message">
      <header>
        <h2>
          {copy.type} <code>{copy.id}</code>
          {copy.copy > 0 && ` copy ${copy.copy}`}
        </h2>
        <button type="button" class="quiet" onClick={close} aria-label="Close">
          ×
        </button>
      </header>
      <dl>
        {factsOf(copy).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Why id={copy.id} key={copy.id} />
    </aside>
  );
}

function factsOf(copy: Copy): (readonly [string, string])[] {
  const took = (ms: number): string => `${moment(ms)}, after ${roundedDuration(ms - copy.sentMs)}`;
  const facts: (readonly [string, string])[] = [
    ['from', copy.src],
    ['to', copy.dest],
    ['fate', `${copy.fate}: ${statusMeanings[copyStatuses[copy.status]!]}`],
    ['sent', moment(copy.sentMs)],
  ];
  if (Number.isNaN(copy.receivedMs)) facts.push([copy.fate, took(copy.atMs)]);
  else facts.push(['received', took(copy.receivedMs)]);
  if (copy.did !== null) facts.push(['receiver', copy.did]);
  if (!Number.isNaN(copy.handledMs)) {
    facts.push(['handler', `took ${roundedDuration(copy.handledMs - copy.receivedMs)}`]);
  }
  if (!Number.isNaN(copy.lamport)) {
    const received = Number.isNaN(copy.receivedLamport) ? '' : ` → ${copy.receivedLamport}`;
    facts.push(['Lamport', `${copy.lamport}${received}`]);
  }
  if (copy.rules.length > 0) facts.push(['rules', copy.rules.join(', ')]);
  return facts;
}

function Why({ id }: { readonly id: string }) {
  const lines = useSignal<readonly string[] | string | null>(null);
  useSignalEffect(() => {
    explain(id).then(
      (explained) => {
        lines.value = explained;
      },
      (error: Error) => {
        lines.value = error.message;
      },
    );
  });
  const command = `pnpm cluster why ${id}`;
  return (
    <section aria-label="Why" aria-live="polite">
      <h3>Why</h3>
      {lines.value === null && <p>Reading the recording…</p>}
      {typeof lines.value === 'string' && <p class="error">{lines.value}</p>}
      {Array.isArray(lines.value) && lines.value.map((line) => <p key={line}>{line}</p>)}
      <p class="command">
        <code>{command}</code> <CopyButton text={command} />
      </p>
    </section>
  );
}
