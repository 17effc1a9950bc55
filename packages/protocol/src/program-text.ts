/** A program with its settings as people read them: `kv (order=hybrid)`. */
export function formatProgram(program: string, settings: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? program : `${program} (${pairs.join(', ')})`;
}
