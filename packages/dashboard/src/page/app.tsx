/** The frame of the page: what is shown of which run, the views, and what was done. */

import { roundedDuration } from '@faultline/protocol';
import { ActionLog } from './parts/action-log.tsx';
import { CopyPanel } from './parts/copy-panel.tsx';
import { HealButton } from './parts/heal-button.tsx';
import { connection, done, isLive, progress, run, viewName, viewNames } from './state.ts';
import { ClusterView } from './views/cluster.tsx';
import { EventsView } from './views/events.tsx';
import { TimeView } from './views/time.tsx';

const views = { Cluster: ClusterView, Time: TimeView, Events: EventsView } as const;

export function App() {
  const View = views[viewName.value];
  return (
    <>
      <header class="top">
        <h1>Faultline</h1>
        <RunTitle />
        <nav aria-label="Views">
          {viewNames.map((name) => (
            <button
              key={name}
              type="button"
              aria-current={name === viewName.value ? 'page' : undefined}
              onClick={() => {
                viewName.value = name;
              }}
            >
              {name}
            </button>
          ))}
        </nav>
        <HealButton />
      </header>
      <main>
        <View />
        <CopyPanel />
      </main>
      {done.value.length > 0 && <ActionLog />}
    </>
  );
}

const connections = {
  connecting: 'connecting…',
  live: 'live',
  ended: 'the run is over',
  lost: 'connection lost, trying again…',
} as const;

function RunTitle() {
  const info = run.value;
  const { behindMs, dropped } = progress.value;
  return (
    <p class="run" role="status">
      <strong>{info?.name ?? ''}</strong> {info?.program}
      <span class={`badge ${connection.value}`}>{connections[connection.value]}</span>
      {isLive.value && behindMs > 1000 && (
        <span class="badge lost">{roundedDuration(behindMs)} behind</span>
      )}
      {dropped > 0 && (
        <span class="badge" title="Older messages no longer fit into the page">
          the latest {(progress.value.copies - dropped).toLocaleString('en')} messages
        </span>
      )}
    </p>
  );
}
