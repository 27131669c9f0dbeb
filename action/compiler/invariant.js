/** Throws when `condition` is false: a bug in Twinrail, never a user's mistake. */
export function invariant(condition, message) {
    if (!condition)
        throw new Error(`Twinrail is broken here: ${message}. Please report this.`);
}
export function assertNever(value) {
    throw new Error(`Twinrail is broken here: unexpected ${JSON.stringify(value)}. Please report this.`);
}
