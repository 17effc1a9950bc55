/** The ready programs by name, as URLs of their modules: what `--program NAME` means. */
export const readyPrograms: Readonly<Record<string, string>> = {
  echo: new URL('./echo.ts', import.meta.url).href,
  kv: new URL('./kv/main.ts', import.meta.url).href,
};
