/** The small programs that tests run. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { root, type TestCluster } from './cluster.ts';

/** The path as a user would type it. */
export const program = (name: string): string => `test/fixtures/programs/${name}.ts`;
export const foreign = (name: string): string => join(root, `test/fixtures/nodes/${name}.mjs`);

/** `file:line` of the line with this text. */
export function placeOf(name: string, text: string): string {
  const lines = readFileSync(join(root, program(name)), 'utf8').split('\n');
  const at = lines.findIndex((line) => line.includes(text));
  if (at < 0) throw new Error(`${name} has no line with ${text}`);
  return `${program(name)}:${at + 1}`;
}

/** Names of the programs that misbehave on n2. */
export async function expectOthersAnswer({ client }: TestCluster): Promise<void> {
  for (const node of ['n1', 'n3']) {
    const { body } = await client.call(node, { type: 'hello' }, { timeout: '10s' });
    expect(body).toMatchObject({ from: node });
  }
}
