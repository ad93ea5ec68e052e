/** What a vector's expected.json says: the right answers, as the maker of the messages says, and not their reader. */

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [name: string]: JsonValue };

/** The right answer about one file. */
export type Expectation = {
  /**
   * The records that `siplens export` gives of it, in order, by the names of the JSON contract. What is left out here may
   * have any value; arrays are whole.
   */
  readonly records: readonly JsonObject[];
  /** The rules whose findings `siplens check` tells of it, each as often as it is told, sorted. */
  readonly findings: readonly string[];
};

/** Whether a device under test should take the message; `either` where the texts leave it to the receiver. */
export type Answer = 'accept' | 'refuse' | 'either';

/** Findings in the order in which they are written. */
export function sorted(findings: readonly string[]): string[] {
  return [...findings].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
