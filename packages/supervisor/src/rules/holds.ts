/** Messages that rules hold: listed and released. */
import type { RecordEvent } from '@faultline/actions';
import {
  FaultlineError,
  type HeldMessages,
  type HeldQuery,
  type Release,
} from '@faultline/protocol';
import type { Selection } from '../members/selection.ts';
import type { RouterProcess } from '../processes/router-process.ts';
import { concreteLinks } from './concrete-links.ts';

export interface HoldsOptions {
  readonly router: RouterProcess;
  readonly selection: Selection;
  readonly record: RecordEvent;
}

const listedDefault = 100;
/** Ids of messages that one event names; the trace has them all. */
const idsNamedMax = 20;

export class Holds {
  readonly #options: HoldsOptions;

  constructor(options: HoldsOptions) {
    this.#options = options;
  }

  list({ links, limit = listedDefault }: HeldQuery): Promise<HeldMessages> {
    return this.#options.router.held(this.#concrete(links), limit);
  }

  /** Resolves to the number of copies that were released. */
  async release({ links, messages }: Release): Promise<number> {
    const { router, record } = this.#options;
    if (messages !== undefined) {
      if (links !== undefined) {
        throw new FaultlineError('BAD_REQUEST', 'links or messages are released, not both at once');
      }
      const released = await router.releaseMessages(messages);
      record('messages.released', null, { messages: messages.slice(0, idsNamedMax), released });
      return released;
    }
    const concrete = this.#concrete(links);
    const released = await router.release(concrete);
    record('messages.released', null, { links: concrete ?? 'all', released });
    return released;
  }

  /** Links as the router knows them; null stands for all. */
  #concrete(links: string | undefined): string | null {
    return links === undefined ? null : concreteLinks(links, this.#options.selection.context());
  }
}
