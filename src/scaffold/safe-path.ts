// Folders whose content is run or trusted by git, npm or fintech itself.
const OFF_LIMITS: ReadonlySet<string> = new Set(['.git', '.fintech', 'node_modules']);

/**
 * What forbids a template to write to a path, or undefined. A path goes down from the workspace
 * root by plain names, on every file system: no `..`, no absolute form, no drive, no trailing dot.
 */
export function pathFault(path: string): string | undefined {
  if (path.length > 400) return 'is longer than 400 characters';
  if (/^[/\\]|^[A-Za-z]:/.test(path)) return 'is absolute';
  if (/[\\\p{C}:*?"<>|]/u.test(path)) return 'holds a character that is not safe everywhere';
  for (const segment of path.split('/')) {
    if (segment === '..' || segment === '.' || segment === '') return 'leaves its folder';
    if (/[. ]$/.test(segment)) return 'has a name that ends in a dot or a space';
    if (OFF_LIMITS.has(segment.toLowerCase())) return `reaches into ${segment}`;
  }
  return undefined;
}
