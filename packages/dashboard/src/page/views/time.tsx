/** The space-time diagram: a lane for each member, time from left to right, a line for each message. */
import { grouped } from '@faultline/protocol';
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { copyStatuses, statusMeanings } from '../../model/copy-status.ts';
import { ask, takeViews } from '../connection.ts';
import { Diagram } from '../diagram/diagram.ts';
import { following, stated } from '../diagram/state.ts';
import { StatusMark } from '../parts/status-mark.tsx';
import { events, members, progress, selected, words } from '../state.ts';
import { moment } from '../time-words.ts';

export function TimeView() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const diagram = useRef<Diagram | null>(null);
  useEffect(() => {
    const made = new Diagram(canvas.current!, ask);
    diagram.current = made;
    takeViews((view) => made.show(view));
    return () => made.close();
  }, []);
  useSignalEffect(() => {
    diagram.current?.update({
      members: members.value,
      words: words.value,
      progress: progress.value,
      events: events.value,
    });
  });
  const { usual, unusual, unusualShown, isWhole } = stated.value;
  return (
    <>
      <section class="time" aria-label="Space-time diagram">
        <div class="bar">
          <button
            type="button"
            aria-pressed={following.value}
            onClick={() => diagram.current?.follow(!following.value)}
            title="L"
          >
            Follow live
          </button>
          <button type="button" onClick={() => diagram.current?.fit()} title="F">
            All of it
          </button>
          <button type="button" onClick={() => diagram.current?.zoom(0.5)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => diagram.current?.zoom(2)} aria-label="Zoom out">
            −
          </button>
          <p role="status">
            {grouped(usual + unusual)} messages{isWhole ? '' : '; a line stands for many'}
            {unusualShown < unusual &&
              `; ${unusualShown} of ${unusual} lost, held or late ones shown`}
          </p>
        </div>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label="Messages between members over time. Move with A and D or the arrow keys, zoom with W and S."
        />
        <ul class="legend" aria-label="Legend">
          {copyStatuses.map((status) => (
            <li key={status} title={statusMeanings[status]}>
              <StatusMark status={status} />
              {status}
            </li>
          ))}
        </ul>
      </section>
      {selected.value === null && <UnusualList select={(row) => diagram.current?.select(row)} />}
    </>
  );
}

/** The messages that need attention, also for users without a pointer. */
function UnusualList({ select }: { readonly select: (row: number) => void }) {
  const { unusualLines } = stated.value;
  const word = (number: number): string => words.value[number] ?? '';
  return (
    <aside class="panel list" aria-label="Unusual messages">
      <h2>Lost, held or late</h2>
      {unusualLines.length === 0 && <p>None in view. Partition the network, or delay a link.</p>}
      <ul aria-label="Lost, held or late messages">
        {unusualLines.map(({ row, status, src, dest, type, sentMs }) => (
          <li key={row}>
            <button type="button" class="row" onClick={() => select(row)}>
              <StatusMark status={copyStatuses[status]!} />
              <span>{copyStatuses[status]}</span>
              <span>
                {word(src)} → {word(dest)} {word(type)}
              </span>
              <span class="at">{moment(sentMs)}</span>
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}
