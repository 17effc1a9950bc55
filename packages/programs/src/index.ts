/** Sources end otherwise than what is compiled of them. */
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';

/** The ready programs by name, as URLs of their modules: what `--program NAME` means. */
export const readyPrograms: Readonly<Record<string, string>> = {
  echo: new URL(`./echo${extension}`, import.meta.url).href,
  ...inFolders('kv', 'ids', 'broadcast', 'counter', 'set', 'register', 'lock', 'siblings'),
  ...inFolders('primary', 'log', 'transfer', 'raft'),
};

function inFolders(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => [name, new URL(`./${name}/main${extension}`, import.meta.url).href]),
  );
}
