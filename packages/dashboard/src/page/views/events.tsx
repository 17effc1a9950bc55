/** The events of the run, the latest first. */
import { eventText, isQuiet } from '@faultline/actions';
import { events } from '../state.ts';
import { moment } from '../time-words.ts';

const shownMax = 500;

export function EventsView() {
  const shown = events.value.filter((event) => !isQuiet(event));
  return (
    <section class="events" aria-label="Events">
      {shown.length === 0 && <p>Nothing has happened yet.</p>}
      <table>
        <tbody>
          {shown
            .slice(-shownMax)
            .reverse()
            .map((event) => (
              <tr key={event.seq}>
                <td class="time">{moment(event.atMs)}</td>
                <td>{event.node ?? ''}</td>
                <td>{eventText(event)}</td>
              </tr>
            ))}
        </tbody>
      </table>
      {shown.length > shownMax && (
        <p>
          The latest {shownMax} of {shown.length} events.
        </p>
      )}
    </section>
  );
}
