/** What can be done to a node: every verb, with a form made of its declaration. */
import {
  describeOptions,
  type NodeVerb,
  type NodeVerbName,
  nodeVerbNames,
  nodeVerbs,
} from '@faultline/actions';
import type { NodeStatus } from '@faultline/protocol';
import { useSignal } from '@preact/signals';
import { performOnCluster, performOnNodes } from '../api.ts';
import { commandOf } from '../command.ts';
import { isLive } from '../state.ts';

export function NodePanel({
  node,
  close,
}: {
  readonly node: NodeStatus | undefined;
  readonly close: () => void;
}) {
  const verb = useSignal<NodeVerbName | null>(null);
  if (node === undefined) return null;
  const act = (name: NodeVerbName): void => {
    if (describeOptions(nodeVerbs[name]).length > 0) verb.value = name;
    else {
      verb.value = null;
      void performOnNodes(name, node.id, {});
    }
  };
  return (
    <aside class="panel" aria-label={node.id}>
      <header>
        <h2>
          {node.id}: {node.state}
          {node.role === null ? '' : `, ${node.role}`}
        </h2>
        <button type="button" class="quiet" onClick={close} aria-label="Close">
          ×
        </button>
      </header>
      {node.reason !== null && <p>{node.reason}</p>}
      <dl>
        <div>
          <dt>process</dt>
          <dd>
            {node.pid ?? 'none'}, start {node.incarnation}
          </dd>
        </div>
        <div>
          <dt>clock</dt>
          <dd>{node.clock.describes}</dd>
        </div>
        {node.faults.map(({ kind, explains }) => (
          <div key={kind}>
            <dt>{kind}</dt>
            <dd>{explains}</dd>
          </div>
        ))}
      </dl>
      {isLive.value && (
        <div class="actions">
          <button
            type="button"
            title="cut it off from all other nodes"
            onClick={() =>
              void performOnCluster(
                'partition',
                { isolate: node.id },
                `pnpm cluster isolate ${node.id}`,
              )
            }
          >
            isolate
          </button>
          {nodeVerbNames
            .filter((name) => (nodeVerbs[name] as NodeVerb).accepts(node))
            .map((name) => (
              <button
                key={name}
                type="button"
                title={nodeVerbs[name].summary}
                aria-pressed={verb.value === name}
                onClick={() => act(name)}
              >
                {name}
              </button>
            ))}
        </div>
      )}
      {verb.value !== null && <VerbForm key={verb.value} verb={verb.value} nodes={node.id} />}
    </aside>
  );
}

function VerbForm({ verb, nodes }: { readonly verb: NodeVerbName; readonly nodes: string }) {
  const options = useSignal<Readonly<Record<string, unknown>>>({});
  const set = (name: string, value: unknown): void => {
    const { [name]: _, ...rest } = options.value;
    options.value = value === '' || value === false ? rest : { ...rest, [name]: value };
  };
  return (
    <form
      class="verb"
      aria-label={verb}
      onSubmit={(event) => {
        event.preventDefault();
        void performOnNodes(verb, nodes, options.value);
      }}
    >
      <p>{nodeVerbs[verb].summary}</p>
      {describeOptions(nodeVerbs[verb])
        .filter(({ takes }) => takes !== 'other')
        .map(({ name, description, takes, minimum, maximum, placeholder, isRequired }) => (
          <div key={name} class="field">
            <label for={`option-${name}`}>{name}</label>
            {takes === 'flag' ? (
              <input
                id={`option-${name}`}
                type="checkbox"
                onChange={(event) => set(name, event.currentTarget.checked)}
              />
            ) : (
              <input
                id={`option-${name}`}
                type={takes === 'integer' ? 'number' : 'text'}
                min={minimum}
                max={maximum}
                placeholder={placeholder}
                required={isRequired}
                onInput={(event) => {
                  const { value } = event.currentTarget;
                  set(name, takes === 'integer' && value !== '' ? Number(value) : value);
                }}
              />
            )}
            <small>{description}</small>
          </div>
        ))}
      <code>{commandOf(verb, nodes, options.value)}</code>
      <button type="submit" class="primary">
        {verb} {nodes}
      </button>
    </form>
  );
}
