/** What a source said, or why it said nothing: unknown is a value, never an absence. */
export type Reading<T> =
  { readonly known: true; readonly value: T } | { readonly known: false; readonly why: string };

export const known = <T>(value: T): Reading<T> => ({ known: true, value });

export const unknown = (why: string): Reading<never> => ({ known: false, why });

/** Reads on from what is known; what is unknown stays unknown for the same reason. */
export function whenKnown<T, U>(reading: Reading<T>, then: (value: T) => Reading<U>): Reading<U> {
  return reading.known ? then(reading.value) : reading;
}
