/** What may be said of an exception that should not be: its kind. Its message and stack may hold captured bytes. */

/** Names of classes; another name may be text of an input. */
const CLASS_NAME = /^[A-Z]\w{0,40}$/;
/** Codes of Node.js and of the system. */
const CODE = /^E[A-Z0-9_]{1,60}$/;

/** `internal error (RangeError)`, with the code that Node.js gives it. */
export function internalError(error: unknown): string {
  if (!(error instanceof Error)) return 'internal error';
  const name = CLASS_NAME.test(error.name) ? error.name : 'Error';
  const code = 'code' in error && typeof error.code === 'string' && CODE.test(error.code) ? error.code : '';
  return `internal error (${code === '' ? name : `${name}, ${code}`})`;
}
