/** The input that holds the length of a list input over which a loop runs: an engine must know it even when the list is kept in the store. */
export function lengthInput(name: string): string {
  return `${name}_length`;
}
