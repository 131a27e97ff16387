// Plain JavaScript without imports: it must run on any Node back to 18, before anything newer is loaded.
const minimum = [22, 22, 2];
const found = process.versions.node.split('.').map(Number);

/** Whether the running Node satisfies `engines` of package.json (a test holds the two equal). */
export const isCurrentNode =
  found[0] !== minimum[0]
    ? found[0] > minimum[0]
    : found[1] !== minimum[1]
      ? found[1] > minimum[1]
      : found[2] >= minimum[2];

export const minimumNode = minimum.join('.');
