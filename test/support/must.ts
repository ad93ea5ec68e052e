import type { Result } from '../../src/bytes/fault.js';

/** The value of a result that a test relies on; throws what went wrong. */
export function must<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
