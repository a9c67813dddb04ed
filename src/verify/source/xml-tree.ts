/** An element: its text, or its attributes and children by name, with text beside them as `value`. */
export type Tree = string | Branch;
/** What stands in it more than once is a list. */
export interface Branch {
  [name: string]: Tree | Tree[];
}

/** Without a prototype: an element may be called `__proto__`. */
export function branchOf(attributes: Readonly<Record<string, string>>): Branch {
  const branch = Object.create(null) as Branch;
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^xmlns$|:/.test(name)) branch[name] = value;
  }
  return branch;
}

/** @param lists names of what may stand there more than once: a list even where it stands once */
export function add(
  branch: Branch,
  { name, tree, lists }: { name: string; tree: Tree; lists: ReadonlySet<string> },
): void {
  const before = branch[name];
  if (Array.isArray(before)) before.push(tree);
  else if (before !== undefined) branch[name] = [before, tree];
  else branch[name] = lists.has(name) ? [tree] : tree;
}

/** A branch as it ends. */
export function treeOf(branch: Branch, text: string): Tree {
  if (Object.keys(branch).length === 0) return text;
  if (text !== '') branch['value'] = text;
  return branch;
}

/** What stands there; of several the first. */
export function at(tree: Tree | undefined, ...path: readonly string[]): Tree | undefined {
  let here = tree;
  for (const name of path) {
    const next: Tree | Tree[] | undefined = typeof here === 'object' ? here[name] : undefined;
    here = Array.isArray(next) ? next[0] : next;
  }
  return here;
}

/** All that stands there under one name. */
export function allOf(tree: Tree, name: string): Tree[] {
  const found = typeof tree === 'object' ? tree[name] : undefined;
  return found === undefined ? [] : [found].flat();
}

/** The text there, also where attributes stand beside it. */
export function textAt(tree: Tree | undefined, ...path: readonly string[]): string | undefined {
  const found = at(tree, ...path);
  if (typeof found !== 'object') return found;
  const { value } = found;
  return typeof value === 'string' ? value : undefined;
}
