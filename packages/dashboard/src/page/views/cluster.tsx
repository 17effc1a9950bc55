/** The nodes in a ring: their state, and what can be done to them. A line drawn across it is a partition. */
import { matchesLink, type NodeStatus, parseLinks, roundedDuration } from '@faultline/protocol';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Point, ringOf, sidesOf } from '../../diagram/ring.ts';
import { isClient } from '../../model/members.ts';
import { performOnCluster } from '../api.ts';
import { quoted } from '../command.ts';
import { ask, takeViews } from '../connection.ts';
import { NodePanel } from '../parts/node-panel.tsx';
import { Dots } from '../ring/dots.ts';
import { isLive, status, words } from '../state.ts';

const box = { width: 900, height: 560 };
const center = { x: box.width / 2, y: box.height / 2 };
const nodeRadius = 34;

export function ClusterView() {
  const chosen = useSignal<string | null>(null);
  const knife = useSignal<{ readonly from: Point; readonly to: Point } | null>(null);
  const nodes = status.value?.nodes ?? [];
  if (status.value === null) {
    return (
      <section class="cluster" aria-label="Cluster">
        <p class="hint">
          {isLive.value
            ? 'Reading the state of the cluster…'
            : 'The run is over: open its messages over time, or its events.'}
        </p>
      </section>
    );
  }
  const points = ringOf(nodes.length, center, 200);
  const names = nodes.map(({ id }) => id);
  const isRuled = ruledBy(status.value.rules);
  const begin = (event: PointerEvent & { currentTarget: SVGSVGElement }): void => {
    if (event.button !== 0 || (event.target as Element).closest('.node') !== null) return;
    const at = placeOf(event);
    knife.value = { from: at, to: at };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const finish = (): void => {
    const drawn = knife.value;
    knife.value = null;
    const sides = drawn === null ? undefined : sidesOf(names, points, drawn.from, drawn.to);
    if (drawn === null || sides === undefined || distance(drawn.from, drawn.to) < nodeRadius)
      return;
    const groups = sides.map((side) => side.join(',')).join(' | ');
    void performOnCluster('partition', { groups }, `pnpm cluster partition ${quoted(groups)}`);
  };
  return (
    <>
      <section class="cluster" aria-label="Cluster">
        <svg
          viewBox={`0 0 ${box.width} ${box.height}`}
          onPointerDown={begin}
          onPointerMove={(event) => {
            if (knife.value !== null) knife.value = { ...knife.value, to: placeOf(event) };
          }}
          onPointerUp={finish}
        >
          <title>The nodes of the cluster</title>
          {edgesOf(names, points).map(({ key, from, to, pair }) => (
            <line
              key={key}
              class={`edge ${isRuled(pair) ? 'ruled' : ''}`}
              x1={from.x}
              y1={from.y}
              x2={to.x}
              y2={to.y}
            />
          ))}
          <text x={clients.x} y={clients.y + 4}>
            clients
          </text>
          {nodes.map((node, number) => (
            <NodeMark
              key={node.id}
              node={node}
              at={points[number]!}
              isChosen={chosen.value === node.id}
              choose={() => {
                chosen.value = node.id;
              }}
            />
          ))}
          {knife.value !== null && (
            <line
              class="knife"
              x1={knife.value.from.x}
              y1={knife.value.from.y}
              x2={knife.value.to.x}
              y2={knife.value.to.y}
            />
          )}
        </svg>
        <Travelers places={new Map(names.map((name, number) => [name, points[number]!]))} />
        <p class="hint">
          Choose a node to act on it. Drag a line between nodes to partition the network.
        </p>
      </section>
      {chosen.value !== null && (
        <NodePanel
          node={nodes.find(({ id }) => id === chosen.value)}
          close={() => {
            chosen.value = null;
          }}
        />
      )}
    </>
  );
}

/** Where the messages of all clients begin and end. */
const clients: Point = { x: 90, y: center.y };

/** Messages that travel between nodes, and from and to clients. Nothing moves where that is not wanted. */
function Travelers({ places }: { readonly places: ReadonlyMap<string, Point> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(places);
  latest.current = places;
  useEffect(() => {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return undefined;
    const element = canvas.current!;
    const dots = new Dots(element, ask, (word) => {
      const name = words.value[word] ?? '';
      const point = latest.current.get(name) ?? (isClient(name) ? clients : undefined);
      return point && onScreen(point, element.clientWidth, element.clientHeight);
    });
    takeViews((view) => dots.show(view));
    return () => dots.close();
  }, []);
  return <canvas class="travelers" ref={canvas} role="img" aria-label="Messages on their way" />;
}

/** As the picture is scaled: whole, and in the middle. */
function onScreen({ x, y }: Point, width: number, height: number): Point {
  const scale = Math.min(width / box.width, height / box.height);
  return {
    x: width / 2 + (x - center.x) * scale,
    y: height / 2 + (y - center.y) * scale,
  };
}

function NodeMark({
  node,
  at,
  isChosen,
  choose,
}: {
  readonly node: NodeStatus;
  readonly at: Point;
  readonly isChosen: boolean;
  readonly choose: () => void;
}) {
  const { id, state, role, clock } = node;
  // A quarter turn is a second.
  const angle = Math.max(-Math.PI, Math.min(Math.PI, (clock.offsetMs / 1000) * (Math.PI / 2)));
  const label = `${id}, ${state}${role === null ? '' : `, ${role}`}, clock ${clock.describes}`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a picture has no buttons of its own
    <g
      class={`node ${state} ${isChosen ? 'chosen' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      role="button"
      tabIndex={0}
      aria-label={label}
      aria-pressed={isChosen}
      onClick={choose}
      onContextMenu={(event) => {
        event.preventDefault();
        choose();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        choose();
      }}
    >
      <circle r={nodeRadius} />
      <line
        class="needle"
        x1={0}
        y1={-nodeRadius}
        x2={0}
        y2={-nodeRadius - 9}
        transform={`rotate(${(angle * 180) / Math.PI})`}
      />
      <text y={-4}>{id}</text>
      <text y={11} class="small">
        {state}
      </text>
      <text y={nodeRadius + 16} class="small">
        {belowOf(node)}
      </text>
    </g>
  );
}

/** The role, which start it is, and how wrong the clock is. */
function belowOf({ role, incarnation, clock }: NodeStatus): string {
  const { offsetMs, isPerfect } = clock;
  const offset = `clock ${offsetMs >= 0 ? '+' : '−'}${roundedDuration(Math.abs(offsetMs))}`;
  return [role, `start ${incarnation}`, isPerfect ? null : offset]
    .filter((each) => each !== null)
    .join(' · ');
}

function edgesOf(names: readonly string[], points: readonly Point[]) {
  return names.flatMap((a, i) =>
    names.slice(i + 1).map((b, j) => ({
      key: `${a} ${b}`,
      pair: [a, b] as const,
      from: points[i]!,
      to: points[i + 1 + j]!,
    })),
  );
}

/** Whether a rule is on the link between two nodes, in either direction. */
function ruledBy(rules: readonly { readonly spec: { readonly links: string } }[]) {
  const selectors = rules.map(({ spec }) => parseLinks(spec.links));
  const isOn = (src: string, dest: string): boolean =>
    selectors.some((selector) => matchesLink(selector, src, dest, () => false));
  return ([a, b]: readonly [string, string]): boolean => isOn(a, b) || isOn(b, a);
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

/** In the coordinates of the picture. */
function placeOf(event: PointerEvent & { currentTarget: SVGSVGElement }): Point {
  const svg = event.currentTarget;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(
    svg.getScreenCTM()!.inverse(),
  );
  return { x, y };
}
