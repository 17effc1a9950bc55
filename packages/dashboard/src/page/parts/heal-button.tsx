/** Ends every fault. */
import { plural } from '@faultline/protocol';
import { performOnCluster } from '../api.ts';
import { isLive, status } from '../state.ts';

export function HealButton() {
  if (!isLive.value) return null;
  const rules = status.value?.rules.length ?? 0;
  return (
    <button
      type="button"
      class="primary"
      title="pnpm cluster heal --all"
      onClick={() => void performOnCluster('heal', { all: true }, 'pnpm cluster heal --all')}
    >
      Heal everything{rules > 0 ? ` (${plural(rules, 'rule')})` : ''}
    </button>
  );
}
