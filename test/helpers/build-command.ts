/** Bundles the command once, before concurrent tests would each do it. */
import { cluster, Home } from './cluster.ts';

export async function setup(): Promise<void> {
  await using home = new Home();
  const { code, stderr } = await cluster(home.path, '--help');
  if (code !== 0) throw new Error(stderr);
}
