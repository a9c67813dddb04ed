/**
 * URL of a separate entry file (a worker) next to the asking module: its source in a checkout,
 * its bundle when built, where every entry lies in one folder.
 * @param askingModule `import.meta.url` of the module that starts it
 * @param name file name without extension
 */
export function entryBeside(askingModule: string, name: string): URL {
  return new URL(`./${name}${askingModule.endsWith('.ts') ? '.ts' : '.js'}`, askingModule);
}
