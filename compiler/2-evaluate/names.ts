/** Names on every engine: lower-kebab, from what the user wrote, never from a counter. */

/** `trainXGBoost` is `train-xg-boost`, `eu_west 1` is `eu-west-1`. Empty when nothing is left. */
export function kebab(text: string): string {
  return text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
}

/** The longest name that every engine takes with our own prefixes and suffixes around it. */
export const MAX_NAME_LENGTH = 100;
